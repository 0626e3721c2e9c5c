"""How much memory serving needs, held against published numbers; and what is suggested where it is too little."""

from __future__ import annotations

import pytest

from evaluator.checkpoint.advice import CHANGEABLE, Suggestion, suggestions
from evaluator.checkpoint.fit import (
    GIB,
    Demand,
    Memory,
    cannot_fit,
    estimate,
    gpus_needed,
    kv_cache_bytes,
    longest_context,
    memory_of,
    weight_bytes_of,
)
from evaluator.checkpoint.shape import LanguageShape, language_shape
from evaluator.engines import get_engine
from evaluator.engines.command import CommandEngine

# Shapes as in the published config.json of each model.
OPT_13B = {
    "num_hidden_layers": 40,
    "num_attention_heads": 40,
    "hidden_size": 5120,
    "max_position_embeddings": 2048,
}
QWEN25_VL_7B = {
    "num_hidden_layers": 28,
    "num_attention_heads": 28,
    "num_key_value_heads": 4,
    "hidden_size": 3584,
    "intermediate_size": 18944,
    "vocab_size": 152064,
    "max_position_embeddings": 128_000,
}
QWEN25_VL_72B = QWEN25_VL_7B | {
    "num_hidden_layers": 80,
    "num_attention_heads": 64,
    "num_key_value_heads": 8,
    "hidden_size": 8192,
    "intermediate_size": 29568,
}
DEEPSEEK_V2 = {
    "num_hidden_layers": 60,
    "num_attention_heads": 128,
    "num_key_value_heads": 128,
    "hidden_size": 5120,
    "kv_lora_rank": 512,
    "qk_rope_head_dim": 64,
}
GEMMA3 = {
    "text_config": {
        "num_hidden_layers": 6,
        "num_attention_heads": 8,
        "num_key_value_heads": 4,
        "head_dim": 256,
        "hidden_size": 2560,
        "sliding_window": 1024,
        "layer_types": [*["sliding_attention"] * 5, "full_attention"],
    }
}


def shape_of(config: dict[str, object]) -> LanguageShape:
    shape = language_shape(config)
    assert shape is not None
    return shape


def vllm() -> CommandEngine:
    engine = get_engine("vllm")
    assert isinstance(engine, CommandEngine)
    return engine


def demand(config: dict[str, object], weights_gb: float, **more: object) -> Demand:
    fields = {"weight_bytes": int(weights_gb * 1e9), "shape": shape_of(config), **more}
    return Demand(**fields)  # type: ignore[arg-type]


def gpu(gib: float, gpus: int = 1) -> Memory:
    return Memory(bytes_each=int(gib * GIB), gpus=gpus)


@pytest.mark.parametrize(
    ("config", "tokens", "gpus", "value_bytes", "expected"),
    [
        # Kwon et al., arXiv 2309.06180, section 3: 800 KB a token, 1.6 GB for 2048 tokens.
        (OPT_13B, 1, 1, 2, 2 * 5120 * 40 * 2),
        (OPT_13B, 2048, 1, 2, 2048 * 800 * 1024),
        (QWEN25_VL_7B, 1, 1, 2, 2 * 28 * 4 * 128 * 2),
        (QWEN25_VL_7B, 1, 2, 2, 2 * 28 * 2 * 128 * 2),
        # More GPUs than heads: each keeps a whole one.
        (QWEN25_VL_7B, 1, 8, 2, 2 * 28 * 1 * 128 * 2),
        (QWEN25_VL_7B, 1, 1, 1, 2 * 28 * 4 * 128),
        # One latent vector for all heads, on every GPU.
        (DEEPSEEK_V2, 1, 8, 2, 60 * 576 * 2),
        (GEMMA3, 8192, 1, 2, 2 * 4 * 256 * 2 * (8192 + 5 * 1024)),
    ],
)
def test_kv_cache(
    config: dict[str, object], tokens: int, gpus: int, value_bytes: int, expected: int
) -> None:
    assert kv_cache_bytes(shape_of(config), tokens, value_bytes, gpus) == expected


@pytest.mark.parametrize(
    ("config", "weights_gb", "gpu_gib", "gpus", "context", "refused"),
    [
        (QWEN25_VL_7B, 16.6, 24, 1, 8192, False),
        (QWEN25_VL_7B, 16.6, 16, 1, 8192, True),
        (QWEN25_VL_7B, 16.6, 24, 1, 128_000, True),  # 16.6 GB and 7 GiB of KV cache
        (QWEN25_VL_7B, 6.9, 16, 1, 8192, False),  # AWQ
        (QWEN25_VL_72B, 147, 80, 1, 8192, True),
        (QWEN25_VL_72B, 147, 80, 2, 8192, False),  # tight, but not certainly too little
        (QWEN25_VL_72B, 147, 80, 4, 8192, False),
        (QWEN25_VL_72B, 43, 80, 1, 8192, False),  # AWQ
        (QWEN25_VL_72B, 147, 141, 2, 32_768, False),
    ],
)
def test_what_certainly_does_not_fit_is_refused(
    config: dict[str, object],
    weights_gb: float,
    gpu_gib: float,
    gpus: int,
    context: int,
    refused: bool,
) -> None:
    asked = demand(config, weights_gb, gpus=gpus, context=context)
    assert cannot_fit(asked, gpu(gpu_gib, gpus)) is refused


def test_context_that_is_not_asked_is_the_models_own() -> None:
    own = estimate(demand(QWEN25_VL_7B, 16.6))
    assert own.kv_cache == kv_cache_bytes(shape_of(QWEN25_VL_7B), 128_000, 2)


def test_engine_that_reserves_no_context_needs_weights_only() -> None:
    asked = demand(QWEN25_VL_7B, 16.6, reserves_context=False)
    assert estimate(asked).certain == asked.weight_bytes


def test_longest_context_fits_and_the_next_does_not() -> None:
    asked, memory = demand(QWEN25_VL_7B, 16.6), gpu(24)
    longest = longest_context(asked, memory)
    fits = [
        estimate(demand(QWEN25_VL_7B, 16.6, context=tokens)).total <= memory.usable
        for tokens in (longest, longest + 1024)
    ]
    assert fits == [True, False]


def by_kind(found: list[Suggestion]) -> dict[str, Suggestion]:
    return {suggestion.kind: suggestion for suggestion in found}


def test_large_model_on_one_gpu_gets_changes_that_fit() -> None:
    asked, memory = demand(QWEN25_VL_72B, 147, context=8192), gpu(80)
    found = by_kind(suggestions(vllm(), asked, memory, stored_bits=16))
    assert found["more_gpus"].changes == {"tensor_parallel_size": 2}
    assert found["int4_checkpoint"].needs == ("source",)
    # 72 B in FP8 are more than one such GPU has, and no context is short enough.
    assert set(found) == {"more_gpus", "int4_checkpoint"}


def test_long_context_gets_a_shorter_one_and_a_smaller_cache() -> None:
    asked, memory = demand(QWEN25_VL_7B, 16.6, context=128_000), gpu(24)
    found = by_kind(suggestions(vllm(), asked, memory, stored_bits=16))
    assert found["shorter_context"].changes["max_model_len"] == longest_context(asked, memory)
    assert found["fp8_weights"].changes == {"precision": "fp8"}
    assert found["fp8_weights"].needs == ()


@pytest.mark.parametrize("context", [2048, 8192, 32_768, 128_000])
@pytest.mark.parametrize("gib", [12, 16, 24, 48, 80])
@pytest.mark.parametrize("bits", [4, 8, 16, None])
def test_every_suggestion_fits_and_can_be_applied(
    context: int, gib: float, bits: int | None
) -> None:
    asked, memory = demand(QWEN25_VL_7B, 16.6, context=context), gpu(gib)
    now = estimate(asked).total
    for suggestion in suggestions(vllm(), asked, memory, stored_bits=bits):
        assert suggestion.memory_bytes <= memory.usable
        assert suggestion.memory_bytes < now
        assert set(suggestion.changes) | set(suggestion.needs) <= CHANGEABLE


def test_engine_on_one_gpu_is_not_told_to_use_more() -> None:
    engine = get_engine("transformers")
    assert isinstance(engine, CommandEngine)
    asked = demand(QWEN25_VL_72B, 147, reserves_context=False)
    kinds = by_kind(suggestions(engine, asked, gpu(80), stored_bits=16))
    assert "more_gpus" not in kinds
    assert "fp8_kv_cache" not in kinds


@pytest.mark.parametrize(
    ("billions", "bits", "gib", "most", "gpus"),
    [
        (7.6, 16, 80, 8, 1),
        (7.6, 16, 24, 8, 1),
        (7.6, 16, 16, 8, 2),
        (32, 16, 80, 8, 2),
        (72, 16, 80, 8, 4),
        (72, 4, 80, 8, 1),
        (72, None, 80, 8, 4),
        (235, 16, 80, 8, 8),
        (1000, 16, 80, 8, 8),
        (72, 16, 80, 1, 1),
    ],
)
def test_number_of_gpus(billions: float, bits: int | None, gib: int, most: int, gpus: int) -> None:
    assert gpus_needed(weight_bytes_of(billions, bits), gib * GIB, most=most) == gpus


@pytest.mark.parametrize(
    ("hardware", "expected"),
    [
        ({"gpus": [{"memory_mb": 81920}, {"memory_mb": 40960}]}, (40960 * 1024**2, 2)),
        ({"gpus": [{"memory_mb": None}]}, None),
        ({"gpus": [], "memory_gb": 8.0}, (8 * GIB, 0)),
        ({"gpus": [], "memory_gb": None}, None),
        ({}, None),
    ],
)
def test_memory_of_a_worker(hardware: dict[str, object], expected: tuple[int, int] | None) -> None:
    memory = memory_of(hardware)
    assert (None if memory is None else (memory.bytes_each, memory.gpus)) == expected
