"""What was measured of the machine while a model was served, as small charts over time. Pure.

Reads ``manifest["telemetry"]`` as ``evaluator.serving.telemetry_series`` writes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from leaderboard.core import numbers
from leaderboard.core.tables import Table, Value

WIDTH, HEIGHT = 240.0, 56.0
"""Of a chart's drawing, in its own units; it is stretched to the width that there is."""
SHOWN_ROWS = 24
"""Moments in the table; the file has all."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A series that we know: its name, unit, and how its values are written. ``whole``: its scale ends at 1."""

    title: Promise | str
    unit: str
    write: Callable[[float | None], str]
    whole: bool = False


KINDS: dict[str, Kind] = {
    "gpu_memory": Kind(_("GPU memory"), "%", numbers.percent, whole=True),
    "gpu_utilization": Kind(_("GPU utilisation"), "%", numbers.percent, whole=True),
    "gpu_memory_mb": Kind(_("GPU memory"), "MiB", numbers.count),
    "cpu_memory_mb": Kind(_("CPU memory of the engine (no GPU)"), "MiB", numbers.count),
    "kv_cache_use": Kind(_("KV cache in use"), "%", numbers.percent, whole=True),
    "requests_running": Kind(_("Requests running"), "", numbers.count),
    "requests_waiting": Kind(_("Requests waiting"), "", numbers.count),
    "preemptions": Kind(_("Preemptions"), "", numbers.count),
}


@dataclass(frozen=True, slots=True)
class Chart:
    """A series. ``line`` and ``area`` are SVG paths in WIDTH by HEIGHT; ``top`` is the scale's end."""

    name: str
    title: str
    unit: str
    peak: str
    mean: str
    top: str
    line: str
    area: str


@dataclass(frozen=True, slots=True)
class Telemetry:
    """What the section shows. ``rows`` are moments with a text for each chart."""

    title: str
    length: str
    charts: list[Chart]
    rows: list[tuple[str, list[str]]]


def telemetry(manifest: Mapping[str, Any]) -> Telemetry | None:
    """Return the charts; None where nothing was measured."""
    told = manifest.get("telemetry") or {}
    series: Mapping[str, Any] = told.get("series") or {}
    at: Sequence[float] = series.get("at_s") or []
    names = [name for name in _names(series) if any(v is not None for v in series[name])]
    if not at or not names:
        return None
    charts = [_chart(name, at, series[name], told) for name in names]
    return Telemetry(
        title=gettext("%(what)s peaked at %(peak)s")
        % {"what": capfirst(charts[0].title), "peak": f"{charts[0].peak} {charts[0].unit}".strip()},
        length=numbers.duration(at[-1]),
        charts=charts,
        rows=_rows(names, at, series),
    )


def telemetry_table(name: str, manifest: Mapping[str, Any]) -> Table:
    """Return every moment with every series, in the units that were measured."""
    series = (manifest.get("telemetry") or {}).get("series") or {}
    at, names = series.get("at_s") or [], list(_names(series))
    rows: Iterator[list[Value]] = (
        [second, *(series[n][i] for n in names)] for i, second in enumerate(at)
    )
    return Table(name, {"at_s": "number", **dict.fromkeys(names, "number")}, rows)


def _names(series: Mapping[str, Any]) -> Iterator[str]:
    """Yield the series that we know, in our order, and then the others."""
    at = series.get("at_s") or []
    known = [name for name in KINDS if name in series]
    for name in (*known, *sorted(set(series) - set(known) - {"at_s"})):
        if isinstance(series[name], list) and len(series[name]) == len(at):
            yield name


def _kind(name: str) -> Kind:
    found = KINDS.get(name)
    return found or Kind(name.replace("_", " "), "", numbers.decimal)


def _chart(
    name: str, at: Sequence[float], values: Sequence[float | None], told: Mapping[str, Any]
) -> Chart:
    kind = _kind(name)
    peak = (told.get("peak") or {}).get(name, max(v for v in values if v is not None))
    top = 1.0 if kind.whole else (peak or 1.0) * 1.1
    stretches = list(_stretches(at, values, top))
    return Chart(
        name=name,
        title=str(kind.title),
        unit=kind.unit,
        peak=kind.write(peak),
        mean=kind.write((told.get("mean") or {}).get(name)),
        top=kind.write(top),
        line="".join(_line(points) for points in stretches),
        area="".join(_area(points) for points in stretches),
    )


Points = list[tuple[float, float]]


def _stretches(at: Sequence[float], values: Sequence[float | None], top: float) -> Iterator[Points]:
    """Yield the points of each stretch without a gap."""
    length = at[-1] or 1.0
    points: Points = []
    for second, value in zip(at, values, strict=True):
        if value is None:
            if points:
                yield points
            points = []
            continue
        share = min(1.0, max(0.0, value / top))
        points.append((WIDTH * second / length, HEIGHT * (1 - share)))
    if points:
        yield points


def _line(points: Points) -> str:
    if len(points) == 1:
        points = [points[0], (points[0][0] + 1, points[0][1])]
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def _area(points: Points) -> str:
    first, last = points[0][0], points[-1][0]
    return f"{_line(points)}L{last:.1f} {HEIGHT:.0f}L{first:.1f} {HEIGHT:.0f}Z"


def _rows(
    names: Sequence[str], at: Sequence[float], series: Mapping[str, Any]
) -> list[tuple[str, list[str]]]:
    step = max(1, -(-len(at) // SHOWN_ROWS))
    return [
        (numbers.duration(at[i]), [_kind(name).write(series[name][i]) for name in names])
        for i in range(0, len(at), step)
    ]
