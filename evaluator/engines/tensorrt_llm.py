"""TensorRT-LLM's OpenAI-compatible server (``trtllm-serve``), PyTorch backend. Flags as its documentation lists them.

It takes no API key: like every engine here it listens on 127.0.0.1 only, for the length of one evaluation.
"""

from __future__ import annotations

import json
from typing import Any

from evaluator.engines.command import CommandEngine, Flag, Invocation, Launch, Symptom
from evaluator.errors import FailureCode

OPTIONS = "trtllm.yaml"


class TensorRtLlmEngine(CommandEngine):
    name = "tensorrt_llm"
    title = "TensorRT-LLM"
    dtypes = frozenset({"auto", "bfloat16", "float16"})
    quantizations = frozenset({"fp8", "awq", "gptq", "modelopt"})
    kv_cache_dtypes = frozenset({"auto", "fp8"})
    max_tensor_parallel = 8
    flags = {
        "max_batch_size": Flag(low=1, high=4096),
        "max_num_tokens": Flag(low=256, high=1_000_000),
        "kv_cache_free_gpu_memory_fraction": Flag(low=0.1, high=0.98, fraction=True),
    }
    takes_key = False
    version_path = "/version"
    metrics_path = "/prometheus/metrics"
    gauges = {"kv_cache_use": "trtllm_kv_cache_utilization"}
    symptoms = (
        Symptom(
            r"[Ff]ailed to allocate|cudaErrorMemoryAllocation|insufficient GPU memory|No free (KV cache )?blocks?",
            FailureCode.ENGINE_OUT_OF_MEMORY,
        ),
        Symptom(
            r"is not a valid model identifier|RepositoryNotFound|RevisionNotFound",
            FailureCode.CHECKPOINT_MISSING,
        ),
        Symptom(r"trust_remote_code", FailureCode.CHECKPOINT_REMOTE_CODE),
        Symptom(
            r"Unknown architecture|does not recognize this architecture|size mismatch|SafetensorError"
            r"|Unsupported quantization|Error while deserializing header",
            FailureCode.CHECKPOINT_INVALID,
        ),
    )

    def invocation(self, launch: Launch) -> Invocation:
        model = launch.model
        self.online_quantization(
            launch
        )  # it makes none: refuses what the checkpoint would have to bring
        args = [launch.source, "--backend", "pytorch"]
        args += ["--host", launch.host, "--port", str(launch.port)]
        args += ["--served_model_name", model.name, "--tp_size", str(model.tensor_parallel_size)]
        args += ["--extra_llm_api_options", OPTIONS]
        if model.max_model_len is not None:
            args += ["--max_seq_len", str(model.max_model_len)]
        if model.revision is not None:
            args += ["--revision", model.revision]
        if model.trust_remote_code:
            args.append("--trust_remote_code")
        options: dict[str, Any] = {"dtype": model.dtype, "return_perf_metrics": True}
        if model.kv_cache_dtype != "auto":
            options["kv_cache_config"] = {"dtype": model.kv_cache_dtype}
        # JSON is YAML, and leaves nothing to quote.
        files = {OPTIONS: json.dumps(options, indent=1)}
        return Invocation(args=(*args, *self.extra_args(model)), files=files)
