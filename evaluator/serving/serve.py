"""``serve``: every model becomes an OpenAI-compatible endpoint for the length of a block."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from evaluator.engines import get_engine
from evaluator.engines.command import CommandEngine
from evaluator.errors import EvaluationCancelled, EvaluationError, FailureCode
from evaluator.serving.hub import Hub
from evaluator.serving.preflight import preflight
from evaluator.serving.running import run
from evaluator.serving.served import ServeContext, ServedModel
from evaluator.spec import ModelSpec


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
    hub: Hub | None = None,
) -> Iterator[ServedModel]:
    """Serve ``model`` for the length of a ``with`` block; whatever was started for it is gone afterwards.

    ``commands`` maps an engine to the argv it starts with; ``api_key`` is the submitted endpoint's key in clear;
    ``hub`` is asked what a branch stands for (None: hub ids need a full commit).
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
        hub=hub,
    )
    engine.check(model)
    opened = (
        run(engine, model, context) if isinstance(engine, CommandEngine) else _reach(model, context)
    )
    with opened as served:
        try:
            yield served
        except (EvaluationError, EvaluationCancelled):
            # A dead engine is why the block failed, however that looked from inside.
            served.raise_if_dead()
            raise


@contextmanager
def _reach(model: ModelSpec, context: ServeContext) -> Iterator[ServedModel]:
    """Check the address of a model that somebody already serves, ask one question, and hand it on."""
    base_url = model.base_url or ""
    report = preflight(
        base_url,
        model.name,
        context.api_key,
        timeout_s=context.request_timeout_s,
        allowed_networks=context.allowed_networks,
        cancelled=context.cancelled,
    )
    yield ServedModel(
        engine=model.engine,
        base_url=base_url.rstrip("/"),
        model_name=model.name,
        api_key=context.api_key,
        allowed_networks=context.allowed_networks,
        preflight=report,
    )
