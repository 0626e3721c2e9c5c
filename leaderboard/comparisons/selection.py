"""Which runs are compared: read from the address, and offered where some are missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from leaderboard.catalog.models import Benchmark, DatasetVersion
from leaderboard.core.text import storable
from leaderboard.runs.models import Pictures, Run, RunQuerySet
from leaderboard.runs.states import GRADED

FEWEST, MOST = 2, 4
OFFERED = 50
MAX_ID_DIGITS = 18


def chosen_ids(text: str) -> list[UUID]:
    """Return the runs that ``a,b,c`` names, each once, at most MOST; what is no run's id is passed over."""
    found: dict[UUID, None] = {}
    for part in text.split(","):
        try:
            found[UUID(part.strip())] = None
        except ValueError:
            continue
    return list(found)[:MOST]


def chosen_runs(text: str, user: Any) -> list[Run]:
    """Return the graded runs that ``text`` names and ``user`` may see, in its order. One query, none for no id."""
    ids = chosen_ids(text)
    if not ids:
        return []
    runs = {run.public_id: run for run in _graded(user).filter(public_id__in=ids)}
    return [runs[public_id] for public_id in ids if public_id in runs]


def runs_of_variants(text: str, user: Any) -> list[Run]:
    """Return a run of each variant that ``1,2,3`` names, on the first benchmark that all of them were evaluated on.

    Empty when there is none. Two queries.
    """
    parts = [part.strip() for part in text.split(",")]
    keys = dict.fromkeys(
        int(part)
        for part in parts
        if part.isascii() and part.isdigit() and len(part) <= MAX_ID_DIGITS
    )
    shared = shared_benchmarks(list(keys)[:MOST], user)
    if not shared:
        return []
    return chosen_runs(",".join(map(str, shared[0].runs)), user)


@dataclass(frozen=True, slots=True)
class Shared:
    """A benchmark on which all the variants were evaluated alike, and the newest such run of each."""

    benchmark: Benchmark
    runs: tuple[UUID, ...]

    @property
    def parameter(self) -> str:
        """The runs as the address names them."""
        return ",".join(map(str, self.runs))


def shared_benchmarks(variants: Sequence[int], user: Any) -> list[Shared]:
    """Return the benchmarks that all ``variants`` have whole runs on, on one data set by one protocol, in order.

    One query. Runs without pictures, and of a part of the questions, do not count.
    """
    if len(variants) < FEWEST:
        return []
    runs = (
        _graded(user)
        .filter(submission__variant__in=variants, pictures=Pictures.SHOWN, limit=None)
        .order_by("benchmark__position", "benchmark__slug", "-dataset__current", "id")
    )
    places: dict[tuple[int, int | None, str], dict[int, Run]] = {}
    for run in runs:
        place = (run.benchmark_id, run.dataset_id, run.protocol)
        places.setdefault(place, {})[run.submission.variant_id] = run
    shared: dict[int, Shared] = {}
    for (benchmark, _data, _protocol), found in places.items():
        if found.keys() == set(variants):
            first = next(iter(found.values()))
            ids = tuple(found[variant].public_id for variant in variants)
            shared.setdefault(benchmark, Shared(first.benchmark, ids))
    return list(shared.values())


def offered(chosen: Sequence[Run], parameters: Mapping[str, Any], user: Any) -> list[Run]:
    """Return runs that could be added: comparable with the first chosen one, or (without one) of a benchmark.

    ``q`` narrows to a part of the model's name or organisation, ``benchmark`` to a benchmark's slug. The newest come
    first, at most OFFERED.
    """
    runs = _graded(user).filter(limit=None).exclude(pk__in=[run.pk for run in chosen])
    if chosen:
        first = chosen[0]
        runs = runs.filter(
            benchmark=first.benchmark_id, dataset=first.dataset_id, protocol=first.protocol
        )
    slug = "" if chosen else storable(str(parameters.get("benchmark", "")))
    runs = runs.matching(storable(str(parameters.get("q", ""))).strip(), slug)
    return list(runs.order_by("-id")[:OFFERED])


def offered_benchmarks() -> list[Benchmark]:
    """Return the benchmarks that have data, for the filter."""
    known = DatasetVersion.objects.values("benchmark")
    return list(Benchmark.objects.filter(active=True, pk__in=known))


def with_run(runs: Iterable[Run], added: Run | None = None, without: Run | None = None) -> str:
    """Return the address's ``runs`` for these, with one more or one less."""
    ids = [str(run.public_id) for run in runs if run != without]
    return ",".join([*ids, *([str(added.public_id)] if added else [])])


def _graded(user: Any) -> RunQuerySet:
    return Run.objects.visible_to(user).in_states(GRADED).for_display()
