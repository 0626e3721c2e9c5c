"""The arguments that name a model, for every command that serves or asks one."""

from __future__ import annotations

import argparse
from pathlib import Path

from evaluator.errors import EvaluationError, FailureCode
from evaluator.spec import ModelSpec

ANY_ADDRESS = ("0.0.0.0/0", "::/0")
"""Whoever runs a command may reach what they can reach anyway."""


def add_model(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments that :func:`model_in` reads."""
    model = parser.add_mutually_exclusive_group(required=True)
    model.add_argument(
        "--base-url", help="OpenAI-compatible base URL, ending before /chat/completions"
    )
    model.add_argument("--checkpoint", help="folder or hub id of a checkpoint to serve")
    parser.add_argument("--model", help="model name to ask for (an endpoint needs it)")
    parser.add_argument("--revision", help="revision of the checkpoint")
    parser.add_argument(
        "--engine", default="transformers", help="engine for --checkpoint (%(default)s)"
    )
    parser.add_argument("--dtype", default="auto", help="dtype for --checkpoint (%(default)s)")
    parser.add_argument(
        "--max-model-len", type=int, help="longest context for --checkpoint, in tokens"
    )
    parser.add_argument(
        "--engine-arg",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a further flag of the engine, of those that its declaration allows; may be repeated",
    )


def model_in(arguments: argparse.Namespace) -> ModelSpec:
    """Return the model that the arguments describe. Raises EvaluationError(SPEC_INVALID)."""
    if arguments.base_url:
        if not arguments.model:
            raise EvaluationError(
                FailureCode.SPEC_INVALID, "--base-url needs --model, the name to ask for"
            )
        return ModelSpec(kind="endpoint", name=arguments.model, base_url=arguments.base_url)
    checkpoint = Path(arguments.checkpoint)
    return ModelSpec(
        kind="checkpoint",
        name=arguments.model or checkpoint.name,
        engine=arguments.engine,
        source=str(checkpoint.resolve()) if checkpoint.is_dir() else arguments.checkpoint,
        revision=arguments.revision,
        dtype=arguments.dtype,
        max_model_len=arguments.max_model_len,
        engine_args=dict(_engine_arg(text) for text in arguments.engine_arg),
    )


def roots_with(arguments: argparse.Namespace, roots: tuple[Path, ...]) -> tuple[Path, ...]:
    """Return the allowed roots and, when one was named, the checkpoint's own folder."""
    if arguments.checkpoint and Path(arguments.checkpoint).is_dir():
        return (*roots, Path(arguments.checkpoint).resolve())
    return roots


def _engine_arg(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise EvaluationError(
            FailureCode.SPEC_INVALID, f"--engine-arg {text!r} is not of the form NAME=VALUE"
        )
    return name.lstrip("-"), value
