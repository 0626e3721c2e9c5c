"""Pages of runs. A run that the user may not see does not exist for them."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    StreamingHttpResponse,
)
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from leaderboard.accounts.models import User
from leaderboard.accounts.roles import is_reviewer
from leaderboard.catalog.models import Benchmark
from leaderboard.core import numbers
from leaderboard.core.paging import page_of
from leaderboard.core.requests import HtmxRequest, render_part
from leaderboard.core.tables import CONTENT_TYPES, Format, write
from leaderboard.core.text import storable
from leaderboard.runs import services
from leaderboard.runs.models import ImportedRun, Run, TransitionRefused
from leaderboard.runs.pages import expected_dataset, list_rows, live_context
from leaderboard.runs.states import ACTIVE, PUBLIC, RunState
from leaderboard.runs.submission import QuotaExceeded, SubmissionInvalid
from leaderboard.runs.suggestions import changes_of
from leaderboard.runs.telemetry import telemetry, telemetry_table
from leaderboard.runs.verification import with_verified

PAGE_SIZE = 25
REFRESH = "HX-Refresh"
"""The header by which htmx loads the whole page again."""


@require_safe
def index(request: HtmxRequest) -> HttpResponse:
    """The runs that the user may see, newest first; ``state``, ``benchmark`` and ``q`` filter.

    The state ``active`` stands for every live one.
    """
    wanted = request.GET.get("state", "")
    if wanted not in ("active", *RunState.values):
        wanted = ""
    text = storable(request.GET.get("q", "")).strip()
    slug = storable(request.GET.get("benchmark", ""))
    visible = Run.objects.visible_to(request.user).in_states(_states(wanted))
    runs = visible.matching(text, slug).for_display()
    page = page_of(runs, request.GET, key="id", size=PAGE_SIZE, descending=True)
    context = {
        "rows": list_rows(page.rows),
        "page": page,
        "wanted": wanted,
        "benchmarks": Benchmark.objects.filter(active=True),
        "narrowed": bool(wanted or text or slug),
        "states": RunState.choices,
        "ended": set(RunState.values) - {state.value for state in ACTIVE},
        "public": set(PUBLIC),
        "reviewer": is_reviewer(request.user),
        "live": any(run.state in ACTIVE for run in page.rows),
    }
    return render_part(request, "runs/index.html", "runs/_rows.html", context)


def _states(wanted: str) -> frozenset[RunState]:
    if wanted == "active":
        return ACTIVE
    return frozenset({RunState(wanted)}) if wanted else frozenset()


@require_safe
def detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One run: where it stands, its figures, scores, log and history."""
    run = _run(request, public_id)
    context = {"shown_dataset": expected_dataset(run), **live_context(run, request.user)}
    return render(request, "runs/detail.html", context)


@require_safe
def live(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The changing part of the run page, which asks for it every two seconds until the run has ended.

    A run that has ended has more to show than this part holds: the page is told to load itself anew.
    """
    run = _run(request, public_id)
    response = render(request, "runs/_live.html", live_context(run, request.user))
    if run.state not in ACTIVE:
        response.headers[REFRESH] = "true"
    return response


@require_safe
def watch(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Tell a page that shows the run in ``state`` to load itself anew once the run is in another. One small query."""
    runs = Run.objects.visible_to(request.user).only("state")
    run = get_object_or_404(runs, public_id=public_id)
    changed = run.state != request.GET.get("state")
    return HttpResponse(status=204, headers={REFRESH: "true"} if changed else {})


@require_safe
def telemetry_file(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """What was measured of the machine over time, as CSV."""
    run = _run(request, public_id)
    if telemetry(run.manifest) is None:
        raise Http404
    table = telemetry_table(f"telemetry-{str(run.public_id)[:8]}", run.manifest)
    return StreamingHttpResponse(
        write(table, Format.CSV),
        content_type=CONTENT_TYPES[Format.CSV],
        headers={"Content-Disposition": f'attachment; filename="{table.name}.csv"'},
    )


@require_POST
@login_required
def cancel(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Stop the run."""
    run = _own_run(request, public_id)
    try:
        services.cancel(run, cast(User, request.user))
    except TransitionRefused as refused:
        messages.error(
            request, _("This run cannot be cancelled: it is %(state)s.") % _found(refused)
        )
    else:
        messages.success(request, _("The run is cancelled."))
    return redirect("runs:detail", public_id)


@require_POST
@login_required
def retry(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Queue the failed and cancelled runs of the submission again, with the changes of a suggestion if one is named."""
    run = _own_run(request, public_id)
    number, changes = request.POST.get("suggestion"), None
    if number is not None:
        changes = changes_of(run, number, request.POST.dict())
        if changes is None:
            messages.error(request, _("Nothing was changed: fill in what the change needs."))
            return redirect("runs:detail", public_id)
    try:
        queued = services.retry(run.submission, cast(User, request.user), changes=changes)
    except SubmissionInvalid as error:
        for wrong in error.errors:
            messages.error(request, f"{wrong['field']}: {wrong['message']}")
    except QuotaExceeded as error:
        wait = numbers.duration(error.retry_after_s)
        messages.error(request, _("Your quota is used up. Again in %(time)s.") % {"time": wait})
    except ImportedRun:
        messages.error(
            request,
            _("The answers were imported: no worker can be asked for them. Import a file again."),
        )
    except TransitionRefused as refused:
        messages.error(
            request, _("There is nothing to retry: the run is %(state)s.") % _found(refused)
        )
    else:
        text = ngettext(
            "%(count)d run is queued again.", "%(count)d runs are queued again.", len(queued)
        )
        messages.success(request, text % {"count": len(queued)})
    return redirect("runs:detail", public_id)


def _run(request: HttpRequest, public_id: UUID) -> Run:
    runs = Run.objects.visible_to(request.user).for_display()
    return get_object_or_404(with_verified(runs), public_id=public_id)


def _own_run(request: HttpRequest, public_id: UUID) -> Run:
    """Return a run on which the user may act. Raises PermissionDenied for one that they may only see."""
    run = _run(request, public_id)
    if not run.submission.changeable_by(request.user):
        raise PermissionDenied
    return run


def _found(refused: TransitionRefused) -> dict[str, str]:
    return {"state": str(RunState(refused.found).label)}
