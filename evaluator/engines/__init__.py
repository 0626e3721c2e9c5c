"""The registry of serving engines, and ``serve``: every model becomes an OpenAI-compatible endpoint.

Adding an engine is one new module in this package that defines a concrete :class:`Engine`.
"""

from __future__ import annotations

import difflib
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from evaluator.engines.base import Engine, ServeContext, ServedModel
from evaluator.errors import EvaluationCancelled, EvaluationError, FailureCode
from evaluator.spec import ModelSpec

__all__ = ["Engine", "ServeContext", "ServedModel", "all_engines", "get_engine", "serve"]


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


def get_engine(name: str) -> Engine:
    """Return the engine called ``name``. Raises EvaluationError(ENGINE_UNKNOWN), suggesting near misses."""
    known = all_engines()
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"Did you mean {near[0]}?" if near else f"Known: {', '.join(known)}."
    raise EvaluationError(FailureCode.ENGINE_UNKNOWN, f"There is no engine {name!r}. {hint}")


@contextmanager
def serve(
    model: ModelSpec,
    *,
    api_key: str | None,
    commands: Mapping[str, Sequence[str]],
    checkpoint_roots: Sequence[Path],
    start_timeout_s: float,
    request_timeout_s: float,
    allowed_networks: Sequence[str],
    work_dir: Path,
    cancelled: Callable[[], bool],
    memory_mb: int | None = None,
) -> Iterator[ServedModel]:
    """Serve ``model`` for the length of a ``with`` block; whatever was started for it is gone afterwards.

    ``commands`` maps an engine to the argv it starts with; ``api_key`` is the submitted endpoint's key in clear.
    Before the block is entered the model has answered one question with a picture. Raises EvaluationError when it
    cannot be served, and in place of the block's own error when the engine died under it; EvaluationCancelled
    when ``cancelled()`` says so meanwhile.
    """
    engine = get_engine(model.engine)
    if engine.kind != model.kind:
        raise EvaluationError(
            FailureCode.SPEC_INVALID, f"The engine {engine.name} does not serve a {model.kind}."
        )
    context = ServeContext(
        api_key=api_key,
        commands=commands,
        checkpoint_roots=tuple(checkpoint_roots),
        start_timeout_s=start_timeout_s,
        request_timeout_s=request_timeout_s,
        allowed_networks=tuple(allowed_networks),
        work_dir=work_dir,
        cancelled=cancelled,
        memory_mb=memory_mb,
    )
    with engine.open(model, context) as served:
        try:
            yield served
        except (EvaluationError, EvaluationCancelled):
            # A dead engine is why the block failed, however that looked from inside.
            served.raise_if_dead()
            raise
