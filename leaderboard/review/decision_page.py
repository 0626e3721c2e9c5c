"""Deciding on runs in the admin: one page for one run or many, which asks for the reason and then decides."""

from __future__ import annotations

from collections.abc import Sequence

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
from leaderboard.review.actions import REASON_LENGTH, Action, Choice, decide_each, doubts_of
from leaderboard.runs.models import Run


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 4, "cols": 80, "class": "vLargeTextField"}),
        help_text=_(
            "Kept in the audit trail, where the submitter sees it. For a run that is on the board, or comes onto it, the reason is public: it stands in the changelog."
        ),
    )


def decision_page(
    model_admin: admin.ModelAdmin[Run], request: HttpRequest, runs: QuerySet[Run], choice: Choice
) -> HttpResponse:
    """Ask for the reason; once it is given, decide on each run and go back to where the runs are shown."""
    confirmed = "confirm" in request.POST
    chosen = list(runs)
    form = ReasonForm(request.POST if confirmed else None)
    if confirmed and form.is_valid():
        _decide(model_admin, request, chosen, choice, form.cleaned_data["reason"])
        return HttpResponseRedirect(_way_back(chosen))
    approving = choice.name == Action.APPROVE
    doubtful = [(run, doubts_of(run)) for run in chosen] if approving else []
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "media": model_admin.media + form.media,
        "title": choice.label,
        "choice": choice,
        "form": form,
        "runs": chosen,
        "refused": [run for run in chosen if run.state not in choice.sources],
        "blocked": [run for run in chosen if approving and run.blockers],
        "doubtful": [(run, doubts) for run, doubts in doubtful if doubts],
        "selected_name": ACTION_CHECKBOX_NAME,
    }
    return TemplateResponse(request, "review/admin/decide.html", context)


def _decide(
    model_admin: admin.ModelAdmin[Run],
    request: HttpRequest,
    runs: Sequence[Run],
    choice: Choice,
    reason: str,
) -> None:
    if not isinstance(request.user, User):
        raise PermissionDenied
    done = 0
    for outcome in decide_each(runs, choice.name, request.user, reason):
        if outcome.decision is None:
            told = {"run": outcome.run, "why": outcome.detail}
            text = gettext("%(run)s was left as it is. %(why)s") % told
            model_admin.message_user(request, text, messages.ERROR)
        else:
            done += 1
            model_admin.log_change(request, outcome.run, f"{choice.label}. {reason}")
    if done:
        text = ngettext("%(count)d run: %(done)s.", "%(count)d runs: %(done)s.", done)
        model_admin.message_user(
            request, text % {"count": done, "done": choice.done}, messages.SUCCESS
        )


def _way_back(runs: Sequence[Run]) -> str:
    """The run's page after a decision on one, the list after one on many."""
    if len(runs) == 1:
        return reverse("admin:runs_run_change", args=[runs[0].pk])
    return reverse("admin:runs_run_changelist")
