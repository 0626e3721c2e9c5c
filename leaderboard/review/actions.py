"""Deciding on runs from the admin: one page for one run or many, which asks for the reason and then decides."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from leaderboard.accounts.models import User
from leaderboard.review import services
from leaderboard.review.models import Check, Decision
from leaderboard.review.services import NotPublishable, OwnRun, ReasonMissing
from leaderboard.review.wording import CheckWords, words_of
from leaderboard.runs.models import Run, TransitionRefused
from leaderboard.runs.states import RunState

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

REASON_LENGTH = 2000


@dataclass(frozen=True, slots=True)
class Choice:
    """A decision as the admin offers it: on runs in ``sources``, by ``decide(run, reviewer, reason)``.

    ``done`` says what then has become of the run.
    """

    name: str
    label: _StrPromise
    done: _StrPromise
    sources: frozenset[RunState]
    decide: Callable[[Run, User, str], Decision]
    reason_required: bool


CHOICES = {
    choice.name: choice
    for choice in (
        Choice(
            "approve",
            _("Approve and publish"),
            _("published"),
            frozenset({RunState.REVIEW}),
            services.approve,
            reason_required=False,
        ),
        Choice(
            "reject",
            _("Reject"),
            _("rejected"),
            frozenset({RunState.REVIEW, RunState.PUBLISHED}),
            services.reject,
            reason_required=True,
        ),
        Choice(
            "reopen",
            _("Put back to review"),
            _("put back to review"),
            frozenset({RunState.PUBLISHED, RunState.REJECTED}),
            services.reopen,
            reason_required=True,
        ),
    )
}


def choices_for(run: Run) -> list[Choice]:
    """Return the decisions that the run's state allows."""
    return [choice for choice in CHOICES.values() if run.state in choice.sources]


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 4, "cols": 80, "class": "vLargeTextField"}),
        help_text=_("Kept in the audit trail; the submitter sees it."),
    )

    def __init__(self, *args: Any, required: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = required


def doubts_of(run: Run) -> list[CheckWords]:
    """Return the checks that do not pass, in words."""
    return [words_of(check) for check in run.checks.all() if check.status != Check.Status.PASS]


def _fails(run: Run) -> bool:
    """Whether the run can be published and a check failed: then the reviewer says why it is published."""
    publishable = run.state == RunState.REVIEW and not run.blockers
    return publishable and any(c.status == Check.Status.FAIL for c in run.checks.all())


def decision_page(
    model_admin: admin.ModelAdmin[Run], request: HttpRequest, runs: QuerySet[Run], choice: Choice
) -> HttpResponse:
    """Ask for the reason; once it is given, decide on each run and go back to where the runs are shown.

    Each run is decided on in its own transaction: one that cannot be is told of and leaves the others alone.
    """
    confirmed = "confirm" in request.POST
    chosen = list(runs)
    doubtful = [run for run in chosen if choice.name == "approve" and doubts_of(run)]
    required = choice.reason_required or any(_fails(run) for run in doubtful)
    form = ReasonForm(request.POST if confirmed else None, required=required)
    if confirmed and form.is_valid():
        _decide_each(model_admin, request, chosen, choice, form.cleaned_data["reason"])
        return HttpResponseRedirect(_way_back(chosen))
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "media": model_admin.media + form.media,
        "title": choice.label,
        "choice": choice,
        "form": form,
        "runs": chosen,
        "refused": [run for run in chosen if run.state not in choice.sources],
        "blocked": [run for run in chosen if choice.name == "approve" and run.blockers],
        "doubtful": [(run, doubts_of(run)) for run in doubtful],
        "selected_name": ACTION_CHECKBOX_NAME,
    }
    return TemplateResponse(request, "review/admin/decide.html", context)


def _decide_each(
    model_admin: admin.ModelAdmin[Run],
    request: HttpRequest,
    runs: Sequence[Run],
    choice: Choice,
    reason: str,
) -> None:
    if not isinstance(request.user, User):
        raise PermissionDenied
    done = 0
    for run in runs:
        try:
            choice.decide(run, request.user, reason)
        except NotPublishable as error:
            _tell(model_admin, request, run, "; ".join(str(b["detail"]) for b in error.blockers))
        except OwnRun:
            told = gettext("You submitted it yourself: another reviewer decides.")
            _tell(model_admin, request, run, told)
        except ReasonMissing:
            _tell(model_admin, request, run, gettext("An automatic check failed: give a reason."))
        except TransitionRefused as error:
            state = RunState(error.found).label
            _tell(model_admin, request, run, gettext("It is in the state “%s”.") % state)
        else:
            done += 1
            model_admin.log_change(request, run, f"{choice.label}. {reason}".strip())
    if done:
        text = ngettext("%(count)d run: %(done)s.", "%(count)d runs: %(done)s.", done)
        model_admin.message_user(
            request, text % {"count": done, "done": choice.done}, messages.SUCCESS
        )


def _tell(model_admin: admin.ModelAdmin[Run], request: HttpRequest, run: Run, why: str) -> None:
    text = gettext("%(run)s was left as it is. %(why)s") % {"run": run, "why": why}
    model_admin.message_user(request, text, messages.ERROR)


def _way_back(runs: Sequence[Run]) -> str:
    """The run's page after a decision on one, the list after one on many."""
    if len(runs) == 1:
        return reverse("admin:runs_run_change", args=[runs[0].pk])
    return reverse("admin:runs_run_changelist")
