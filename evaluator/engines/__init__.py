"""The registry of serving engines. Adding one is one new module in this package with a concrete :class:`Engine`.

Declarations only, shared with the site; :mod:`evaluator.serving.serve` runs them.
"""

from __future__ import annotations

import difflib
import importlib
import inspect
import pkgutil
from functools import cache

from evaluator.engines.base import Engine
from evaluator.errors import EvaluationError, FailureCode

__all__ = ["Engine", "all_engines", "get_engine", "serving_engines"]


@cache
def all_engines() -> dict[str, Engine]:
    """Return every declared engine by name. Raises RuntimeError when two share a name."""
    found: dict[str, Engine] = {}
    for module_info in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{module_info.name}")
        for value in vars(module).values():
            if not (inspect.isclass(value) and issubclass(value, Engine)):
                continue
            if inspect.isabstract(value) or value.__module__ != module.__name__:
                continue
            if value.name in found:
                raise RuntimeError(f"two engines are called {value.name!r}")
            found[value.name] = value()
    return dict(sorted(found.items()))


def serving_engines() -> tuple[str, ...]:
    """Return the names of the engines that serve a checkpoint, in order."""
    return tuple(name for name, engine in all_engines().items() if engine.kind == "checkpoint")


def get_engine(name: str) -> Engine:
    """Return the engine called ``name``. Raises EvaluationError(ENGINE_UNKNOWN), suggesting near misses."""
    known = all_engines()
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"Did you mean {near[0]}?" if near else f"Known: {', '.join(known)}."
    raise EvaluationError(FailureCode.ENGINE_UNKNOWN, f"There is no engine {name!r}. {hint}")
