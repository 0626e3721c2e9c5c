"""From what was submitted as a checkpoint to what an engine is started on: checked, pinned, and with its facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from evaluator.checkpoint.facts import CheckpointFacts, read_facts, read_object
from evaluator.serving.checkpoints import check_checkpoint, stored_quantization
from evaluator.serving.hub import pin
from evaluator.serving.served import ServeContext
from evaluator.spec import ModelSpec, is_local


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """``model`` with its revision pinned; ``source`` is a real folder or a hub id.

    ``quantization`` is the method that the checkpoint's configuration names. ``config`` and ``facts`` are None for a
    hub id whose commit was given while no hub could be asked.
    """

    model: ModelSpec
    source: str
    quantization: str | None = None
    config: Mapping[str, Any] | None = None
    facts: CheckpointFacts | None = None


def find(model: ModelSpec, context: ServeContext) -> Found:
    """Check and pin what ``model.source`` names. Raises EvaluationError as ``check_checkpoint`` and ``pin`` do."""
    source = model.source or ""
    if is_local(source):
        return _folder(model, source, context)
    pinned = pin(source, model.revision, context.hub, trust_remote_code=model.trust_remote_code)
    return Found(
        model=replace(model, revision=pinned.commit),
        source=source,
        quantization=pinned.facts.quantization if pinned.facts else None,
        config=pinned.config,
        facts=pinned.facts or CheckpointFacts(commit=pinned.commit),
    )


def _folder(model: ModelSpec, source: str, context: ServeContext) -> Found:
    checkpoint = check_checkpoint(
        source, context.checkpoint_roots, trust_remote_code=model.trust_remote_code
    )
    return Found(
        model=model,
        source=str(checkpoint.folder),
        quantization=stored_quantization(checkpoint.folder),
        config=read_object(checkpoint.folder / "config.json"),
        facts=read_facts(checkpoint.folder, checkpoint.files),
    )
