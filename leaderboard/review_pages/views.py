"""The reviewers' pages. Nothing is decided by looking, and nothing that was typed is lost."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from leaderboard.core.requests import HtmxRequest, is_partial, render_part
from leaderboard.review.actions import CHOICES, REFUSALS, Choice, Outcome, decide_each, refusal
from leaderboard.review.services import decide
from leaderboard.review.versions import version_of
from leaderboard.review_pages import queue as queues
from leaderboard.review_pages.access import reviewer_of, reviewers_only
from leaderboard.review_pages.decisions import DecisionForm, seen_of
from leaderboard.review_pages.detail import (
    neighbours,
    open_choices,
    page_context,
    successors_for,
    with_page,
)
from leaderboard.review_pages.differences import difference_context, previous_of
from leaderboard.review_pages.filters import QueueFilter
from leaderboard.runs.models import Run
from leaderboard.runs.states import GRADED

REFUSED, CONFLICT = 400, 409


@require_safe
@reviewers_only
def queue(request: HtmxRequest) -> HttpResponse:
    """The runs that wait, oldest first; or those in another state, newest first if it is an end."""
    chosen = QueueFilter.parse(request.GET)
    context: dict[str, object] = {**queues.list_context(chosen, request.GET, reviewer_of(request))}
    if not is_partial(request):
        context |= queues.frame_context()
    response = render_part(request, "review/queue.html", "review/_queue.html", context)
    if is_partial(request):
        # A form sends every field; the address that people share has only what differs from the plain queue.
        response["HX-Replace-Url"] = f"{request.path}{chosen.query}"
    return response


@require_POST
@reviewers_only
def decide_many(request: HttpRequest) -> HttpResponse:
    """Decide on the chosen runs alike. What could not be decided stays chosen, with what was typed."""
    chosen = QueueFilter.parse(request.GET)
    versions = seen_of(request.POST.getlist("run"), queues.PAGE_SIZE)
    form = DecisionForm(request.POST, choices=list(CHOICES.values()))
    runs = list(Run.objects.filter(public_id__in=versions).for_display().order_by("pk"))
    if not form.is_valid() or not runs:
        return _queue_again(request, chosen, form, versions, REFUSED)
    outcomes = decide_each(
        runs,
        form.choice.name,
        reviewer_of(request),
        form.cleaned_data["reason"],
        seen={run.pk: versions[run.public_id] for run in runs},
    )
    _tell(request, outcomes, form.choice)
    left = {outcome.run.public_id for outcome in outcomes if outcome.decision is None}
    if left:
        return _queue_again(request, chosen, form, left, CONFLICT)
    return redirect(f"{reverse('review:queue')}{chosen.query}")


@require_safe
@reviewers_only
def detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """A run with its checks, what has changed since the previous one, its history, and the decision."""
    return _detail(request, public_id)


@require_safe
@reviewers_only
def difference(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The part of the page that compares thousands of answers: asked for once the page is there."""
    run = get_object_or_404(Run.objects.in_states(GRADED).for_display(), public_id=public_id)
    base = previous_of(run)
    if base is None:
        raise Http404
    context = {"run": run, **difference_context(run, base)}
    return render(request, "review/_difference.html", context)


@require_POST
@reviewers_only
def decide_one(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Decide on the run as it was shown, and go on to the next one in the queue."""
    run = get_object_or_404(Run.objects.in_states(GRADED).for_display(), public_id=public_id)
    seen = str(request.POST.get("seen", ""))
    # Before the form: what was offered then may not be offered now, and that is not the reviewer's mistake.
    if seen != version_of(run):
        return _detail(request, public_id, request.POST, CONFLICT)
    successors = successors_for(run)
    choices = open_choices(run, successors)
    form = DecisionForm(request.POST, choices=choices, successors=successors)
    if not form.is_valid():
        return _detail(request, public_id, request.POST, REFUSED, form)
    try:
        decide(
            run,
            form.choice.name,
            reviewer_of(request),
            form.cleaned_data["reason"],
            seen=seen,
            successor=form.newer,
        )
    except REFUSALS as error:
        form.add_error("decision", refusal(error)[1])
        return _detail(request, public_id, request.POST, CONFLICT, form)
    messages.success(request, f"{_named(run)}: {form.choice.done}.")
    chosen = QueueFilter.parse(request.GET)
    following = neighbours(run, chosen).following
    page = reverse("review:detail", args=[following]) if following else reverse("review:queue")
    return redirect(f"{page}{chosen.query}")


def _detail(
    request: HttpRequest,
    public_id: UUID,
    typed: Mapping[str, Any] | None = None,
    status: int = 200,
    form: DecisionForm | None = None,
) -> HttpResponse:
    """Show the run as it is now, with what was ``typed`` and what is wrong with it.

    A conflict without a form is one in which somebody was faster.
    """
    run = get_object_or_404(with_page(Run.objects.all()), public_id=public_id)
    context = page_context(run, QueueFilter.parse(request.GET), reviewer_of(request))
    overtaken = status == CONFLICT and form is None
    context |= {"typed": typed or {}, "form": form, "overtaken": overtaken}
    return render(request, "review/detail.html", context, status=status)


def _queue_again(
    request: HttpRequest,
    chosen: QueueFilter,
    form: DecisionForm,
    selected: Collection[UUID],
    status: int,
) -> HttpResponse:
    """Show the queue with what was chosen and typed."""
    context = {
        **queues.list_context(chosen, request.GET, reviewer_of(request)),
        **queues.frame_context(),
        "form": form,
        "selected": selected,
    }
    return render(request, "review/queue.html", context, status=status)


def _tell(request: HttpRequest, outcomes: Sequence[Outcome], choice: Choice) -> None:
    done = sum(outcome.decision is not None for outcome in outcomes)
    if done:
        text = ngettext("%(count)d run: %(done)s.", "%(count)d runs: %(done)s.", done)
        messages.success(request, text % {"count": done, "done": choice.done})
    for outcome in outcomes:
        if outcome.decision is None:
            words = {"run": _named(outcome.run), "why": outcome.detail}
            messages.error(request, _("%(run)s was left as it is. %(why)s") % words)


def _named(run: Run) -> str:
    return f"{run.submission.variant}, {run.benchmark.title}"
