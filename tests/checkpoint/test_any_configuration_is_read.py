"""Whatever a configuration or a header holds: facts or an EvaluationError, and always the same ones."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluator.checkpoint.facts import base_model, facts_of, read_object
from evaluator.checkpoint.fit import Demand, estimate
from evaluator.checkpoint.headers import Tensor, WeightFile, parse_weight_file
from evaluator.checkpoint.quantization import MAX_PATTERNS, quantization_of
from evaluator.checkpoint.shape import language_shape, stored_bytes
from evaluator.errors import EvaluationError, FailureCode
from tests.checkpoint import layouts as l8

DEMO = Path(__file__).parents[2] / "demo" / "checkpoint"

KEYS = st.sampled_from(
    [
        "quantization_config",
        "quant_method",
        "bits",
        "w_bit",
        "group_size",
        "modules_to_not_convert",
        "ignore",
        "dynamic",
        "config_groups",
        "group_0",
        "weights",
        "num_bits",
        "type",
        "format",
        "load_in_4bit",
        "bnb_4bit_quant_type",
        "llm_int8_skip_modules",
        "quant_algo",
        "quantization",
        "exclude_modules",
        "text_config",
        "llm_config",
        "num_hidden_layers",
        "num_attention_heads",
        "num_key_value_heads",
        "hidden_size",
        "head_dim",
        "layer_types",
        "sliding_window",
        "kv_lora_rank",
        "vocab_size",
        "architectures",
        "model_type",
        "_name_or_path",
        "dtype",
        "torch_dtype",
    ]
)
WORDS = st.sampled_from(
    [
        "awq",
        "gptq",
        "compressed-tensors",
        "bitsandbytes",
        "fp8",
        "modelopt",
        "int",
        "float",
        "nf4",
        "FP8",
        "NVFP4",
        "re:.*(a+)+$",
        "-:x",
        "visual*",
        "a/b",
    ]
)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | WORDS
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS | st.text(max_size=4), inner),
    max_leaves=25,
)
OBJECTS = st.dictionaries(KEYS, JSON, max_size=8)
SUFFIXES = st.sampled_from(
    [
        "weight",
        "qweight",
        "qzeros",
        "scales",
        "g_idx",
        "weight_packed",
        "weight_scale",
        "weight_scale_2",
        "SCB",
        "w_blocks",
        "w_scales",
    ]
)
TENSORS = st.lists(
    st.builds(
        Tensor,
        st.builds(
            "{}.{}".format, st.sampled_from(["visual.0", "model.layers.0.q", "mlp1", ""]), SUFFIXES
        ),
        st.sampled_from(["BF16", "F32", "I32", "I8", "U8", "F8_E4M3", "F4", "I64", "odd"]),
        st.lists(st.integers(0, 4096), max_size=3).map(tuple),
    ),
    max_size=8,
)


@given(OBJECTS, OBJECTS | st.none(), TENSORS, st.text(max_size=80))
@settings(max_examples=300)
def test_facts_of_anything(
    config: dict[str, Any], hf_quant: dict[str, Any] | None, tensors: list[Tensor], readme: str
) -> None:
    file = WeightFile("model.safetensors", 10, b"{}", tuple(tensors))
    found = facts_of(config, [file], hf_quant_config=hf_quant, readme=f"---\n{readme}\n---")
    assert found == facts_of(config, [file], hf_quant_config=hf_quant, readme=f"---\n{readme}\n---")
    assert found.parameters is not None
    assert found.parameters >= 0
    json.dumps(found.to_json(), allow_nan=False)


@given(OBJECTS)
def test_shape_of_anything(config: dict[str, Any]) -> None:
    shape = language_shape(config)
    assert stored_bytes(config) in (None, 2, 4)
    need = estimate(Demand(weight_bytes=1000, shape=shape))
    assert need.total >= need.certain >= 1000


@given(st.binary(max_size=200))
def test_any_bytes_are_a_weight_file_or_refused(data: bytes) -> None:
    _parses_or_refuses(data)


@given(st.dictionaries(st.text(max_size=4), JSON, max_size=4) | JSON)
def test_any_json_is_a_header_or_refused(header: Any) -> None:
    text = json.dumps(header).encode()
    _parses_or_refuses(len(text).to_bytes(8, "little") + text)


def _parses_or_refuses(data: bytes) -> None:
    assert refused_as(lambda: parse_weight_file("w.safetensors", len(data), io.BytesIO(data))) in (
        None,
        FailureCode.CHECKPOINT_INVALID,
    )


def refused_as(read: Callable[[], object]) -> FailureCode | None:
    try:
        read()
    except EvaluationError as error:
        return error.code
    return None


@pytest.mark.parametrize("dtype", ["BF16", "NEW9"])
@pytest.mark.parametrize(
    "shape", [[10**9, 10**9], [10**4000] * 4000, [1] * 65], ids=["large", "endless", "deep"]
)
def test_shape_larger_than_its_place_is_refused(dtype: str, shape: list[int]) -> None:
    header = json.dumps({"a": {"dtype": dtype, "shape": shape, "data_offsets": [0, 4]}}).encode()
    data = len(header).to_bytes(8, "little") + header + b"1234"
    with pytest.raises(EvaluationError):
        parse_weight_file("w.safetensors", len(data), io.BytesIO(data))


@given(st.binary(max_size=60))
def test_any_file_is_an_object_or_refused(data: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder, "config.json")
        path.write_bytes(data)
        code = refused_as(lambda: read_object(path))
    assert code in (None, FailureCode.CHECKPOINT_INVALID)


def test_hostile_expression_is_not_run() -> None:
    config = {
        "quantization_config": {"quant_method": "awq", "ignore": ["re:(a+)+$", "re:.*visual.*"]}
    }
    found = quantization_of(config)
    assert found is not None
    assert found.skipped == ("*visual*",)


def test_patterns_are_counted_over_all_lists() -> None:
    lists = {
        name: [f"*{name}{n}*" for n in range(MAX_PATTERNS)]
        for name in ("ignore", "exclude_modules")
    }
    found = quantization_of({"quantization_config": {"quant_method": "bitsandbytes", **lists}})
    assert found is not None
    assert len(found.skipped) == MAX_PATTERNS


@pytest.mark.parametrize(
    ("module", "skipped"),
    [
        ("visual.blocks.0.attn.qkv", True),
        ("model.visual.merger", True),
        ("model.visually.x", False),
        ("model.layers.0.mlp.up_proj", False),
    ],
)
def test_module_that_is_not_converted(module: str, skipped: bool) -> None:
    found = quantization_of({"quantization_config": l8.AWQ_CONFIG})
    assert found is not None
    assert found.skips(module) is skipped


@pytest.mark.parametrize(
    ("readme", "expected"),
    [
        (
            "---\nbase_model: Qwen/Qwen2.5-VL-7B-Instruct\n---\n# Text",
            "Qwen/Qwen2.5-VL-7B-Instruct",
        ),
        ("---\nlicense: mit\nbase_model:\n- acme/one\n- acme/two\n---", "acme/one"),
        ('---\nbase_model: "acme/one"\n---', "acme/one"),
        ("---\nbase_model: [acme/one]\n---", "acme/one"),
        ("---\nbase_model:\n---", ""),
        ("base_model: acme/one", ""),
        ("---\n---\nbase_model: acme/one", ""),
        ("", ""),
    ],
)
def test_base_model_of_a_model_card(readme: str, expected: str) -> None:
    assert base_model(readme) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Qwen/Qwen2-VL", "Qwen/Qwen2-VL"),
        ("/home/me/model", ""),
        ("./a/b", ""),
        ("a/b/c", ""),
        (7, ""),
    ],
)
def test_configuration_names_the_base_model_unless_it_is_a_path(
    name: object, expected: str
) -> None:
    assert facts_of({"_name_or_path": name}, []).base_model == expected
