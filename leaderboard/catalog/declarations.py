"""A benchmark row's declaration: in a file of its own, or as data in the row."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from evaluator.benchmarks import Benchmark as Declaration
from evaluator.benchmarks import benchmark_of
from leaderboard.catalog.models import Benchmark, Dimension

MAX_FOUND = 500
"""Values on one axis: beyond, a column of the data is no axis."""
MAX_COLUMNS = 40
"""Values on an axis that becomes a board's columns by itself."""


def declaration_of(benchmark: Benchmark) -> Declaration:
    """Return what declares the benchmark.

    Raises EvaluationError: BENCHMARK_UNKNOWN for one that is declared nowhere any more, SPEC_INVALID for a declaration
    in the row that cannot be read any more.
    """
    return benchmark_of(benchmark.slug, benchmark.declaration)


class DeclarationsUnreadable(ValueError):
    """The file of declarations that the settings name is none. The message says what is wrong."""


def declarations_in(path: str) -> list[dict[str, Any]]:
    """Return the declarations in a file: JSON, a list of objects; or TOML (``.toml``), tables ``[[benchmarks]]``.

    An empty path: none. Raises DeclarationsUnreadable. Whether each is right is for ``GenericBenchmark`` to say.
    """
    if not path:
        return []
    try:
        text = Path(path).read_text(encoding="utf-8")
        found = (
            tomllib.loads(text).get("benchmarks") if path.endswith(".toml") else json.loads(text)
        )
    except (OSError, ValueError) as error:
        raise DeclarationsUnreadable(f"GENERIC_BENCHMARKS: {path}: {error}") from error
    if not (isinstance(found, list) and all(isinstance(one, dict) for one in found)):
        raise DeclarationsUnreadable(
            f"GENERIC_BENCHMARKS: {path} holds no list of declarations. Write a JSON list of objects, or TOML tables "
            "[[benchmarks]]."
        )
    return found


def add_found_dimensions(
    benchmark: Benchmark, declaration: Declaration, values: Iterable[Mapping[str, str]]
) -> None:
    """Make dimensions of what the items' ``values`` (by axis) are on axes whose values the declaration leaves open.

    An axis on which the declaration names any value is closed: what else the data hold there is no column. So is one
    with more than MAX_FOUND values. Dimensions that are there stay, so two data sets of a benchmark share them.
    """
    closed = {dimension.axis for dimension in declaration.dimensions}
    found: dict[str, set[str]] = {}
    for item in values:
        for axis, value in item.items():
            if axis not in closed:
                found.setdefault(axis, set()).add(value)
    places = [
        (axis, key)
        for axis, keys in found.items()
        if len(keys) <= MAX_FOUND
        for key in sorted(keys)
    ]
    start = benchmark.dimensions.count()
    Dimension.objects.bulk_create(
        (
            Dimension(
                benchmark=benchmark,
                axis=axis,
                key=key,
                title_en=key,
                title_zh=key,
                position=start + number,
                declared=False,
            )
            for number, (axis, key) in enumerate(places)
        ),
        ignore_conflicts=True,
    )
    choose_board_axis(benchmark, declaration)


def choose_board_axis(benchmark: Benchmark, declaration: Declaration) -> None:
    """Make the first axis that was found in the data the board's columns, where the declaration names none."""
    chosen = declaration.board_axis
    if chosen == declaration.headline[0]:
        found: dict[str, int] = {}
        for axis in benchmark.dimensions.filter(declared=False).values_list("axis", flat=True):
            found[axis] = found.get(axis, 0) + 1
        few = (axis for axis, count in found.items() if count <= MAX_COLUMNS)
        chosen = next(few, chosen)
    if benchmark.board_axis != chosen:
        benchmark.board_axis = chosen
        benchmark.save(update_fields=["board_axis"])
