"""The registry of benchmarks: every module of this package that defines concrete Benchmark classes."""

from __future__ import annotations

import difflib
import importlib
import inspect
import pkgutil
from collections.abc import Mapping
from functools import cache
from typing import Any

from evaluator.benchmarks.base import Benchmark, DataSource, Dimension, Text
from evaluator.benchmarks.declaration import FieldWrong
from evaluator.benchmarks.generic import GenericBenchmark
from evaluator.errors import EvaluationError, FailureCode

__all__ = [
    "Benchmark",
    "DataSource",
    "Dimension",
    "GenericBenchmark",
    "Text",
    "all_benchmarks",
    "benchmark_of",
    "get_benchmark",
]


@cache
def all_benchmarks() -> dict[str, Benchmark]:
    """Return every declared benchmark by slug, in slug order.

    Raises RuntimeError when two declarations share a slug.
    """
    found: dict[str, Benchmark] = {}
    for module_info in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{module_info.name}")
        for value in vars(module).values():
            if not (inspect.isclass(value) and issubclass(value, Benchmark)):
                continue
            if (
                inspect.isabstract(value)
                or value.__module__ != module.__name__
                or "slug" not in vars(value)
            ):
                continue
            if value.slug in found:
                raise RuntimeError(f"two benchmarks are called {value.slug!r}")
            found[value.slug] = value()
    return dict(sorted(found.items()))


def benchmark_of(slug: str, declaration: Mapping[str, Any] | None = None) -> Benchmark:
    """Return the benchmark called ``slug``: the one that is declared as data, else the one with a file here.

    Raises EvaluationError: SPEC_INVALID for a declaration that is wrong, of another slug, or of one that has a file;
    BENCHMARK_UNKNOWN.
    """
    if declaration is None:
        return get_benchmark(slug)
    declared = GenericBenchmark(declaration)
    if declared.slug != slug:
        raise FieldWrong("slug", f"is {declared.slug!r}, not {slug!r}")
    if slug in all_benchmarks():
        raise FieldWrong("slug", f"{slug!r} is a benchmark of its own")
    return declared


def get_benchmark(slug: str) -> Benchmark:
    """Return the benchmark called ``slug``.

    Raises EvaluationError(BENCHMARK_UNKNOWN), suggesting near misses.
    """
    known = all_benchmarks()
    if slug in known:
        return known[slug]
    near = difflib.get_close_matches(slug, known, n=3)
    hint = f" Did you mean {', '.join(near)}?" if near else f" Known: {', '.join(known)}."
    raise EvaluationError(FailureCode.BENCHMARK_UNKNOWN, f"There is no benchmark {slug!r}.{hint}")
