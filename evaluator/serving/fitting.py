"""Asking, before an engine is started, whether the checkpoint fits on this worker; and what to change where not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evaluator.checkpoint.advice import suggestions
from evaluator.checkpoint.components import Component
from evaluator.checkpoint.facts import CheckpointFacts
from evaluator.checkpoint.fit import Demand, Memory, cannot_fit, estimate, gib, memory_of
from evaluator.checkpoint.precision import BITS, PLAIN
from evaluator.checkpoint.shape import language_shape, stored_bytes
from evaluator.engines.command import CommandEngine
from evaluator.errors import EvaluationError, FailureCode
from evaluator.spec import ModelSpec

_DTYPE_BYTES = {"float32": 4, "bfloat16": 2, "float16": 2}
_QUANTIZED_ON_LOAD = {"fp8": 8, "bitsandbytes": 4}
_KEPT = 1.15
"""Embeddings, norms and scales stay in 16 bits when the rest is quantized."""


@dataclass(frozen=True, slots=True)
class Fitting:
    """What one start of an engine needs and what this worker has."""

    engine: CommandEngine
    demand: Demand
    memory: Memory
    stored_bits: int | None

    def require(self) -> None:
        """Raise EvaluationError(DOES_NOT_FIT) with the numbers and what to change, when it certainly does not fit."""
        if 0 < self.memory.gpus < self.demand.gpus:
            detail = f"It asks for {self.demand.gpus} GPUs; this worker has {self.memory.gpus}."
        elif cannot_fit(self.demand, self.memory):
            detail = self._numbers()
        else:
            return
        raise EvaluationError(FailureCode.DOES_NOT_FIT, detail, facts=self.to_json())

    def advised(self, error: EvaluationError) -> EvaluationError:
        """Return the error, with what to change where memory ran out."""
        if error.code is not FailureCode.ENGINE_OUT_OF_MEMORY:
            return error
        return EvaluationError(
            error.code, error.detail, log_tail=error.log_tail, facts=self.to_json()
        )

    def to_json(self) -> dict[str, Any]:
        """Return the estimate, what there is (bytes per GPU), and the suggestions."""
        found = suggestions(self.engine, self.demand, self.memory, stored_bits=self.stored_bits)
        return {
            "fit": {
                **estimate(self.demand).to_json(),
                "available": self.memory.usable,
                "gpus": self.demand.gpus,
                "context": self.demand.tokens,
            },
            "suggestions": [suggestion.to_json() for suggestion in found],
        }

    def _numbers(self) -> str:
        need = estimate(self.demand)
        each = "each GPU" if self.memory.gpus else "the machine"
        parts = [f"weights {gib(need.weights)}"]
        if need.kv_cache:
            parts.append(
                f"KV cache of one question of {self.demand.tokens} tokens {gib(need.kv_cache)}"
            )
        return (
            f"It needs at least {gib(need.certain)} on {each} ({', '.join(parts)}); {self.engine.title} may use "
            f"{gib(self.memory.usable)} of {gib(self.memory.bytes_each)} there."
        )


def fitting_of(
    engine: CommandEngine,
    model: ModelSpec,
    config: Mapping[str, Any],
    facts: CheckpointFacts,
    hardware: Mapping[str, Any],
) -> Fitting | None:
    """Return what is needed and what there is; None where the worker's memory or the weights' size is not known."""
    memory = memory_of(hardware, _share(engine, model))
    if memory is None or not facts.size_bytes:
        return None
    demand = Demand(
        weight_bytes=facts.size_bytes,
        shape=language_shape(config),
        gpus=model.tensor_parallel_size,
        context=model.max_model_len,
        kv_bytes=_kv_bytes(model, config),
        load_ratio=_load_ratio(model, config, facts),
        pictures=model.images_per_prompt or 1,
        reserves_context=engine.reserves_context,
    )
    return Fitting(engine, demand, memory, _stored_bits(facts))


def _share(engine: CommandEngine, model: ModelSpec) -> float:
    asked = model.engine_args.get(engine.memory_flag) if engine.memory_flag else None
    return float(asked) if asked else engine.memory_share


def _kv_bytes(model: ModelSpec, config: Mapping[str, Any]) -> int:
    if model.kv_cache_dtype.startswith("fp8"):
        return 1
    return _DTYPE_BYTES.get(model.dtype) or stored_bytes(config) or 2


def _load_ratio(model: ModelSpec, config: Mapping[str, Any], facts: CheckpointFacts) -> float:
    """Return loaded over stored bytes: engines cast plain weights, and quantize some of them while they load."""
    if facts.on_load is not None:
        return (BITS.get(facts.on_load) or 16) / 16 * _KEPT
    scheme = _scheme(facts)
    if scheme not in PLAIN:
        return 1.0
    stored = (BITS[scheme] or 16) / 8
    if facts.quantization is None and model.quantization in _QUANTIZED_ON_LOAD:
        return _QUANTIZED_ON_LOAD[model.quantization] / 8 / stored * _KEPT
    return (_DTYPE_BYTES.get(model.dtype) or stored_bytes(config) or stored) / stored


def _scheme(facts: CheckpointFacts) -> str:
    told = facts.precision.get(Component.LANGUAGE.value, {})
    return str(told.get("scheme", "unknown"))


def _stored_bits(facts: CheckpointFacts) -> int | None:
    return BITS.get(_scheme(facts))
