"""What users and organisations may use: submissions a day, submissions at once, GPU hours.

Nothing is booked: what is used is counted from the submissions and runs that there are. What the platform broke
(``PLATFORM_FAILURES``) is not counted, so a quota comes back by itself when such a failure ends a run. Nor are
re-runs that a reviewer asked for. A submission that somebody retries is counted for the day of the retry too, and the
GPU hours of all its attempts are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import chain
from math import ceil

from django.conf import settings
from django.db.models import Count, Exists, F, Max, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from evaluator.errors import FailureCode
from evaluator.messages import GPU_QUEUES
from leaderboard.accounts.models import Organization, User
from leaderboard.runs.models import Run, RunEvent, Submission
from leaderboard.runs.states import ACTIVE, ON_WORKER, RETRYABLE, RunState
from leaderboard.runs.submission import QuotaExceeded

DAY = timedelta(hours=24)
MONTH = timedelta(days=30)
TRY_AGAIN = timedelta(minutes=1)
"""When to ask again for what ends at no time that can be foretold."""

PLATFORM_FAILURES = frozenset(
    {
        FailureCode.DATASET_MISSING,
        FailureCode.DATASET_SCHEMA,
        FailureCode.KEY_UNREADABLE,
        FailureCode.ENGINE_NOT_CONFIGURED,
        FailureCode.HARNESS_NOT_INSTALLED,
        FailureCode.METRIC_UNAVAILABLE,
        FailureCode.ARTIFACTS_UNAVAILABLE,
        FailureCode.BUNDLE_CORRUPT,
        FailureCode.BUNDLE_INCOMPLETE,
        FailureCode.GRADING_FAILED,
        FailureCode.WORKER_LOST,
        FailureCode.INTERNAL,
    }
)
"""Failures that no submitter can cause or mend. Those of a model, an endpoint or an engine's flags are not among them."""

_GPUS = {queue: gpus for gpus, queue in GPU_QUEUES.items()}
"""How many GPUs a worker of each queue has."""
_OUR_CODES = [code.value for code in PLATFORM_FAILURES]
_BROKEN_BY_US = Q(state=RunState.FAILED, failure_code__in=_OUR_CODES)

_Span = tuple[int, int, str, datetime, datetime]
"""Submission, attempt, queue, begin and end of the part of an attempt that was spent on one of its runs."""


class QuotaKind(StrEnum):
    """What is limited."""

    PER_DAY = "submissions_per_day"
    ACTIVE = "active_submissions"
    GPU_HOURS = "gpu_hours"


@dataclass(frozen=True, slots=True)
class QuotaUse:
    """How much of one limit is used. ``limit`` None: there is none. ``owner`` is an organisation's slug, "" for the user."""

    kind: QuotaKind
    used: float
    limit: float | None
    owner: str = ""

    @property
    def exhausted(self) -> bool:
        """Whether nothing more may be begun."""
        return self.limit is not None and self.used >= self.limit

    @property
    def left(self) -> float | None:
        """What is left of it, at least 0."""
        return None if self.limit is None else max(0, self.limit - self.used)


def quota_of(user: User, *, again: Submission | None = None) -> list[QuotaUse]:
    """Return the user's own use of every limit; ``again`` as in ``claim_quota``."""
    defaults = {
        QuotaKind.PER_DAY: settings.SUBMISSIONS_PER_DAY,
        QuotaKind.ACTIVE: settings.ACTIVE_SUBMISSIONS,
        QuotaKind.GPU_HOURS: settings.GPU_HOURS,
    }
    used = _used(_own(user.submissions.all()), again)
    limits = {kind: _first(getattr(user, kind), defaults[kind]) for kind in QuotaKind}
    return [QuotaUse(kind, used[kind], limits[kind]) for kind in QuotaKind]


def quota_of_organization(
    organization: Organization, *, again: Submission | None = None
) -> list[QuotaUse]:
    """Return an organisation's use of every limit. Where it has none of its own there is none."""
    used = _used(_own(organization.submissions.all()), again)
    return [
        QuotaUse(kind, used[kind], getattr(organization, kind), organization.slug)
        for kind in QuotaKind
    ]


def claim_quota(
    user: User, organization: Organization | None = None, *, again: Submission | None = None
) -> None:
    """Make sure that the user may submit once more, on behalf of the organisation too. Raises QuotaExceeded.

    ``again`` is a submission that is to be retried: it does not stand in its own way, but its GPU hours are counted.
    Holds their rows, so that two submissions at once are counted one after the other: call it inside the transaction
    that stores the submission. The order (submission, user, organisation) is the same everywhere, so nobody waits in a
    circle.
    """
    user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    _refuse_exhausted(quota_of(user, again=again), _own(user.submissions.all()), again)
    if organization is not None:
        locked = Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
        uses = quota_of_organization(locked, again=again)
        _refuse_exhausted(uses, _own(locked.submissions.all()), again)


def _own(submissions: QuerySet[Submission]) -> QuerySet[Submission]:
    """Leave out what a reviewer asked to have run once more: nobody pays for another's wish."""
    return submissions.exclude(Exists(_runs_of_each().filter(rerun_of__isnull=False)))


def _first(own: float | None, default: float | None) -> float | None:
    return default if own is None else own


def _refuse_exhausted(
    uses: list[QuotaUse], submissions: QuerySet[Submission], again: Submission | None
) -> None:
    for use in uses:
        if use.exhausted and use.limit is not None:
            wait = _wait_s(use, submissions, again)
            raise QuotaExceeded(
                use.used, use.limit, wait, kind=use.kind.value, organization=use.owner
            )


def _used(submissions: QuerySet[Submission], again: Submission | None) -> dict[QuotaKind, float]:
    now = timezone.now()
    others = _others(submissions, again)
    active = others.filter(Exists(_runs_of_each().filter(state__in=ACTIVE)))
    return {
        QuotaKind.PER_DAY: len(_counted(others, now - DAY)),
        QuotaKind.ACTIVE: active.count(),
        QuotaKind.GPU_HOURS: sum(hours for _ended, hours in _gpu_hours(submissions, now)),
    }


def _others(submissions: QuerySet[Submission], again: Submission | None) -> QuerySet[Submission]:
    return submissions if again is None else submissions.exclude(pk=again.pk)


def _runs_of_each() -> QuerySet[Run]:
    return Run.objects.filter(submission=OuterRef("pk")).order_by()


def _counted(submissions: QuerySet[Submission], since: datetime) -> list[datetime]:
    """Return when somebody made or last retried each submission, of those since then with a run that we did not break.

    The oldest comes first.
    """
    theirs = Exists(_runs_of_each().exclude(_BROKEN_BY_US))
    retries = RunEvent.objects.filter(
        run__submission=OuterRef("pk"), to_state=RunState.QUEUED, attempt__gt=1, actor__isnull=False
    )
    # PostgreSQL's greatest of a moment and nothing is the moment.
    last = Greatest("created_at", Subquery(retries.order_by("-at").values("at")[:1]))
    counted = submissions.annotate(counted_at=last).filter(theirs, counted_at__gt=since)
    return sorted(counted.values_list("counted_at", flat=True))


def _gpu_hours(
    submissions: QuerySet[Submission], now: datetime
) -> Iterator[tuple[datetime, float]]:
    """Yield when each attempt of the last 30 days ended (now, where it has not) and its GPU hours.

    An attempt's runs share one engine, so it lasts from when the first was begun to when the last ended. An endpoint
    uses none of our GPUs.
    """
    attempts: dict[tuple[int, int], tuple[int, datetime, datetime]] = {}
    spans = chain(_newest_attempts(submissions, now), _earlier_attempts(submissions, now))
    for submission, attempt, queue, begun, ended in spans:
        _gpus, first, last = attempts.get((submission, attempt), (0, begun, ended))
        attempts[submission, attempt] = _GPUS[queue], min(first, begun), max(last, ended)
    for gpus, begun, ended in attempts.values():
        yield ended, gpus * max(0.0, (ended - begun).total_seconds()) / 3600


def _newest_attempts(submissions: QuerySet[Submission], now: datetime) -> Iterable[_Span]:
    """Return the attempts that runs are at, as far as they have begun."""
    return (
        Run.objects.filter(submission__in=submissions, submission__queue__in=_GPUS)
        .filter(Q(finished_at=None) | Q(finished_at__gt=now - MONTH), started_at__isnull=False)
        .exclude(_BROKEN_BY_US)
        .order_by()
        .values("submission", "attempt", "submission__queue")
        .annotate(begun=Min("started_at"), ended=Max(Coalesce("finished_at", now)))
        .values_list("submission", "attempt", "submission__queue", "begun", "ended")
    )


def _earlier_attempts(submissions: QuerySet[Submission], now: datetime) -> Iterable[_Span]:
    """Return the attempts before the ones that runs are at, from their events: a retry clears the run's columns."""
    return (
        RunEvent.objects.filter(
            run__submission__in=submissions,
            run__submission__queue__in=_GPUS,
            kind=RunEvent.Kind.STATE,
            attempt__lt=F("run__attempt"),
        )
        .order_by()
        .values("run", "run__submission", "attempt", "run__submission__queue")
        .annotate(
            begun=Min("at", filter=Q(to_state__in=ON_WORKER)),
            ended=Min("at", filter=Q(to_state__in=RETRYABLE)),
            broken_by_us=Count("pk", filter=Q(to_state=RunState.FAILED, reason__in=_OUR_CODES)),
        )
        .filter(begun__isnull=False, ended__gt=now - MONTH, broken_by_us=0)
        .values_list("run__submission", "attempt", "run__submission__queue", "begun", "ended")
    )


def _wait_s(use: QuotaUse, submissions: QuerySet[Submission], again: Submission | None) -> int:
    """Return the seconds until one more fits, as far as that can be foretold."""
    now = timezone.now()
    if use.kind is QuotaKind.ACTIVE:
        return int(TRY_AGAIN.total_seconds())
    if not use.limit:
        return int(DAY.total_seconds())
    if use.kind is QuotaKind.PER_DAY:
        counted = _counted(_others(submissions, again), now - DAY)
        over = int(use.used - use.limit)
        # Since they were counted for ``use`` one may have grown too old.
        frees = counted[over] + DAY if over < len(counted) else now
    else:
        frees = _hours_free_at(use, submissions, now)
    return max(1, ceil((frees - now).total_seconds()))


def _hours_free_at(use: QuotaUse, submissions: QuerySet[Submission], now: datetime) -> datetime:
    """Return when enough of the counted runs will be older than 30 days."""
    over = use.used - (use.limit or 0)
    for ended, hours in sorted(_gpu_hours(submissions, now)):
        over -= hours
        if over < 0:
            return ended + MONTH
    return now + DAY
