"""Scheme, bits and number of weights of each component, for what quantizers really write."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from evaluator.checkpoint.components import Component, component_of
from evaluator.checkpoint.facts import CheckpointFacts, facts_of
from evaluator.checkpoint.precision import BITS, Agreement, agreement
from leaderboard.catalog.models import Precision
from tests.checkpoint import layouts as l8
from tests.checkpoint.layouts import IN, OUT, Layer

EMBEDDINGS = 2 * 50_000 * IN + IN


def facts(
    language: Layer,
    quantization: Mapping[str, Any] | None,
    hf_quant: Mapping[str, Any] | None = None,
    vision: Layer = l8.PLAIN,
) -> CheckpointFacts:
    file = l8.weight_file(l8.vision_language(language, vision))
    return facts_of(l8.config(quantization), [file], hf_quant_config=hf_quant)


CASES = [
    ("plain", l8.PLAIN, None, None, "bf16", 16),
    ("AWQ", l8.AWQ, l8.AWQ_CONFIG, None, "awq_int4", 4),
    ("AWQ without a configuration", l8.AWQ, None, None, "awq_int4", 4),
    ("GPTQ, 4 bits", l8.gptq(4), l8.GPTQ_CONFIG, None, "gptq_int4", 4),
    ("GPTQ, 8 bits", l8.gptq(8), l8.GPTQ_CONFIG | {"bits": 8}, None, "gptq_int8", 8),
    ("tensors go before the configuration", l8.gptq(8), l8.GPTQ_CONFIG, None, "gptq_int8", 8),
    ("AutoRound in GPTQ's layout", l8.gptq(4), l8.AUTO_ROUND_CONFIG, None, "int4", 4),
    ("llm-compressor W4A16", l8.PACKED, l8.PACKED_CONFIG, None, "int4", 4),
    ("llm-compressor FP8", l8.FP8, l8.FP8_CONFIG, None, "fp8", 8),
    ("llm-compressor W8A8", l8.INT8, l8.INT8_CONFIG, None, "int8", 8),
    ("fine-grained FP8", l8.FP8_BLOCKS, l8.FP8_IGNORED_CONFIG, None, "fp8", 8),
    ("bitsandbytes nf4", l8.BNB_NF4, l8.BNB_NF4_CONFIG, None, "bnb_nf4", 4),
    ("bitsandbytes int8", l8.BNB_INT8, l8.BNB_INT8_CONFIG, None, "bnb_int8", 8),
    ("Model Optimizer FP8", l8.FP8, None, l8.HF_QUANT_FP8, "fp8", 8),
    ("Model Optimizer NVFP4", l8.NVFP4, None, l8.HF_QUANT_NVFP4, "nvfp4", 4),
    ("MXFP4", l8.MXFP4, l8.MXFP4_CONFIG, None, "mxfp4", 4),
]


@pytest.mark.parametrize(
    ("language", "quantization", "hf_quant", "scheme", "bits"),
    [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)
def test_language_model_is_told_apart_from_the_vision_encoder(
    language: Layer,
    quantization: Mapping[str, Any] | None,
    hf_quant: Mapping[str, Any] | None,
    scheme: str,
    bits: int,
) -> None:
    found = facts(language, quantization, hf_quant)
    language_model = found.precision["language_model"]
    assert (language_model["scheme"], language_model["bits"]) == (scheme, bits)
    for part in ("vision_encoder", "connector"):
        assert found.precision[part]["scheme"] == "bf16"
    biases = 3 * OUT if language is l8.PLAIN else 0
    assert language_model["parameters"] == 3 * IN * OUT + EMBEDDINGS + biases
    assert found.parameters_exact
    assert found.parameters == language_model["parameters"] + 2 * (IN * OUT + OUT)


def test_quantized_vision_encoder_is_seen() -> None:
    found = facts(l8.FP8, l8.FP8_CONFIG, vision=l8.FP8)
    assert found.precision["vision_encoder"]["scheme"] == "fp8"
    assert found.precision["connector"]["scheme"] == "bf16"


def test_other_schemes_in_a_component_are_named_with_their_weights() -> None:
    tensors = [*l8.vision_language(l8.AWQ), *l8.layer("model.layers.9.mlp.up_proj", l8.PLAIN)]
    found = facts_of(l8.config(l8.AWQ_CONFIG), [l8.weight_file(tensors)])
    assert found.precision["language_model"]["scheme"] == "awq_int4"
    assert found.precision["language_model"]["also"] == {"bf16": IN * OUT}


def test_bitsandbytes_of_plain_weights_is_what_the_engine_makes_while_loading() -> None:
    found = facts(l8.PLAIN, l8.BNB_NF4_CONFIG)
    assert found.on_load == "bnb_nf4"
    assert found.precision["language_model"]["scheme"] == "bnb_nf4"
    assert found.precision["vision_encoder"]["scheme"] == "bf16"


def test_unknown_packing_is_counted_as_stored_and_said_so() -> None:
    found = facts({"weight": ("U8", (OUT, IN))}, None)
    assert found.precision["language_model"]["scheme"] == "unknown"
    assert not found.parameters_exact


@pytest.mark.parametrize(
    ("name", "component"),
    [
        ("model.visual.blocks.3.attn.qkv.weight", Component.VISION),
        ("visual.merger.mlp.0.weight", Component.CONNECTOR),
        ("model.visual.deepstack_merger_list.0.norm.weight", Component.CONNECTOR),
        ("vision_tower.vision_model.encoder.layers.0.mlp.fc1.weight", Component.VISION),
        ("multi_modal_projector.linear_1.weight", Component.CONNECTOR),
        ("model.mm_projector.0.weight", Component.CONNECTOR),
        ("mlp1.1.weight", Component.CONNECTOR),
        ("vision_model.encoder.layers.0.attn.qkv.weight", Component.VISION),
        ("model.connector.modality_projection.proj.weight", Component.CONNECTOR),
        ("model.text_model.layers.0.mlp.up_proj.weight", Component.LANGUAGE),
        ("vpm.encoder.layers.0.mlp.fc1.weight", Component.VISION),
        ("resampler.kv_proj.weight", Component.CONNECTOR),
        ("llm.model.layers.0.mlp.up_proj.weight", Component.LANGUAGE),
        ("model.vision_embed_tokens.img_projection.0.weight", Component.CONNECTOR),
        ("model.vision_embed_tokens.img_processor.vision_model.x.weight", Component.VISION),
        ("model.vision_backbone.image_projector.w1.weight", Component.CONNECTOR),
        ("vision_language_adapter.w_in.weight", Component.CONNECTOR),
        ("language_model.model.layers.0.resampler.weight", Component.LANGUAGE),
        ("lm_head.weight", Component.LANGUAGE),
        ("", Component.LANGUAGE),
    ],
)
def test_component_of_a_tensor(name: str, component: Component) -> None:
    assert component_of(name) is component


@pytest.mark.parametrize(
    ("declared", "found", "expected"),
    [
        ("bf16", "bf16", Agreement.SAME),
        ("bf16", "fp16", Agreement.CONVERTED),
        ("fp32", "bf16", Agreement.CONVERTED),
        ("int4", "awq_int4", Agreement.SAME),
        ("awq_int4", "int4", Agreement.SAME),
        ("awq_int4", "gptq_int4", Agreement.CONTRARY),
        ("bf16", "awq_int4", Agreement.CONTRARY),
        ("fp8", "int8", Agreement.CONTRARY),
        ("fp8", "bf16", Agreement.CONTRARY),
    ],
)
def test_agreement(declared: str, found: str, expected: Agreement) -> None:
    assert agreement(declared, found) is expected


def test_site_knows_every_scheme_with_the_same_bits() -> None:
    assert {p.value: p.bits for p in Precision} == dict(BITS)
