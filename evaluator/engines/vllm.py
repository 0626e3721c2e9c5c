"""vLLM's OpenAI-compatible server (``vllm serve``). Flags and messages as of 0.32."""

from __future__ import annotations

import json

from evaluator.engines.command import CommandEngine, Flag, Invocation, Launch, Symptom
from evaluator.errors import FailureCode

_SWITCH = frozenset({"true", "false"})


class VllmEngine(CommandEngine):
    name = "vllm"
    title = "vLLM"
    dtypes = frozenset({"auto", "float32", "bfloat16", "float16"})
    quantizations = frozenset(
        {"fp8", "awq", "gptq", "compressed-tensors", "modelopt", "bitsandbytes"}
    )
    online_quantizations = frozenset({"fp8", "bitsandbytes"})
    kv_cache_dtypes = frozenset({"auto", "fp8", "fp8_e4m3", "fp8_e5m2"})
    max_tensor_parallel = 8
    flags = {
        "gpu-memory-utilization": Flag(low=0.1, high=0.98, fraction=True),
        "max-num-seqs": Flag(low=1, high=4096),
        "max-num-batched-tokens": Flag(low=256, high=1_000_000),
        "enforce-eager": Flag(choices=_SWITCH),
        "enable-prefix-caching": Flag(choices=_SWITCH),
    }
    memory_share = 0.92
    memory_flag = "gpu-memory-utilization"
    takes_key = True
    version_path = "/version"
    metrics_path = "/metrics"
    gauges = {
        "kv_cache_use": "vllm:kv_cache_usage_perc",
        "requests_running": "vllm:num_requests_running",
        "requests_waiting": "vllm:num_requests_waiting",
        "preemptions": "vllm:num_preemptions_total",
    }
    symptoms = (
        Symptom(
            r"No available memory for the cache blocks|Free memory on device|To serve at least one request"
            r"|larger than the available KV cache memory",
            FailureCode.ENGINE_OUT_OF_MEMORY,
        ),
        Symptom(
            r"is not a valid model identifier|RepositoryNotFound|RevisionNotFound|Can't load the configuration",
            FailureCode.CHECKPOINT_MISSING,
        ),
        Symptom(r"trust_remote_code", FailureCode.CHECKPOINT_REMOTE_CODE),
        Symptom(r"Cannot find any model weights", FailureCode.CHECKPOINT_NO_SAFETENSORS),
        Symptom(
            r"are not supported for now|does not recognize this architecture|There is no module or parameter named"
            r"|size mismatch|SafetensorError|Error while deserializing header"
            r"|does not match the quantization method|Following weights were not initialized",
            FailureCode.CHECKPOINT_INVALID,
        ),
    )

    def invocation(self, launch: Launch) -> Invocation:
        model = launch.model
        args = ["serve", launch.source, "--host", launch.host, "--port", str(launch.port)]
        args += ["--served-model-name", model.name, "--dtype", model.dtype]
        args += ["--load-format", "safetensors", "--seed", "0", "--disable-uvicorn-access-log"]
        # The checkpoint's own sampling defaults would change answers behind our back.
        args += ["--generation-config", "vllm"]
        args += ["--tensor-parallel-size", str(model.tensor_parallel_size)]
        if (method := self.online_quantization(launch)) is not None:
            args += ["--quantization", method]
        if model.kv_cache_dtype != "auto":
            args += ["--kv-cache-dtype", model.kv_cache_dtype]
        if model.revision is not None:
            args += ["--revision", model.revision]
        if model.max_model_len is not None:
            args += ["--max-model-len", str(model.max_model_len)]
        if model.images_per_prompt is not None:
            limit = json.dumps({"image": model.images_per_prompt})
            args += ["--limit-mm-per-prompt", limit]
        if model.trust_remote_code:
            args.append("--trust-remote-code")
        env = {"VLLM_API_KEY": launch.api_key or "", "VLLM_NO_USAGE_STATS": "1"}
        return Invocation(args=(*args, *self._extra(launch)), env=env)

    def _extra(self, launch: Launch) -> list[str]:
        """Return the extra flags; vLLM writes switches as ``--x`` and ``--no-x``."""
        args: list[str] = []
        for name, value in sorted(launch.model.engine_args.items()):
            if self.flags[name].choices == _SWITCH:
                args.append(f"--{name}" if value == "true" else f"--no-{name}")
            else:
                args += [f"--{name}", value]
        return args
