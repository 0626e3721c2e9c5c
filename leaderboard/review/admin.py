"""Runs in the admin: the reviewers' queue, a run with everything that is known of it, and the decisions."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from leaderboard.accounts.roles import is_reviewer
from leaderboard.core import numbers
from leaderboard.core.admin import ReadOnlyAdmin, json_block
from leaderboard.results.headline import with_headline
from leaderboard.review.actions import CHOICES, Choice, choices_for
from leaderboard.review.admin_inlines import (
    CheckInline,
    CorrectionInline,
    DecisionInline,
    EventInline,
    ScoreInline,
    check_mark,
)
from leaderboard.review.correction_page import correction_page
from leaderboard.review.decision_page import decision_page
from leaderboard.review.models import Check
from leaderboard.runs.models import Run


def _decide(
    choice: Choice, model_admin: RunAdmin, request: HttpRequest, runs: QuerySet[Run]
) -> HttpResponse:
    """The action that the list or a run's page asked for, on the chosen runs."""
    return decision_page(model_admin, request, runs, choice)


COUNTED = ("responses", "items", "correct", "incorrect", "unparsed", "errored")
FAILURE = (_("Failure"), {"fields": ("failure_code", "failure_detail", "log")})


@admin.register(Run)
class RunAdmin(ReadOnlyAdmin):
    """Nothing of a run is edited. It is decided on, by POST and with a reason, through ``review.services``."""

    list_display = (
        "model_name",
        "benchmark",
        "pictures",
        "state_pill",
        "headline",
        "checks_summary",
        "submitter",
        "age",
    )
    list_filter = (
        "state",
        "benchmark",
        "pictures",
        ("submission__submitter", admin.RelatedOnlyFieldListFilter),
    )
    search_fields = (
        "public_id",
        "benchmark__slug",
        "submission__variant__model__name",
        "submission__submitter__username",
    )
    list_per_page = 50
    change_form_template = "review/admin/run.html"
    inlines = (CheckInline, DecisionInline, CorrectionInline, EventInline, ScoreInline)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "model_name",
                    "benchmark",
                    "submission",
                    "submitter",
                    "state_pill",
                    "state_since",
                    "headline",
                    "counts_line",
                    "blockers_list",
                    "limit",
                    "pictures",
                    "frugal",
                    "dataset",
                    "protocol",
                    "attempt",
                    "superseded_by",
                    "rerun_of",
                )
            },
        ),
        (
            _("Provenance"),
            {
                "classes": ("collapse",),
                "fields": (
                    "public_id",
                    "worker",
                    "started_at",
                    "finished_at",
                    "artifact",
                    "artifact_sha256",
                    "manifest_block",
                ),
            },
        ),
    )

    class Media:
        css = {"all": ("review/admin.css",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Run]:
        """With everything that a row shows: one query, and one for the checks."""
        runs = (
            super()
            .get_queryset(request)
            .select_related(
                "benchmark",
                "dataset__benchmark",
                "submission__variant__model",
                "submission__submitter",
            )
        )
        return with_headline(runs).prefetch_related("checks")

    def get_fieldsets(self, request: HttpRequest, obj: Run | None = None) -> Any:
        """With the failure on top, where there is one."""
        usual = super().get_fieldsets(request, obj)
        return [FAILURE, *usual] if obj and obj.failure_code else usual

    def has_view_permission(self, request: HttpRequest, obj: Run | None = None) -> bool:
        """Reviewers, and whoever may view runs."""
        return self.has_review_permission(request) or super().has_view_permission(request, obj)

    def has_review_permission(self, request: HttpRequest) -> bool:
        """Whether this person decides on runs."""
        return is_reviewer(request.user)

    def get_urls(self) -> list[URLPattern]:
        """With the page on which a score is corrected."""
        correct = self.admin_site.admin_view(self.correct)
        own = path("<path:run_id>/correct/<int:score_id>/", correct, name="runs_run_correct")
        return [own, *super().get_urls()]

    def correct(self, request: HttpRequest, run_id: str, score_id: int) -> HttpResponse:
        """Correct a score. For reviewers."""
        if not self.has_review_permission(request):
            raise PermissionDenied
        return correction_page(self, request, run_id, score_id)

    def get_actions(self, request: HttpRequest) -> Any:
        """Every decision, for reviewers."""
        found: dict[str, Any] = super().get_actions(request)
        if self.has_review_permission(request):
            found |= {
                name: (partial(_decide, choice), name, str(choice.label))
                for name, choice in CHOICES.items()
            }
        return found

    def history_view(
        self,
        request: HttpRequest,  # noqa: ARG002 - the signature is the framework's
        object_id: str,
        extra_context: dict[str, Any] | None = None,  # noqa: ARG002
    ) -> HttpResponse:
        """Go to the audit trail on the run's page: the admin's own log knows only what was done in the admin."""
        return HttpResponseRedirect(
            reverse("admin:runs_run_change", args=[object_id]) + "#events-group"
        )

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> TemplateResponse:
        """Offer the decisions that the run's state allows."""
        run: Run | None = context.get("original")
        may = run is not None and self.has_review_permission(request)
        context["choices"] = choices_for(run) if run and may else []
        return super().render_change_form(request, context, *args, **kwargs)  # type: ignore[return-value]

    @admin.display(description=_("model"), ordering="submission__variant__model__name")
    def model_name(self, run: Run) -> str:
        """The variant."""
        return str(run.submission.variant)

    @admin.display(description=_("state"), ordering="state")
    def state_pill(self, run: Run) -> SafeString:
        """The state's label, with its colour."""
        return format_html(
            '<span class="pill" data-state="{}">{}</span>', run.state, run.get_state_display()
        )

    @admin.display(description=_("headline (%)"), ordering="headline__value")
    def headline(self, run: Run) -> str:
        """The score that ranks, with its interval."""
        score: dict[str, Any] = getattr(run, "headline", None) or {}
        interval = numbers.interval(score.get("low"), score.get("high"))
        return f"{numbers.percent(score.get('value'))} {interval}".strip()

    @admin.display(description=_("checks"))
    def checks_summary(self, run: Run) -> SafeString | str:
        """Each check that does not pass, or that all do."""
        checks = list(run.checks.all())
        if not checks:
            return numbers.MISSING
        open_ones = [c for c in checks if c.status != Check.Status.PASS]
        if not open_ones:
            return check_mark(Check.Status.PASS, _("all pass"))
        return format_html_join(
            " ", "{}", ((check_mark(c.status, c.get_code_display()),) for c in open_ones)
        )

    @admin.display(description=_("submitter"), ordering="submission__submitter__username")
    def submitter(self, run: Run) -> str:
        """Who submitted it."""
        return run.submission.submitter.get_username()

    @admin.display(description=_("age"), ordering="state_since")
    def age(self, run: Run) -> str:
        """How long it has been in its state."""
        return numbers.age(run.state_since)

    @admin.display(description=_("responses"))
    def counts_line(self, run: Run) -> str:
        """The counts as a line of text."""
        if not run.counts:
            return numbers.MISSING
        return _(
            "%(responses)d of %(items)d: %(correct)d correct, %(incorrect)d incorrect, "
            "%(unparsed)d unparsed, %(errored)d failed"
        ) % {name: run.counts.get(name, 0) for name in COUNTED}

    @admin.display(description=_("blockers"))
    def blockers_list(self, run: Run) -> SafeString | str:
        """Why it may not be published."""
        if not run.blockers:
            return str(_("none"))
        rows = ((b.get("code", ""), b.get("detail", "")) for b in run.blockers)
        return format_html(
            '<ul class="plain">{}</ul>', format_html_join("", "<li><b>{}</b> {}</li>", rows)
        )

    @admin.display(description=_("log"))
    def log(self, run: Run) -> SafeString | str:
        """The end of the worker's log."""
        return format_html('<pre class="block">{}</pre>', run.log_tail) if run.log_tail else ""

    @admin.display(description=_("manifest"))
    def manifest_block(self, run: Run) -> SafeString:
        """What the bundle said of itself."""
        return json_block(run.manifest)

    def view_on_site(self, run: Run) -> str:
        """The run's page."""
        return reverse("runs:detail", args=[run.public_id])
