"""What the queue page shows: the workers, what they do, and who waits for how long. Submissions that the reader may
not see are counted, and named to nobody."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch
from django.utils import timezone

from evaluator.messages import Progress, WorkerPresence
from leaderboard.accounts.roles import is_reviewer
from leaderboard.core import numbers
from leaderboard.runs import presenters
from leaderboard.runs.estimates import pace, seconds_left
from leaderboard.runs.models import Run, Submission
from leaderboard.runs.progress import live_by_run
from leaderboard.runs.states import ACTIVE, ON_WORKER, RunState
from leaderboard.runs.workers import workers


@dataclass(frozen=True, slots=True)
class Job:
    """A submission that a worker has. ``run`` None: the reader may not see it. ``share`` in percent, or empty."""

    run: Run | None
    benchmark: str
    stage: str
    share: str
    note: str
    left: str


@dataclass(frozen=True, slots=True)
class WorkerRow:
    """A worker with what it does; ``name`` is a number for readers who need not know it."""

    name: str
    queues: tuple[str, ...]
    hardware: str
    since: str
    slots: int
    jobs: list[Job]


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """A submission that waits. ``run`` None: the reader may not see it. ``wait`` is empty where it cannot be told."""

    place: int
    run: Run | None
    benchmarks: list[str]
    queue: str
    since: datetime
    wait: str


def queue_context(user: Any) -> dict[str, Any]:
    """Return the page's workers, running and waiting submissions. Eight queries, whatever is queued."""
    submissions = _active()
    visible = set(
        Submission.objects.visible_to(user)
        .filter(pk__in=[submission.pk for submission in submissions])
        .values_list("pk", flat=True)
    )
    runs = [run for submission in submissions for run in _runs(submission)]
    progress = live_by_run(runs)
    found, seconds = workers(), pace()
    running = [s for s in submissions if _on_worker(s)]
    names = is_reviewer(user)
    rows, adrift = _workers(found or [], running, progress, visible, names=names)
    waiting = [s for s in submissions if not _on_worker(s) and _queued(s)]
    return {
        "known": found is not None,
        "workers": rows,
        "adrift": adrift,
        "waiting": _waiting(waiting, running, progress, found or [], seconds, visible),
        "now": timezone.now(),
    }


def _active() -> list[Submission]:
    """Return the submissions that wait or are with a worker, in the order in which they were sent."""
    active = Run.objects.filter(state__in=ACTIVE)
    runs = active.select_related("benchmark", "dataset").order_by("id")
    return list(
        Submission.objects.filter(Exists(active.filter(submission=OuterRef("pk"))))
        .select_related("variant__model", "submitter")
        .prefetch_related(Prefetch("runs", runs))
        .order_by("sent_at", "pk")
    )


def _runs(submission: Submission) -> list[Run]:
    runs = list(submission.runs.all())
    for run in runs:
        run.submission = submission
    return runs


def _on_worker(submission: Submission) -> bool:
    return any(run.state in ON_WORKER for run in submission.runs.all())


def _queued(submission: Submission) -> bool:
    return any(run.state == RunState.QUEUED for run in submission.runs.all())


def _workers(
    found: Sequence[WorkerPresence],
    running: Sequence[Submission],
    progress: Mapping[int, Progress],
    visible: Collection[int],
    *,
    names: bool,
) -> tuple[list[WorkerRow], list[Job]]:
    """Return the workers with their jobs, and the jobs of workers that do not speak."""
    jobs: dict[str, list[Job]] = {}
    for submission in running:
        run = next(run for run in _runs(submission) if run.state in ON_WORKER)
        told = progress.get(run.pk)
        worker = told.worker if told else submission.worker
        jobs.setdefault(worker, []).append(_job(run, told, submission.pk in visible))
    rows = [
        WorkerRow(
            name=worker.name if names else str(number),
            queues=worker.queues,
            hardware=worker.host_class,
            since=numbers.duration(worker.at - worker.since),
            slots=worker.slots,
            jobs=jobs.pop(worker.name, []),
        )
        for number, worker in enumerate(found, start=1)
    ]
    return rows, [job for each in jobs.values() for job in each]


def _job(run: Run, told: Progress | None, visible: bool) -> Job:
    figures = presenters.own_progress(run, told)
    share = presenters.share_done(figures)
    return Job(
        run=run if visible else None,
        benchmark=run.benchmark.title,
        stage=presenters.stage_title(told.stage) if told else str(run.get_state_display()),
        share="" if share is None else f"{100 * share:.0f}",
        note=f"{numbers.count(figures.done)} / {numbers.count(figures.total)}" if figures else "",
        left=numbers.remaining(figures.eta_s) if figures else "",
    )


def _waiting(
    waiting: Sequence[Submission],
    running: Sequence[Submission],
    progress: Mapping[int, Progress],
    found: Sequence[WorkerPresence],
    paces: Mapping[int, float | None],
    visible: Collection[int],
) -> list[WaitingRow]:
    """Return who waits, queue by queue. A wait is the work ahead shared by the queue's workers."""
    ahead: dict[str, float | None] = {}
    places: dict[str, int] = {}
    for submission in running:
        _add(ahead, submission.queue, seconds_left(_runs(submission), progress, paces))
    rows = []
    for submission in waiting:
        queue = submission.queue
        places[queue] = places.get(queue, 0) + 1
        slots = sum(worker.slots for worker in found if queue in worker.queues)
        busy = sum(other.queue == queue for other in running)
        before = ahead.get(queue, 0.0)
        free = places[queue] <= slots - busy
        told = 0.0 if free else before / slots if slots and before is not None else None
        runs = _runs(submission)
        rows.append(
            WaitingRow(
                place=places[queue],
                run=runs[0] if submission.pk in visible else None,
                benchmarks=[run.benchmark.title for run in runs],
                queue=queue,
                since=submission.sent_at or submission.created_at,
                wait=numbers.duration(told) if told is not None else "",
            )
        )
        _add(ahead, queue, seconds_left(_runs(submission), progress, paces))
    return rows


def _add(ahead: dict[str, float | None], queue: str, seconds: float | None) -> None:
    """Add to the work ahead of a queue; what cannot be told makes the sum unknown."""
    before = ahead.get(queue, 0.0)
    ahead[queue] = None if before is None or seconds is None else before + seconds
