"""What the page of a run in the admin lists below it: checks, decisions, corrections, events and scores."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from leaderboard.core import numbers
from leaderboard.core.admin import ReadOnlyInline, exact_time
from leaderboard.results.models import Score, ScoreCorrection
from leaderboard.review.models import Check, Decision
from leaderboard.review.wording import words_of
from leaderboard.runs.models import RunEvent


def check_mark(status: str, text: object) -> SafeString:
    return format_html('<span class="check" data-status="{}">{}</span>', status, text)


class CheckInline(ReadOnlyInline):
    """What the automatic checks found."""

    model = Check
    fields = ("code", "result", "measured", "limit", "basis")
    readonly_fields = fields

    @admin.display(description=_("result"))
    def result(self, check: Check) -> SafeString:
        """Pass, warning or fail, with its colour."""
        return check_mark(check.status, check.get_status_display())

    @admin.display(description=_("value"))
    def measured(self, check: Check) -> str:
        """What was measured."""
        return words_of(check).value

    @admin.display(description=_("threshold"))
    def limit(self, check: Check) -> str:
        """What it was held against."""
        return words_of(check).threshold

    @admin.display(description=_("computed from"))
    def basis(self, check: Check) -> str:
        """The numbers behind it."""
        return words_of(check).basis or numbers.MISSING


class DecisionInline(ReadOnlyInline):
    """Who decided what, when and why."""

    model = Decision
    fk_name = "run"
    fields = ("when", "who", "action", "from_state", "to_state", "other", "reason")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Decision]:
        """With the reviewers and the other runs, in one query."""
        return super().get_queryset(request).select_related("reviewer", "other__benchmark")

    @admin.display(description=_("when"))
    def when(self, decision: Decision) -> str:
        """To the second."""
        return exact_time(decision.at)

    @admin.display(description=_("reviewer"))
    def who(self, decision: Decision) -> str:
        """The reviewer, or that a rule decided."""
        return str(decision.reviewer or _("rule"))


class CorrectionInline(ReadOnlyInline):
    """Which scores were corrected, by whom, when and why; values in percent."""

    model = ScoreCorrection
    fields = ("when", "author", "place", "before", "after", "reason")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[ScoreCorrection]:
        """With the authors, in one query."""
        return super().get_queryset(request).select_related("author")

    @admin.display(description=_("when"))
    def when(self, correction: ScoreCorrection) -> str:
        """To the second."""
        return exact_time(correction.at)

    @admin.display(description=_("score"))
    def place(self, correction: ScoreCorrection) -> str:
        """What names it."""
        return " / ".join(correction.place)

    @admin.display(description=_("value before (%)"))
    def before(self, correction: ScoreCorrection) -> str:
        """What was shown before."""
        return numbers.percent(correction.old_value)

    @admin.display(description=_("value after (%)"))
    def after(self, correction: ScoreCorrection) -> str:
        """What was shown from then on."""
        if correction.new_value is None:
            as_computed = gettext("as computed")
            return f"{numbers.percent(correction.computed_value)} ({as_computed})"
        return numbers.percent(correction.new_value)


class EventInline(ReadOnlyInline):
    """The audit trail: every change of state and stage."""

    model = RunEvent
    verbose_name_plural = _("audit trail")
    fields = ("when", "who", "attempt", "what", "reason")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[RunEvent]:
        """With the actors, in one query."""
        return super().get_queryset(request).select_related("actor")

    @admin.display(description=_("when"))
    def when(self, event: RunEvent) -> str:
        """To the second."""
        return exact_time(event.at)

    @admin.display(description=_("who"))
    def who(self, event: RunEvent) -> str:
        """A person, a worker, or the site itself."""
        return str(event.actor or event.worker or _("system"))

    @admin.display(description=_("what"))
    def what(self, event: RunEvent) -> str:
        """From which state to which, the stage, or what a note is about."""
        if event.to_state:
            return f"{event.from_state or '—'} → {event.to_state}"
        return event.stage or ", ".join(event.data) or event.get_kind_display()


class ScoreInline(ReadOnlyInline):
    """The scores, in percent, each with the way to its correction."""

    model = Score
    fields = (
        "axis",
        "dimension",
        "metric",
        "percent",
        "computed_percent",
        "interval",
        "correct",
        "total",
        "correction",
    )
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Score]:
        """In the order in which they were computed."""
        return super().get_queryset(request).order_by("id")

    @admin.display(description=_("value (%)"))
    def percent(self, score: Score) -> str:
        """The value."""
        return numbers.percent(score.value)

    @admin.display(description=_("computed (%)"))
    def computed_percent(self, score: Score) -> str:
        """What was computed, where that is not the value."""
        return numbers.percent(score.computed["value"]) if score.computed else ""

    @admin.display(description=_("correction"))
    def correction(self, score: Score) -> SafeString:
        """The way to it."""
        address = reverse("admin:runs_run_correct", args=[score.run_id, score.pk])
        return format_html('<a href="{}">{}</a>', address, _("Correct…"))

    @admin.display(description=_("95 % interval"))
    def interval(self, score: Score) -> str:
        """Its bounds."""
        return numbers.interval(score.low, score.high)
