"""A benchmark's declaration as data: read from JSON, and refused with the name of the field that is wrong.

A declaration is a JSON object:

    slug, task, metric      texts; ``metric`` is one of the task's, as its ``process_results`` names it
    title                   {"en": ..., "zh": ...}
    data                    {"path", "split", "rows"} and perhaps "name" and "columns", as ``base.DataSource``
    task_folder             where the task's YAML is, as ``base.Benchmark.task_folder``; left out: found by the task's
                            name
    scale                   the value that means 1.0 (default 1)
    higher_is_better        default true; where it is false, the points are 1 - value / scale
    value_path              where the metric gives an object for each sample: the way to the number in it, such as
                            "score" or "a.b"
    dimension_fields        columns that become axes: a list of their names, or an object of names with the values that
                            are columns of the board
    key_field               a column whose values are the items' keys; left out: the row's position
    question_field, answer_field     columns for the sample page (default "question", "answer")
    summary                 {"en": ..., "zh": ...}
    version                 of the data set's release, as people cite it (default "1")
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn, Self

from evaluator.benchmarks.base import DataSource, Text
from evaluator.errors import EvaluationError, FailureCode

_SLUG = re.compile(r"[a-z0-9][a-z0-9_]{0,79}")
_TASK = re.compile(r"[\w.-]{1,120}")
_FOLDER = re.compile(r"(harness:)?\w[\w-]*(/\w[\w-]*)*")
_METRIC = re.compile(r"\w[\w@./ -]{0,37}")
"""Two short of what a stored score's metric may have, for the mark of metrics of which less is better."""
_SPLIT = re.compile(r"\w+(\.\w+)*(\+\w+(\.\w+)*)*")
_AXIS_LENGTH = 40
_VALUE_LENGTH = 120
_REQUIRED = ("slug", "title", "task", "data", "metric")


class FieldWrong(EvaluationError):
    """A declaration that is refused because of one field: ``field`` is its way from the top, such as ``title.en``."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(FailureCode.SPEC_INVALID, f"declaration: {field} {reason}")
        self.field = field
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """A declaration that has been read. ``task_folder`` is empty where it is to be found by the task's name."""

    slug: str
    title: Text
    summary: Text
    version: str
    task: str
    task_folder: str
    data: DataSource
    metric: str
    scale: float
    higher_is_better: bool
    value_path: tuple[str, ...]
    dimension_fields: Mapping[str, tuple[str, ...]]
    key_field: str | None
    question_field: str
    answer_field: str

    @classmethod
    def read(cls, document: Any) -> Self:
        """Read a declaration. Raises FieldWrong for the first field that is wrong."""
        fields = _Fields(document)
        fields.only(_KNOWN, required=_REQUIRED)
        task, metric = fields.text("task", _TASK), fields.text("metric", _METRIC)
        axes = fields.axes("dimension_fields")
        key_field = fields.text("key_field") if fields.has("key_field") else None
        value_path = fields.text("value_path") if fields.has("value_path") else ""
        own_words = Text(
            f"lmms-eval's task {task}, scored by lmms-eval's own metric {metric}.",
            f"lmms-eval 的任务 {task}，用 lmms-eval 自己的指标 {metric} 评分。",
        )
        return cls(
            slug=fields.text("slug", _SLUG),
            title=fields.both_languages("title"),
            summary=fields.both_languages("summary") if fields.has("summary") else own_words,
            version=fields.text("version") if fields.has("version") else "1",
            task=task,
            task_folder=fields.text("task_folder", _FOLDER) if fields.has("task_folder") else "",
            data=_data(fields.inner("data"), {*axes, *([key_field] if key_field else [])}),
            metric=metric,
            scale=fields.positive("scale", default=1.0),
            higher_is_better=fields.flag("higher_is_better", default=True),
            value_path=tuple(value_path.split(".")) if value_path else (),
            dimension_fields=axes,
            key_field=key_field,
            question_field=fields.text("question_field")
            if fields.has("question_field")
            else "question",
            answer_field=fields.text("answer_field") if fields.has("answer_field") else "answer",
        )


_KNOWN = frozenset(Declaration.__dataclass_fields__)


def _data(fields: _Fields, needed: set[str]) -> DataSource:
    fields.only({"path", "name", "split", "columns", "rows"}, required=("path", "split", "rows"))
    return DataSource(
        path=fields.text("path"),
        name=fields.text("name") if fields.has("name") else None,
        split=fields.text("split", _SPLIT),
        columns=frozenset(fields.names("columns")) | needed,
        rows=fields.count("rows"),
    )


@dataclass(frozen=True, slots=True)
class _Fields:
    """The fields of one JSON object; each reader raises for a value of another kind, naming the field."""

    values: Any
    place: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.values, Mapping):
            _refuse(self.place.rstrip(".") or "it", "must be an object")

    def only(self, known: Any, required: tuple[str, ...]) -> None:
        for name in required:
            if not self.has(name):
                _refuse(self.place + name, "is missing")
        for name in self.values:
            if name not in known:
                _refuse(
                    f"{self.place}{name}", f"is not a field; there are {', '.join(sorted(known))}"
                )

    def has(self, name: str) -> bool:
        """Tell whether a field is there; null is as good as nothing."""
        return self.values.get(name) is not None

    def inner(self, name: str) -> _Fields:
        return _Fields(self.values[name], f"{self.place}{name}.")

    def text(self, name: str, pattern: re.Pattern[str] | None = None) -> str:
        value = self.values.get(name)
        if not isinstance(value, str) or not value.strip():
            _refuse(self.place + name, "must be a text that is not empty")
        if pattern and not pattern.fullmatch(value):
            _refuse(self.place + name, f"is {value[:80]!r}, which does not match {pattern.pattern}")
        return value

    def both_languages(self, name: str) -> Text:
        inner = self.inner(name)
        inner.only(("en", "zh"), required=("en", "zh"))
        return Text(inner.text("en"), inner.text("zh"))

    def flag(self, name: str, *, default: bool) -> bool:
        value = self.values.get(name, default)
        if not isinstance(value, bool):
            _refuse(self.place + name, "must be true or false")
        return value

    def positive(self, name: str, *, default: float) -> float:
        value = self.values.get(name, default)
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not 0 < value < math.inf:
            _refuse(self.place + name, "must be a number above 0")
        return float(value)

    def count(self, name: str) -> int:
        value = self.values[name]
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            _refuse(self.place + name, "must be a whole number of at least 1")
        return value

    def names(self, name: str) -> list[str]:
        values = self.values.get(name) or []
        if not isinstance(values, list) or not all(isinstance(v, str) and v for v in values):
            _refuse(self.place + name, "must be a list of texts")
        return values

    def axes(self, name: str) -> dict[str, tuple[str, ...]]:
        """Return columns with the values that are declared, from a list of columns or an object."""
        given = self.values.get(name) or {}
        if isinstance(given, Mapping):
            inner = _Fields(given, f"{self.place}{name}.")
            axes = {axis: tuple(inner.names(axis)) for axis in given}
        else:
            axes = dict.fromkeys(self.names(name), ())
        for axis, values in axes.items():
            if axis == "overall" or not 0 < len(axis) <= _AXIS_LENGTH:
                _refuse(f"{self.place}{name}", f"has {axis[:80]!r}, which cannot be an axis")
            if len(set(values)) < len(values) or any(len(v) > _VALUE_LENGTH for v in values):
                _refuse(f"{self.place}{name}.{axis}", "has a value twice, or one that is too long")
        return axes


def _refuse(name: str, reason: str) -> NoReturn:
    raise FieldWrong(name, reason)
