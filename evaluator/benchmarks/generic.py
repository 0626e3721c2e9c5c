"""Any task of lmms-eval as a benchmark, declared as data and graded by lmms-eval's own metric for each sample.

The harness lets lmms-eval score each answer (``Response.metrics``); here these values become verdicts and scores. The
protocol says whose grading it is: ``lmms-eval-METRIC@VERSION``. ``declaration`` says what can be declared.

Scores are means over samples. Where lmms-eval aggregates otherwise (F1, a sum, a measure of the whole corpus), the
score here still is the mean of what each sample got, and lmms-eval's own aggregate stands beside it in the manifest
(``Manifest.aggregates``): declare a metric whose mean says something.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from evaluator.benchmarks.base import Benchmark, Dimension, Text
from evaluator.benchmarks.declaration import Declaration
from evaluator.metrics.by_dimension import PointsRow, accuracy_by_dimension, mean_by_dimension
from evaluator.metrics.shares import OVERALL
from evaluator.records import Graded, Item, Response, Ruling, Score, Verdict

LMMS_EVAL = "0.7.3"
"""The release of lmms-eval that the harness runs. The protocol names it, because its metrics are what grades."""

MAX_VALUES = 200
"""A column with more different values than this is no axis: it would say something of single samples only."""
MAX_VALUE_LENGTH = 120


class GenericBenchmark(Benchmark):
    """A declared benchmark. What other benchmarks have on their class, this one has on the instance."""

    def __init__(self, declaration: Mapping[str, Any]) -> None:
        """Read the declaration. Raises EvaluationError(SPEC_INVALID) naming the field that is wrong."""
        declared = Declaration.read(declaration)
        self._declared = declared
        metric = declared.metric if declared.higher_is_better else f"1-{declared.metric}"
        columns = [
            Dimension(axis, value, Text(value, value))
            for axis, values in declared.dimension_fields.items()
            for value in values
        ]
        # On the instance, under the names that the class declares for all benchmarks.
        self.__dict__.update(
            slug=declared.slug,
            family=declared.slug[:40],
            version=declared.version,
            protocol=f"lmms-eval-{declared.metric}@{LMMS_EVAL}",
            title=declared.title,
            summary=declared.summary,
            task=declared.task,
            task_folder=declared.task_folder,
            data=declared.data,
            dimensions=(Dimension(*OVERALL, Text("Overall", "总体")), *columns),
            headline=(*OVERALL, metric),
            board_axis=columns[0].axis if columns else OVERALL[0],
        )

    @property
    def metric(self) -> str:
        """lmms-eval's name of the metric that grades."""
        return self._declared.metric

    def number(self, value: Any) -> float | None:
        """Return the number in what lmms-eval's metric gives for one sample; None when there is none."""
        for name in self._declared.value_path:
            value = value.get(name) if isinstance(value, Mapping) else None
        return finite(value)

    def key(self, doc: Mapping[str, Any]) -> str:
        """Return the value of ``key_field``. Raises KeyError where none is declared: the key is the row's position."""
        if self._declared.key_field is None:
            raise KeyError("key_field")
        return str(doc[self._declared.key_field])

    def row_key(self, doc: Mapping[str, Any], position: int) -> str:
        return str(position) if self._declared.key_field is None else self.key(doc)

    def fields(self, doc: Mapping[str, Any]) -> dict[str, Any]:
        """Return every column that is plain data; pictures and sounds are left out."""
        return {name: plain for name, v in doc.items() if (plain := _plain(v)) is not _MEDIA}

    def grade(self, item: Item, response: Response, ruling: Ruling | None = None) -> Graded:
        """Return lmms-eval's value as points from 0 to 1; CORRECT means full points.

        UNPARSED when lmms-eval could not score this answer. No judge takes part: a ``ruling`` changes nothing.
        """
        del ruling
        value = finite((response.metrics or {}).get(self.metric))
        if value is None:
            return Graded(item.key, Verdict.UNPARSED, 0.0)
        points = min(1.0, max(0.0, value / self._declared.scale))
        if not self._declared.higher_is_better:
            points = 1.0 - points
        verdict = Verdict.CORRECT if points == 1.0 else Verdict.INCORRECT
        return Graded(item.key, verdict, points, f"{value:g}", "lmms-eval")

    def score(self, rows: Sequence[tuple[Item, Graded]]) -> list[Score]:
        """Return the mean points of the whole set, and of each value on each axis.

        The interval is Wilson's where all points are 0 or 1, else a bootstrap over samples.
        """
        values = [self.dimension_values(item.fields) for item, _ in rows]
        different = Counter(axis for axis, _ in {pair for of in values for pair in of.items()})
        points = [
            PointsRow(
                graded.points if graded.verdict.scored else None,
                {axis: value for axis, value in of.items() if different[axis] <= MAX_VALUES},
                item.key,
            )
            for (item, graded), of in zip(rows, values, strict=True)
        ]
        whole = all(row.points in (None, 0.0, 1.0) for row in points)
        by_dimension = accuracy_by_dimension if whole else mean_by_dimension
        places = [(d.axis, d.key) for d in self.dimensions[1:]]
        return by_dimension(points, places, self.headline[2])

    def question(self, fields: Mapping[str, Any]) -> str:
        return str(fields.get(self._declared.question_field, ""))

    def gold(self, fields: Mapping[str, Any]) -> str:
        return str(fields.get(self._declared.answer_field, ""))

    def dimension_values(self, fields: Mapping[str, Any]) -> dict[str, str]:
        """Return the declared columns' values as texts, where there is one."""
        return {
            axis: str(fields[axis])[:MAX_VALUE_LENGTH]
            for axis in self._declared.dimension_fields
            if fields.get(axis) not in (None, "")
        }


def finite(value: Any) -> float | None:
    """Return a number or a truth value as a float; None for anything else, and for what is not finite."""
    if not isinstance(value, int | float | np.number | np.bool_):
        return None
    number = float(value)
    return number if math.isfinite(number) else None


_MEDIA = object()


def _plain(value: Any) -> Any:
    """Return a cell as JSON types, or ``_MEDIA`` for what has no such form: a picture, bytes."""
    if value is None or isinstance(value, str | int | bool):
        return value
    if isinstance(value, float):
        return finite(value)
    if isinstance(value, Mapping):
        if "bytes" in value:
            return _MEDIA
        members = {str(name): _plain(member) for name, member in value.items()}
        return {name: member for name, member in members.items() if member is not _MEDIA}
    if isinstance(value, list | tuple):
        parts = [_plain(part) for part in value]
        return _MEDIA if parts and all(part is _MEDIA for part in parts) else parts
    return str(value) if type(value).__module__ == "datetime" else _MEDIA
