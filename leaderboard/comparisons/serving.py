"""How the compared runs were served, each beside the baseline. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext

from leaderboard.boards.serving import host_class, serving_of
from leaderboard.catalog.labels import engine_title
from leaderboard.core import numbers
from leaderboard.runs.models import Run

NOTICED = 0.02
"""Relative change below which a figure counts as the same."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure. ``change`` is against the baseline in percent, empty for the baseline; ``better`` None: the same."""

    value: str
    change: str
    better: bool | None


@dataclass(frozen=True, slots=True)
class Row:
    """A figure of every run; ``best`` says which way is better, in a word."""

    title: str
    unit: str
    cells: list[Cell]


@dataclass(frozen=True, slots=True)
class Difference:
    """A fact that runs share, or differ in: one value for each, or one for all."""

    name: str
    values: list[str]
    same: bool


def rows(runs: Sequence[Run]) -> list[Row]:
    """Return the serving figures that at least one run has, the first run being the baseline."""
    found = []
    for title, unit, read, write, less_is_better in _figures():
        values = [read(run.manifest) for run in runs]
        if any(value is not None for value in values):
            cells = [_cell(value, values[0], write, less_is_better) for value in values]
            cells[0] = Cell(write(values[0]), "", None)
            found.append(Row(title, unit, cells))
    return found


def hardware(runs: Sequence[Run]) -> list[str]:
    """Return the kinds of hardware that the runs were served on; more than one: their figures do not compare."""
    return list(dict.fromkeys(filter(None, (_host(run) for run in runs))))


def differences(runs: Sequence[Run]) -> list[Difference]:
    """Return what the runs were made of and with: what differs first."""
    facts: tuple[tuple[str, Callable[[Run], str]], ...] = (
        (gettext("Precision"), lambda run: str(run.submission.variant.get_precision_display())),
        (gettext("Engine"), lambda run: engine_title(run.submission.variant.engine)),
        (gettext("Revision"), lambda run: run.submission.variant.revision[:12]),
        (gettext("Hardware"), _host),
        (
            gettext("Prompts, sha256"),
            lambda run: str(run.manifest.get("prompts_sha256") or "")[:12],
        ),
        (gettext("Seed"), lambda run: _generation(run, "seed")),
        (gettext("Temperature"), lambda run: _generation(run, "temperature")),
        *_versions(runs),
    )
    found = []
    for name, read in facts:
        values = [read(run) or numbers.MISSING for run in runs]
        if set(values) != {numbers.MISSING}:
            found.append(Difference(name, values, same=len(set(values)) == 1))
    return sorted(found, key=lambda difference: difference.same)


def _versions(runs: Sequence[Run]) -> Iterator[tuple[str, Callable[[Run], str]]]:
    """Yield the version of each part that any of the runs was made with."""

    def read(part: str) -> Callable[[Run], str]:
        return lambda run: str((run.manifest.get("versions") or {}).get(part) or "")

    for part in sorted({part for run in runs for part in run.manifest.get("versions") or {}}):
        yield part, read(part)


_Figure = tuple[str, str, Callable[[dict[str, Any]], float | None], Callable[..., str], bool]


def _figures() -> list[_Figure]:
    def serving(name: str) -> Callable[[dict[str, Any]], float | None]:
        return lambda manifest: _number((manifest.get("serving") or {}).get(name))

    def memory(manifest: dict[str, Any]) -> float | None:
        return _number(((manifest.get("telemetry") or {}).get("peak") or {}).get("gpu_memory"))

    milliseconds, rate = gettext("ms"), gettext("tokens/s")
    return [
        (gettext("TTFT p50"), milliseconds, serving("ttft_ms_p50"), numbers.count, True),
        (gettext("TTFT p95"), milliseconds, serving("ttft_ms_p95"), numbers.count, True),
        (gettext("One stream"), rate, serving("tokens_per_s"), numbers.decimal, False),
        (gettext("Throughput"), rate, serving("output_tokens_per_s"), numbers.decimal, False),
        (gettext("GPU memory, peak"), "%", memory, numbers.percent, True),
    ]


def _cell(
    value: float | None, base: float | None, write: Callable[..., str], less_is_better: bool
) -> Cell:
    if value is None or not base:
        return Cell(write(value), "", None)
    change = value / base - 1
    better = None if abs(change) < NOTICED else (change < 0) == less_is_better
    return Cell(write(value), f"{numbers.signed(100 * change)} %", better)


def _host(run: Run) -> str:
    """Return the hardware that served the model, empty where that is not ours to know: behind an endpoint."""
    return host_class(serving_of(run))


def _generation(run: Run, name: str) -> str:
    value = (run.manifest.get("generation") or {}).get(name)
    return "" if value is None else str(value)


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
