"""A submission's events as they happen."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Prefetch
from django.http import Http404, HttpResponse, HttpResponseBase
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.views import APIView

from leaderboard.api import streams
from leaderboard.api.negotiation import AnyAccepted
from leaderboard.api.schema import problems
from leaderboard.api.serializers.events import RunEventSerializer, StandingSerializer
from leaderboard.api.streams import Look, message
from leaderboard.runs.models import Run, RunEvent, Submission
from leaderboard.runs.presenters import own_progress
from leaderboard.runs.progress import live_by_run, queue_position
from leaderboard.runs.states import ACTIVE

LAST = "Last-Event-ID"
MAX_DIGITS = 18
"""Of a number that PostgreSQL's bigint holds, whatever the digits."""
AT_ONCE = 500


class EventsView(APIView):
    """What happens to a submission, as server-sent events."""

    content_negotiation_class = AnyAccepted
    http_method_names = ["get", "options"]  # a HEAD would wait for a body that nobody gets

    @extend_schema(
        operation_id="submissions_events",
        summary="Follow a submission",
        parameters=[
            OpenApiParameter(
                LAST,
                int,
                OpenApiParameter.HEADER,
                description="The `id` of the last event that you have seen; only later ones are sent.",
            )
        ],
        responses={
            (200, streams.CONTENT_TYPE): OpenApiTypes.STR,
            204: OpenApiResponse(description="Nothing came after that event, and nothing will."),
        }
        | problems(400, 401, 404, 503),
    )
    def get(self, request: Request, public_id: UUID) -> HttpResponseBase:
        """Send an event `run` for everything that happened to its runs, `progress` when figures change, `end` last.

        `run` events have an `id`. The stream ends after a while: come back after `retry` milliseconds with
        `Last-Event-ID`, as browsers do by themselves. A reader that was away sees by the first `progress` where
        everything stands. After `end` there is nothing to come back for, until somebody retries.
        """
        last = _last_seen(request)
        teller = Teller(public_id, request.user, last or 0)
        first = teller.look()
        if last is not None and first.ended and not teller.told:
            return HttpResponse(status=204)
        return streams.answer(teller.after(first))


class Teller:
    """What there is to tell of a submission to a user. It remembers what it has told.

    Whether the user may see the submission, and which of its runs, is asked anew each time.
    """

    def __init__(self, public_id: UUID, user: Any, last: int) -> None:
        self.told: list[int] = []
        self._id, self._user, self._last = public_id, user, last
        self._standing: Any = None

    def after(self, first: Look) -> Any:
        """Return ``look`` with ``first`` before it."""
        waiting = [first]
        return lambda: waiting.pop() if waiting else self.look()

    def look(self) -> Look:
        """Return what is new. Raises Http404, at the first look only: later, what is not seen any more has ended."""
        submission = self._found()
        if submission is None:
            if self._standing is None:
                raise Http404
            return Look([message("end", {})], ended=True)
        runs = list(submission.runs.all())
        # The runs were read before their events: all that led to an end is among those.
        messages = [*self._events(submission, runs), *self._progress(submission, runs)]
        ended = not any(run.state in ACTIVE for run in runs)
        if ended:
            messages.append(message("end", {}))
        return Look(messages, ended)

    def _found(self) -> Submission | None:
        visible = Run.objects.visible_to(self._user).select_related("benchmark")
        return (
            Submission.objects.visible_to(self._user)
            .prefetch_related(Prefetch("runs", visible.order_by("id")))
            .filter(public_id=self._id)
            .first()
        )

    def _events(self, submission: Submission, runs: list[Run]) -> list[str]:
        # By what was told, not by the highest number: a transaction that took longer may bring a lower one.
        found = (
            RunEvent.objects.filter(run__in=runs, pk__gt=self._last)
            .exclude(pk__in=self.told)
            .select_related("run__benchmark")
            .order_by("pk")[:AT_ONCE]
        )
        context = {"private": submission.details_visible_to(self._user)}
        messages = []
        for event in found:
            self.told.append(event.pk)
            data = RunEventSerializer(event, context=context).data
            messages.append(message("run", data, max(self.told)))
        return messages

    def _progress(self, submission: Submission, runs: list[Run]) -> list[str]:
        live = live_by_run(runs)
        standing = StandingSerializer(
            {
                "attempt": submission.attempt,
                "queue_position": queue_position(submission),
                "runs": [
                    {
                        "id": run.public_id,
                        "benchmark": run.benchmark.slug,
                        "state": run.state,
                        "attempt": run.attempt,
                        "progress": own_progress(run, live.get(run.pk)),
                    }
                    for run in runs
                ],
            }
        ).data
        if standing == self._standing:
            return []
        self._standing = standing
        return [message("progress", standing)]


def _last_seen(request: Request) -> int | None:
    text = request.headers.get(LAST)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS):
        raise ValidationError({LAST: [_("The number of an event that you have received.")]})
    return int(text)
