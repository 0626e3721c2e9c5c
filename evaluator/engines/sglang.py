"""SGLang's OpenAI-compatible server (``python -m sglang.launch_server``). Flags as its documentation lists them.

Options go into a file (``--config``), because the API key is one of them and arguments are readable by everybody.
"""

from __future__ import annotations

import json
from typing import Any

from evaluator.engines.command import CommandEngine, Flag, Invocation, Launch, Symptom
from evaluator.errors import FailureCode

CONFIG = "sglang.yaml"


class SglangEngine(CommandEngine):
    name = "sglang"
    title = "SGLang"
    dtypes = frozenset({"auto", "float32", "bfloat16", "float16"})
    quantizations = frozenset({"fp8", "awq", "gptq", "compressed-tensors", "modelopt", "w8a8_int8"})
    online_quantizations = frozenset({"fp8"})
    kv_cache_dtypes = frozenset({"auto", "fp8_e4m3", "fp8_e5m2"})
    max_tensor_parallel = 8
    flags = {
        "mem-fraction-static": Flag(low=0.1, high=0.98, fraction=True),
        "max-running-requests": Flag(low=1, high=4096),
        "chunked-prefill-size": Flag(low=256, high=1_000_000),
        "attention-backend": Flag(
            choices=frozenset({"flashinfer", "fa3", "triton", "torch_native"})
        ),
    }
    memory_share = 0.88
    memory_flag = "mem-fraction-static"
    takes_key = True
    version_path = "/server_info"
    metrics_path = "/metrics"
    gauges = {
        "kv_cache_use": "sglang:token_usage",
        "requests_running": "sglang:num_running_reqs",
        "requests_waiting": "sglang:num_queue_reqs",
        "preemptions": "sglang:num_retracted_requests_total",
    }
    symptoms = (
        Symptom(
            r"Not enough memory|Please try to (increase|reduce) --mem-fraction-static",
            FailureCode.ENGINE_OUT_OF_MEMORY,
        ),
        Symptom(
            r"is not a valid model identifier|RepositoryNotFound|RevisionNotFound",
            FailureCode.CHECKPOINT_MISSING,
        ),
        Symptom(r"trust_remote_code", FailureCode.CHECKPOINT_REMOTE_CODE),
        Symptom(r"Cannot find any model weights", FailureCode.CHECKPOINT_NO_SAFETENSORS),
        Symptom(
            r"are not supported for now|does not recognize this architecture|size mismatch|SafetensorError"
            r"|Error while deserializing header|does not match the quantization method",
            FailureCode.CHECKPOINT_INVALID,
        ),
    )

    def invocation(self, launch: Launch) -> Invocation:
        model = launch.model
        options: dict[str, Any] = {
            "model-path": launch.source,
            "host": launch.host,
            "port": launch.port,
            "served-model-name": model.name,
            "dtype": model.dtype,
            "kv-cache-dtype": model.kv_cache_dtype,
            "load-format": "safetensors",
            "tensor-parallel-size": model.tensor_parallel_size,
            "random-seed": 0,
            # The checkpoint's own sampling defaults would change answers behind our back.
            "sampling-defaults": "openai",
            "enable-metrics": True,
            "api-key": launch.api_key,
            "quantization": self.online_quantization(launch),
            "revision": model.revision,
            "context-length": model.max_model_len,
            "limit-mm-data-per-request": model.images_per_prompt
            and json.dumps({"image": model.images_per_prompt}),
            "trust-remote-code": model.trust_remote_code or None,
            **model.engine_args,
        }
        known = {name: value for name, value in options.items() if value is not None}
        # JSON is YAML, and leaves nothing to quote.
        return Invocation(args=("--config", CONFIG), files={CONFIG: json.dumps(known, indent=1)})
