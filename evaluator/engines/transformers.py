"""Hugging Face transformers behind our own small server (see evaluator/harness/serve_transformers).

Runs on one GPU or on the CPU: the engine for models that no other engine knows, and for machines without a GPU.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import evaluator
from evaluator.engines.command import CommandEngine, Flag, Invocation, Launch, Symptom
from evaluator.errors import FailureCode

_ROOT = Path(evaluator.__file__).resolve().parent.parent


class TransformersEngine(CommandEngine):
    name = "transformers"
    title = "Hugging Face transformers"
    dtypes = frozenset({"auto", "float32", "bfloat16", "float16"})
    flags = {"max-batch-size": Flag(low=1, high=256)}
    memory_share = 1.0
    reserves_context = False
    takes_key = True
    version_path = "/version"
    symptoms = (
        Symptom(
            r"is not a valid model identifier|RepositoryNotFound|RevisionNotFound|couldn't connect to",
            FailureCode.CHECKPOINT_MISSING,
        ),
        Symptom(r"trust_remote_code", FailureCode.CHECKPOINT_REMOTE_CODE),
        Symptom(
            r"does not recognize this architecture|Unrecognized (model|configuration class|processing class)"
            r"|size mismatch|Error while deserializing header|SafetensorError"
            r"|Can't (load|instantiate)|is not a (local folder|valid JSON)",
            FailureCode.CHECKPOINT_INVALID,
        ),
        Symptom(
            r"no file named model\.safetensors|does not appear to have a file named .*safetensors",
            FailureCode.CHECKPOINT_NO_SAFETENSORS,
        ),
    )

    def invocation(self, launch: Launch) -> Invocation:
        model = launch.model
        args = [launch.source, "--host", launch.host, "--port", str(launch.port)]
        args += ["--served-model-name", model.name, "--dtype", model.dtype]
        if model.revision is not None:
            args += ["--revision", model.revision]
        if model.max_model_len is not None:
            args += ["--max-model-len", str(model.max_model_len)]
        if model.trust_remote_code:
            args.append("--trust-remote-code")
        # Our server is a module of this repository, run by another environment's Python.
        env = {"PYTHONPATH": str(_ROOT), "SERVE_API_KEY": launch.api_key or ""}
        return Invocation(args=(*args, *self.extra_args(model)), env=env)

    def versions(self, body: Any) -> dict[str, str]:
        return (
            {k: v for k, v in body.items() if isinstance(v, str)} if isinstance(body, dict) else {}
        )
