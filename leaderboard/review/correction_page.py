"""Correcting a score in the admin: one page for one score, which asks for the value and the reason."""

from __future__ import annotations

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from leaderboard.accounts.models import User
from leaderboard.core import numbers
from leaderboard.results.corrections import NotCorrectable
from leaderboard.results.models import Score
from leaderboard.review.actions import REASON_LENGTH, REFUSALS, refusal
from leaderboard.review.services import correct_score
from leaderboard.review.versions import version_of
from leaderboard.runs.models import Run


class CorrectionForm(forms.Form):
    """The new value, in percent as the page shows scores, and why. ``seen`` is the version of the run."""

    percent = forms.FloatField(
        label=_("Value (%)"),
        required=False,
        help_text=_("In percent or percentage points. Empty: show again what was computed."),
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 4, "cols": 80, "class": "vLargeTextField"}),
        help_text=_("Kept in the audit trail with the value before and the computed one."),
    )
    seen = forms.CharField(widget=forms.HiddenInput)


def correction_page(
    model_admin: admin.ModelAdmin[Run], request: HttpRequest, run_id: str, score_id: int
) -> HttpResponse:
    """Show the form; once it is filled in, correct the score and go back to the run. Raises Http404."""
    run = model_admin.get_object(request, run_id)
    if run is None:
        raise Http404
    score = get_object_or_404(run.scores.filter(protocol=run.protocol), pk=score_id)
    form = CorrectionForm(request.POST or None, initial={"seen": version_of(run)})
    if request.method == "POST" and form.is_valid() and _correct(request, run, score, form):
        model_admin.message_user(request, gettext("The score was corrected."), messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:runs_run_change", args=[run.pk]))
    computed = score.computed["value"] if score.computed else score.value
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "media": model_admin.media + form.media,
        "title": _("Correct a score"),
        "run": run,
        "score": score,
        "shown": numbers.percent(score.value),
        "computed": numbers.percent(computed),
        "form": form,
    }
    return TemplateResponse(request, "review/admin/correct.html", context)


def _correct(request: HttpRequest, run: Run, score: Score, form: CorrectionForm) -> bool:
    """Correct the score; return whether that was done, with the form's errors where it was not."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    told = form.cleaned_data
    value = None if told["percent"] is None else told["percent"] / 100
    place = score.axis, score.dimension, score.metric
    try:
        correct_score(run, request.user, place, value, told["reason"], seen=told["seen"])
    except NotCorrectable as error:
        form.add_error("percent", str(error))
    except REFUSALS as error:
        form.add_error(None, refusal(error)[1])
    return form.is_valid()
