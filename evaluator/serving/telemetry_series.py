"""A compact time series of what was measured while a model was served. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

POINTS = 240
"""What is kept at most, however long the evaluation took: as many as a chart can show."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Figures by name at ``at`` seconds from the beginning; a name that could not be read is not there."""

    at: float
    values: Mapping[str, float]


def summarised(samples: Sequence[Sample], points: int = POINTS) -> dict[str, Any]:
    """Return ``{"peak": {name: x}, "mean": {name: x}, "series": {"at_s": [...], name: [...]}, "samples": n}``.

    Peaks and means are over all samples. The series has at most ``points`` equally long intervals; each holds the
    highest value of its samples, since a peak is what memory limits are about; None where it has none. Names of
    counters should be given as increases, not as running totals.
    """
    if not samples:
        return {"samples": 0, "peak": {}, "mean": {}, "series": {"at_s": []}}
    names = sorted({name for sample in samples for name in sample.values})
    at = np.array([sample.at for sample in samples])
    length = max(float(at[-1]), 1e-9)
    count = min(points, len(samples))
    place = np.minimum((at / length * count).astype(np.intp), count - 1)
    table = np.array([[s.values.get(name, np.nan) for name in names] for s in samples])
    series: dict[str, Any] = {
        "at_s": [round(float(x), 1) for x in (np.arange(count) + 1) * length / count]
    }
    for column, name in enumerate(names):
        series[name] = _highest(table[:, column], place, count)
    return {
        "samples": len(samples),
        "peak": {n: float(np.nanmax(table[:, i])) for i, n in enumerate(names)},
        "mean": {n: float(np.nanmean(table[:, i])) for i, n in enumerate(names)},
        "series": series,
    }


def _highest(
    values: np.ndarray[Any, np.dtype[np.float64]],
    place: np.ndarray[Any, np.dtype[np.intp]],
    count: int,
) -> list[float | None]:
    top = np.full(count, -np.inf)
    known = ~np.isnan(values)
    np.maximum.at(top, place[known], values[known])
    return [None if np.isneginf(x) else round(float(x), 4) for x in top]
