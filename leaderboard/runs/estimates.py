"""How long an evaluation takes, from how long finished ones took."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext

from evaluator.messages import Progress
from leaderboard.catalog.models import Benchmark, DatasetVersion
from leaderboard.core import numbers
from leaderboard.runs.models import Run, RunEvent
from leaderboard.runs.presenters import own_progress
from leaderboard.runs.states import ACTIVE, GRADED, RunState

HISTORY = 300
"""Finished runs that are looked at, the newest."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A benchmark that can be chosen: its rows, and the seconds that they will take (None: nothing is known)."""

    benchmark: Benchmark
    rows: int
    seconds: float | None

    @property
    def requests(self) -> str:
        return numbers.count(self.rows)

    @property
    def time(self) -> str:
        return numbers.duration(self.seconds)


def offers() -> list[Offer]:
    """Return the benchmarks on offer in order. Three queries."""
    benchmarks = list(Benchmark.objects.filter(active=True))
    current = DatasetVersion.objects.filter(current=True).values_list("benchmark", "rows")
    rows, pace = dict(current), _pace()
    usual = median(pace.values()) if pace else None
    found = []
    for benchmark in benchmarks:
        number = rows.get(benchmark.pk, benchmark.official_rows)
        each = pace.get(benchmark.pk, usual)
        found.append(Offer(benchmark, number, None if each is None else each * number))
    return found


def summary(
    offered: Iterable[Offer], chosen: Sequence[str], limit: int | None, *, passes: int = 1
) -> str:
    """Return in words what the chosen benchmarks amount to; empty for none. ``passes``: runs of each of them."""
    wanted = [offer for offer in offered if offer.benchmark.slug in chosen]
    if not wanted:
        return ""
    shares = [passes * min(o.rows, limit or o.rows) / (o.rows or 1) for o in wanted]
    requests = sum(round(o.rows * share) for o, share in zip(wanted, shares, strict=True))
    told = gettext("%(requests)s requests") % {"requests": numbers.count(requests)}
    known = [(o.seconds, share) for o, share in zip(wanted, shares, strict=True)]
    if any(seconds is None for seconds, _share in known):
        return told
    total = sum((seconds or 0) * share for seconds, share in known)
    return gettext("%(requests)s, about %(time)s") % {
        "requests": told,
        "time": numbers.duration(total),
    }


def pace() -> dict[int, float | None]:
    """Return the seconds for a question of each benchmark on offer, None where nothing is known. Three queries."""
    return {
        offer.benchmark.pk: offer.seconds / offer.rows
        if offer.seconds is not None and offer.rows
        else None
        for offer in offers()
    }


def seconds_left(
    runs: Iterable[Run], progress: Mapping[int, Progress], pace: Mapping[int, float | None]
) -> float | None:
    """Return how long a worker will still be busy with those of the runs that wait or are with it; None: not known.

    ``progress`` is what ``live_by_run`` says of them. Reads each run's benchmark and data set.
    """
    total = 0.0
    for run in runs:
        if run.state not in ACTIVE or run.state == RunState.SCORING:
            continue
        figures = own_progress(run, progress.get(run.pk))
        each = pace.get(run.benchmark_id)
        if figures and figures.eta_s is not None:
            total += figures.eta_s
        elif each is None:
            return None
        else:
            rows = run.dataset.rows if run.dataset else run.benchmark.official_rows
            total += each * min(rows, run.limit or rows)
    return total


def _pace() -> dict[int, float]:
    """Return the median seconds for a question by benchmark, from its first question to its scores.

    All runs of a submission are started together and asked one after the other: the others' time is not its own.
    """
    asked = RunEvent.objects.filter(
        run=OuterRef("pk"), attempt=OuterRef("attempt"), to_state=RunState.EVALUATING
    )
    finished = (
        Run.objects.in_states(GRADED)
        .annotate(asked_at=Subquery(asked.order_by("at").values("at")[:1]))
        .filter(asked_at__isnull=False, finished_at__isnull=False, counts__items__gt=0)
        .order_by("-id")
        .values_list("benchmark", "asked_at", "finished_at", "counts__items")[:HISTORY]
    )
    seen: dict[int, list[float]] = {}
    for benchmark, started, ended, items in finished:
        if started and ended:
            seen.setdefault(benchmark, []).append((ended - started).total_seconds() / items)
    return {benchmark: median(each) for benchmark, each in seen.items()}
