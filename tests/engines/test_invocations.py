"""What each engine is started with: arguments, environment and files; and the flags that a submission may set.

vLLM's are tried on the real one (test_vllm_real.py). SGLang and TensorRT-LLM cannot run here: these tables are what
their documentation says.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.engines import all_engines, get_engine
from evaluator.engines.command import CommandEngine, Flag, Invocation, Launch
from evaluator.errors import EvaluationError, FailureCode
from evaluator.spec import ModelSpec

KEY = "planted-engine-key"
ENGINES = [engine for engine in all_engines().values() if isinstance(engine, CommandEngine)]
OPTIONS: dict[str, Any] = {
    "revision": "0" * 40,
    "dtype": "bfloat16",
    "max_model_len": 4096,
    "images_per_prompt": 3,
    "trust_remote_code": True,
}


def engine_called(name: str) -> CommandEngine:
    engine = get_engine(name)
    assert isinstance(engine, CommandEngine)
    return engine


def invocation(name: str, *, stored: str | None = None, **model: Any) -> Invocation:
    engine = engine_called(name)
    spec = ModelSpec(kind="checkpoint", name="demo", engine=name, source="org/m", **model)
    engine.check(spec)
    return engine.invocation(
        Launch(
            model=spec,
            source="/models/m",
            stored_quantization=stored,
            host="127.0.0.1",
            port=4321,
            api_key=KEY if engine.takes_key else None,
            folder=Path("/nowhere"),
        )
    )


def options(name: str, **model: Any) -> dict[str, Any]:
    """Return what the engine is told, wherever it is told: ``--x y`` as x: y, ``--x`` as x: True, files as JSON."""
    found = invocation(name, **model)
    told: dict[str, Any] = {}
    args = list(found.args)
    while args:
        arg = args.pop(0)
        if arg.startswith("--"):
            told[arg[2:]] = args.pop(0) if args and not args[0].startswith("--") else True
        else:
            told.setdefault("words", []).append(arg)
    for text in found.files.values():
        told |= json.loads(text)
    return told


PLAIN = {
    "vllm": {
        "words": ["serve", "/models/m"],
        "host": "127.0.0.1",
        "port": "4321",
        "served-model-name": "demo",
        "dtype": "auto",
        "load-format": "safetensors",
        "seed": "0",
        "disable-uvicorn-access-log": True,
        "generation-config": "vllm",
        "tensor-parallel-size": "1",
    },
    "sglang": {
        "config": "sglang.yaml",
        "model-path": "/models/m",
        "host": "127.0.0.1",
        "port": 4321,
        "served-model-name": "demo",
        "dtype": "auto",
        "kv-cache-dtype": "auto",
        "load-format": "safetensors",
        "tensor-parallel-size": 1,
        "random-seed": 0,
        "sampling-defaults": "openai",
        "enable-metrics": True,
        "api-key": KEY,
    },
    "tensorrt_llm": {
        "words": ["/models/m"],
        "backend": "pytorch",
        "host": "127.0.0.1",
        "port": "4321",
        "served_model_name": "demo",
        "tp_size": "1",
        "extra_llm_api_options": "trtllm.yaml",
        "dtype": "auto",
        "return_perf_metrics": True,
    },
    "transformers": {
        "words": ["/models/m"],
        "host": "127.0.0.1",
        "port": "4321",
        "served-model-name": "demo",
        "dtype": "auto",
    },
}

CHANGED = [
    ("vllm", {"revision": "abc"}, {"revision": "abc"}),
    ("vllm", {"quantization": "fp8"}, {"quantization": "fp8"}),
    ("vllm", {"kv_cache_dtype": "fp8"}, {"kv-cache-dtype": "fp8"}),
    ("vllm", {"max_model_len": 4096}, {"max-model-len": "4096"}),
    ("vllm", {"images_per_prompt": 3}, {"limit-mm-per-prompt": '{"image": 3}'}),
    ("vllm", {"tensor_parallel_size": 4}, {"tensor-parallel-size": "4"}),
    ("vllm", {"trust_remote_code": True}, {"trust-remote-code": True}),
    ("vllm", {"engine_args": {"enforce-eager": "true"}}, {"enforce-eager": True}),
    ("vllm", {"engine_args": {"enforce-eager": "false"}}, {"no-enforce-eager": True}),
    (
        "vllm",
        {"engine_args": {"gpu-memory-utilization": "0.85"}},
        {"gpu-memory-utilization": "0.85"},
    ),
    ("sglang", {"revision": "abc"}, {"revision": "abc"}),
    ("sglang", {"quantization": "fp8"}, {"quantization": "fp8"}),
    ("sglang", {"kv_cache_dtype": "fp8_e5m2"}, {"kv-cache-dtype": "fp8_e5m2"}),
    ("sglang", {"max_model_len": 4096}, {"context-length": 4096}),
    ("sglang", {"images_per_prompt": 3}, {"limit-mm-data-per-request": '{"image": 3}'}),
    ("sglang", {"tensor_parallel_size": 8}, {"tensor-parallel-size": 8}),
    ("sglang", {"trust_remote_code": True}, {"trust-remote-code": True}),
    ("sglang", {"engine_args": {"mem-fraction-static": "0.8"}}, {"mem-fraction-static": "0.8"}),
    ("tensorrt_llm", {"revision": "abc"}, {"revision": "abc"}),
    ("tensorrt_llm", {"kv_cache_dtype": "fp8"}, {"kv_cache_config": {"dtype": "fp8"}}),
    ("tensorrt_llm", {"max_model_len": 4096}, {"max_seq_len": "4096"}),
    ("tensorrt_llm", {"tensor_parallel_size": 2}, {"tp_size": "2"}),
    ("tensorrt_llm", {"trust_remote_code": True}, {"trust_remote_code": True}),
    ("tensorrt_llm", {"engine_args": {"max_batch_size": "16"}}, {"max_batch_size": "16"}),
    ("transformers", {"revision": "abc"}, {"revision": "abc"}),
    ("transformers", {"max_model_len": 4096}, {"max-model-len": "4096"}),
    ("transformers", {"trust_remote_code": True}, {"trust-remote-code": True}),
    ("transformers", {"engine_args": {"max-batch-size": "2"}}, {"max-batch-size": "2"}),
]


def test_every_engine_that_is_started_has_its_table() -> None:
    assert set(PLAIN) == {engine.name for engine in ENGINES}


@pytest.mark.parametrize("name", PLAIN)
def test_what_an_engine_is_told_of_a_plain_checkpoint(name: str) -> None:
    assert options(name) == PLAIN[name]


@pytest.mark.parametrize(("name", "model", "more"), CHANGED)
def test_each_part_of_a_submission_has_its_option(
    name: str, model: dict[str, Any], more: dict[str, Any]
) -> None:
    assert options(name, **model) == PLAIN[name] | more


@pytest.mark.parametrize("name", ["vllm", "sglang", "tensorrt_llm"])
def test_a_method_that_the_checkpoint_brings_is_not_named_again(name: str) -> None:
    assert options(name, quantization="awq", stored="awq") == PLAIN[name]


@pytest.mark.parametrize("name", ["vllm", "sglang", "tensorrt_llm"])
def test_a_method_that_only_a_checkpoint_can_bring_is_refused_where_it_does_not(name: str) -> None:
    with pytest.raises(EvaluationError, match=r"config\.json names no quantization") as caught:
        invocation(name, quantization="gptq")
    assert caught.value.code is FailureCode.CHECKPOINT_INVALID


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.name)
def test_secrets_are_never_among_the_arguments(engine: CommandEngine) -> None:
    model = OPTIONS if engine.name != "transformers" else OPTIONS | {"images_per_prompt": None}
    found = invocation(engine.name, **model)
    assert KEY not in " ".join(found.args)
    kept = [*found.env.values(), *found.files.values()]
    assert any(KEY in text for text in kept) is engine.takes_key


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.name)
def test_arguments_are_text_and_files_are_beside_the_engine(engine: CommandEngine) -> None:
    found = invocation(engine.name)
    assert all(isinstance(arg, str) and arg for arg in found.args)
    assert all(Path(name).name == name for name in found.files)


FLAGS = [
    pytest.param(engine.flags[name], id=f"{engine.name}-{name}")
    for engine in ENGINES
    for name in sorted(engine.flags)
]


@pytest.mark.parametrize("flag", FLAGS)
def test_every_flag_takes_its_bounds_or_choices_and_says_so(flag: Flag) -> None:
    if flag.choices:
        assert all(flag.accepts(choice) and choice in str(flag) for choice in flag.choices)
    else:
        assert flag.low < flag.high
        for bound in (flag.low, flag.high):
            text = str(bound) if flag.fraction else str(int(bound))
            assert flag.accepts(text)
        assert not flag.accepts(str(int(flag.high) + 1))


@pytest.mark.parametrize(
    ("value", "taken"),
    [
        *(("0.1", True), ("0.85", True), ("0.9800", True), ("00.5", True)),
        *(("0.09", False), ("0.99", False), ("1", False), ("0", False), (".5", False)),
        *(("0.", False), ("0.12345", False), ("-0.5", False), ("5e-1", False), ("0,5", False)),
        *(("nan", False), ("inf", False), ("0.5 ", False), ("0.5\n", False), ("٠.٥", False)),
        ("", False),
    ],
)
def test_fractions(value: str, taken: bool) -> None:
    assert Flag(low=0.1, high=0.98, fraction=True).accepts(value) is taken


@pytest.mark.parametrize(
    ("value", "taken"),
    [
        *(("1", True), ("4096", True), ("007", True)),
        *(("0", False), ("4097", False), ("1.0", False), ("1e3", False), ("-1", False)),
        *((" 1", False), ("1\n", False), ("²", False), ("１", False), ("1; reboot", False)),
    ],
)
def test_whole_numbers(value: str, taken: bool) -> None:
    assert Flag(low=1, high=4096).accepts(value) is taken


@given(st.text(), st.sampled_from(sorted(engine_called("vllm").flags)))
def test_what_a_flag_takes_can_only_be_a_value(value: str, name: str) -> None:
    if engine_called("vllm").flags[name].accepts(value):
        assert value.isascii()
        assert value.replace(".", "").isalnum()


@pytest.mark.parametrize(
    ("name", "model", "words"),
    [
        ("vllm", {"dtype": "fp4"}, "bfloat16"),
        ("vllm", {"quantization": "gguf"}, "compressed-tensors"),
        ("vllm", {"kv_cache_dtype": "int4"}, "fp8_e5m2"),
        ("vllm", {"tensor_parallel_size": 9}, "1 to 8"),
        ("vllm", {"tensor_parallel_size": 0}, "1 to 8"),
        ("vllm", {"engine_args": {"api-key": "x"}}, "max-num-seqs"),
        ("vllm", {"engine_args": {"gpu-memory-utilization": "1.5"}}, "0.1 to 0.98"),
        ("vllm", {"engine_args": {"enforce-eager": "yes"}}, "false, true"),
        ("sglang", {"dtype": "int8"}, "bfloat16"),
        ("sglang", {"kv_cache_dtype": "fp8"}, "fp8_e4m3"),
        ("sglang", {"engine_args": {"attention-backend": "x"}}, "triton"),
        ("tensorrt_llm", {"dtype": "float32"}, "float16"),
        ("tensorrt_llm", {"engine_args": {"max-batch-size": "1"}}, "max_batch_size"),
        ("transformers", {"tensor_parallel_size": 2}, "1 to 1"),
    ],
)
def test_what_an_engine_cannot_do_is_refused_with_what_it_can(
    name: str, model: dict[str, Any], words: str
) -> None:
    with pytest.raises(EvaluationError) as caught:
        invocation(name, **model)
    assert caught.value.code is FailureCode.SPEC_INVALID
    assert words in caught.value.detail


LAST_WORDS = [
    ("vllm", "ValueError: No available memory for the cache blocks.", "engine_out_of_memory"),
    (
        "vllm",
        "ValueError: Free memory on device cuda:0 (3/24 GiB) on startup is less than desired",
        "engine_out_of_memory",
    ),
    ("vllm", "torch.OutOfMemoryError: CUDA out of memory.", "engine_out_of_memory"),
    (
        "vllm",
        "ValueError: Model architectures ['X'] are not supported for now.",
        "checkpoint_invalid",
    ),
    ("vllm", "RuntimeError: Cannot find any model weights with `/m`", "checkpoint_no_safetensors"),
    ("vllm", "OSError: x/y is not a valid model identifier", "checkpoint_missing"),
    ("vllm", "Please pass the argument `trust_remote_code=True`", "checkpoint_remote_code"),
    (
        "sglang",
        "RuntimeError: Not enough memory. Please try to increase --mem-fraction-static.",
        "engine_out_of_memory",
    ),
    ("sglang", "ValueError: Model architectures ['X'] are not supported for now.", "checkpoint_invalid"),
    ("sglang", "RuntimeError: Cannot find any model weights with `/m`", "checkpoint_no_safetensors"),
    (
        "tensorrt_llm",
        "RuntimeError: [TensorRT-LLM][ERROR] CUDA runtime error in cudaMalloc: out of memory",
        "engine_out_of_memory",
    ),
    ("tensorrt_llm", "ValueError: Unknown architecture for AutoModelForCausalLM: X", "checkpoint_invalid"),
    ("tensorrt_llm", "OSError: x/y is not a valid model identifier", "checkpoint_missing"),
    ("transformers", "MemoryError", "engine_out_of_memory"),
    ("transformers", "OSError: Can't load image processor for 'x'", "checkpoint_invalid"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "line", "code"), LAST_WORDS)
def test_last_words_are_understood(name: str, line: str, code: str) -> None:
    found = engine_called(name).symptom_in(("INFO: loading", line, "  File x, line 1, in main"))
    assert found is not None
    assert (found[0], found[1]) == (FailureCode(code), line)


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.name)
@given(lines=st.lists(st.text(), max_size=5))
def test_any_log_is_read(engine: CommandEngine, lines: list[str]) -> None:
    found = engine.symptom_in(tuple(lines))
    assert found is None or len(found[1]) <= 300
