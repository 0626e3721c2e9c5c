"""What to change so that a checkpoint fits, with the memory that each change is estimated to need. Pure.

A suggestion's ``changes`` are what "retry with changes" takes (``CHANGEABLE``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from evaluator.checkpoint.fit import GPU_COUNTS, Demand, Memory, estimate, longest_context
from evaluator.engines.command import CommandEngine

Kind = Literal["more_gpus", "shorter_context", "fp8_kv_cache", "fp8_weights", "int4_checkpoint"]

CHANGEABLE = frozenset(
    {
        "tensor_parallel_size",
        "max_model_len",
        "kv_cache_dtype",
        "images_per_prompt",
        "precision",
        "source",
        "revision",
    }
)
MIN_CONTEXT = 2048
_RELIEF = 0.9
"""After memory ran out in spite of the estimate, a change must at least lower the estimate to this share of it."""

_FP8_BITS, _INT4_BITS = 8, 4
_QUANTIZED_SHARE = 1.15
"""Quantized checkpoints keep embeddings, norms, scales and usually the vision encoder in 16 bits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """One change. ``memory_bytes`` per GPU, of ``available_bytes``; ``needs`` are fields that only a person can fill in."""

    kind: Kind
    changes: Mapping[str, Any]
    memory_bytes: int
    available_bytes: int
    needs: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "changes": dict(self.changes),
            "memory_bytes": self.memory_bytes,
            "available_bytes": self.available_bytes,
            "needs": list(self.needs),
        }


def suggestions(
    engine: CommandEngine, demand: Demand, memory: Memory, *, stored_bits: int | None
) -> list[Suggestion]:
    """Return the changes by which it would fit, the one that changes answers least first.

    ``stored_bits`` are those of the language model's weights. Other GPUs are taken to be like the worker's own.
    """
    now = estimate(demand).total
    found = []
    for kind, changes, changed, needs in _candidates(engine, demand, memory, stored_bits):
        total = estimate(changed).total
        # Where the estimate said that it fits and it did not, the estimate is too low by an unknown amount.
        if total <= memory.usable and (now > memory.usable or total <= _RELIEF * now):
            found.append(
                Suggestion(
                    kind=kind,
                    changes=changes,
                    memory_bytes=total,
                    available_bytes=memory.usable,
                    needs=needs,
                )
            )
    return found


Candidate = tuple[Kind, dict[str, Any], Demand, tuple[str, ...]]


def _candidates(
    engine: CommandEngine, demand: Demand, memory: Memory, stored_bits: int | None
) -> Iterator[Candidate]:
    if memory.gpus:
        yield from _more_gpus(engine, demand, memory)
    fp8 = next((d for d in ("fp8", "fp8_e4m3") if d in engine.kv_cache_dtypes), None)
    if fp8 and demand.kv_bytes > 1 and demand.reserves_context:
        yield "fp8_kv_cache", {"kv_cache_dtype": fp8}, replace(demand, kv_bytes=1), ()
    context = _shorter(demand, memory)
    if context >= MIN_CONTEXT:
        yield "shorter_context", {"max_model_len": context}, replace(demand, context=context), ()
    if stored_bits is not None and stored_bits > _FP8_BITS:
        ratio = _FP8_BITS / stored_bits * _QUANTIZED_SHARE
        changed = replace(demand, load_ratio=demand.load_ratio * ratio)
        online = "fp8" in engine.online_quantizations
        yield "fp8_weights", {"precision": "fp8"}, changed, () if online else ("source",)
    if stored_bits is not None and stored_bits > _INT4_BITS:
        ratio = _INT4_BITS / stored_bits * _QUANTIZED_SHARE
        changed = replace(demand, load_ratio=demand.load_ratio * ratio)
        yield "int4_checkpoint", {"precision": "awq_int4"}, changed, ("source",)


def _more_gpus(engine: CommandEngine, demand: Demand, memory: Memory) -> Iterator[Candidate]:
    """Yield the smallest greater number of GPUs that divides the attention heads and lets it fit."""
    heads = demand.shape.heads if demand.shape else None
    for count in GPU_COUNTS:
        divides = heads is None or heads % count == 0
        if demand.gpus < count <= engine.max_tensor_parallel and divides:
            changed = replace(demand, gpus=count)
            if estimate(changed).total <= memory.usable:
                yield "more_gpus", {"tensor_parallel_size": count}, changed, ()
                return


def _shorter(demand: Demand, memory: Memory) -> int:
    """Return a shorter context that fits; half of it where the estimate fits already."""
    longest = longest_context(demand, memory)
    return longest if longest < demand.tokens else demand.tokens // 2 // 1024 * 1024
