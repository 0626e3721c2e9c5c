"""A stand-in for serving engines' commands: takes the flags of each and speaks its messages and its HTTP.

    python stand_in.py ACT ENGINE [what the engine's declaration says]

It has no model; ACT says how it behaves. SGLang and TensorRT-LLM need GPUs and cannot run here; what is tested of
them against this stand-in is our side. vLLM is tested for real too (test_vllm_real.py), as is transformers.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.support.openai_server import openai_server

_OOM = "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB."
LAST_WORDS = {
    "transformers": {
        "oom": _OOM,
        "bad_model": "ValueError: The checkpoint you are trying to load has model type `x` but Transformers"
        " does not recognize this architecture.",
    },
    "vllm": {
        "oom": "ValueError: No available memory for the cache blocks. Try increasing `gpu_memory_utilization`.",
        "bad_model": "ValueError: Model architectures ['X'] are not supported for now.",
    },
    "sglang": {
        "oom": "RuntimeError: Not enough memory. Please try to increase --mem-fraction-static.",
        "bad_model": "ValueError: Model architectures ['X'] are not supported for now.",
    },
    "tensorrt_llm": {
        "oom": "[TensorRT-LLM][ERROR] CUDA runtime error in cudaMallocAsync: insufficient GPU memory",
        "bad_model": "ValueError: Unknown architecture for AutoModelForCausalLM: X",
    },
}
BROKEN = "RuntimeError: something nobody foresaw"
METRICS = {
    "vllm": ("/metrics", 'vllm:kv_cache_usage_perc{engine="0",model_name="demo"} 0.25'),
    "sglang": ("/metrics", 'sglang:token_usage{model_name="demo"} 0.25'),
    "tensorrt_llm": ("/prometheus/metrics", 'trtllm_kv_cache_utilization{model_name="demo"} 0.25'),
    "transformers": ("/metrics", ""),
}


@dataclass(frozen=True)
class Told:
    """What the arguments, files and environment say."""

    name: str
    port: int
    key: str | None


def told_vllm(argv: list[str]) -> Told:
    parser = argparse.ArgumentParser()
    parser.add_argument("serve", choices=["serve"])
    parser.add_argument("source")
    for flag in ("--served-model-name", "--host", "--dtype", "--load-format", "--seed"):
        parser.add_argument(flag, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--generation-config", choices=["auto", "vllm"])
    parser.add_argument("--tensor-parallel-size", type=int)
    parser.add_argument("--disable-uvicorn-access-log", action="store_true")
    parser.add_argument("--revision")
    parser.add_argument("--max-model-len", type=int)
    parser.add_argument("--limit-mm-per-prompt", type=json.loads)
    args = parser.parse_args(argv)
    return Told(args.served_model_name, args.port, os.environ["VLLM_API_KEY"])


def told_sglang(argv: list[str]) -> Told:
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", type=Path, required=True)
    options = json.loads(parser.parse_args(argv).config.read_text())
    return Told(options["served-model-name"], options["port"], options["api-key"])


def told_tensorrt_llm(argv: list[str]) -> Told:
    parser = argparse.ArgumentParser()
    parser.add_argument("source")
    for flag in ("--served_model_name", "--host", "--backend", "--tp_size"):
        parser.add_argument(flag, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--extra_llm_api_options", type=Path, required=True)
    parser.add_argument("--max_seq_len", type=int)
    parser.add_argument("--revision")
    args = parser.parse_args(argv)
    json.loads(args.extra_llm_api_options.read_text())
    return Told(args.served_model_name, args.port, None)


def told_transformers(argv: list[str]) -> Told:
    parser = argparse.ArgumentParser()
    parser.add_argument("source")
    for flag in ("--served-model-name", "--host", "--dtype"):
        parser.add_argument(flag, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--revision")
    args = parser.parse_args(argv)
    return Told(args.served_model_name, args.port, os.environ["SERVE_API_KEY"])


TOLD = {
    "vllm": told_vllm,
    "sglang": told_sglang,
    "tensorrt_llm": told_tensorrt_llm,
    "transformers": told_transformers,
}


def main() -> None:
    act, engine, *argv = sys.argv[1:]
    print("argv:", argv, flush=True)
    told = TOLD[engine](argv)
    print("key:", told.key, flush=True)
    # A helper process, as real engines have, that would outlive a careless stop.
    helper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    Path("helper.pid").write_text(str(helper.pid))
    marker = Path("..", "port-was-taken")
    if act == "broken":
        sys.exit(BROKEN)
    if act in LAST_WORDS[engine]:
        sys.exit(LAST_WORDS[engine][act])
    if act == "port_taken_once" and not marker.exists():
        marker.touch()
        sys.exit("[Errno 98] error while attempting to bind on address: address already in use")
    if act == "never_ready":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(600)
    mode = "no_images" if act == "text_only" else "normal"
    path, line = METRICS[engine]
    with openai_server(
        told.port, model=told.name, api_key=told.key, mode=mode, pages={path: f"{line}\n"}
    ):
        if act == "dies_later":
            Path("ready").touch()
            while not Path("die").exists():
                time.sleep(0.05)
            sys.stderr.write("torch.OutOfMemoryError: CUDA out of memory.\n")
            sys.stderr.flush()
            os._exit(1)
        threading.Event().wait()


if __name__ == "__main__":
    main()
