"""Submitting a model."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from vlm_leaderboard.cli.follow import finish
from vlm_leaderboard.cli.output import pairs, session
from vlm_leaderboard.cli.submission_options import Shared, with_shared
from vlm_leaderboard.errors import BadInput

KEY_VARIABLE = "VLM_LEADERBOARD_ENDPOINT_KEY"
PARTS = frozenset({"endpoint", "checkpoint"})

app = typer.Typer(no_args_is_help=True, help="Submit a model: an endpoint, or a checkpoint.")


@app.command()
@with_shared
def endpoint(
    shared: Shared,
    base_url: Annotated[
        str | None, typer.Option(help="OpenAI-compatible; ends before /chat/completions.")
    ] = None,
    model: Annotated[str | None, typer.Option(help="The model's name in each request.")] = None,
    key_env: Annotated[
        str,
        typer.Option(metavar="VARIABLE", help="Where the endpoint's API key is, if it has one."),
    ] = KEY_VARIABLE,
    ask_key: Annotated[
        bool, typer.Option("--ask-key", help="Ask for the endpoint's API key, without showing it.")
    ] = False,
) -> None:
    """Submit an OpenAI-compatible endpoint.

    Its API key comes from an environment variable or is asked for. There is no option for it, because other users of a
    machine can read a command's options.
    """
    part = {"base_url": base_url, "model": model, "api_key": _api_key(key_env, ask_key)}
    _submit("endpoint", part, shared)


@app.command()
@with_shared
def checkpoint(
    shared: Shared,
    source: Annotated[str | None, typer.Option(help="Hub id, or a folder on the workers.")] = None,
    engine: Annotated[
        str | None, typer.Option(help="What serves it: transformers, vllm, sglang, tensorrt_llm.")
    ] = None,
    revision: Annotated[str | None, typer.Option(help="Commit, tag or branch.")] = None,
    served_name: Annotated[str | None, typer.Option(help="The name in each request.")] = None,
    tensor_parallel_size: Annotated[
        int | None, typer.Option(help="Number of GPUs; estimated if not given.")
    ] = None,
    max_model_len: Annotated[int | None, typer.Option(help="Context length in tokens.")] = None,
    kv_cache_dtype: Annotated[str | None, typer.Option(help="Precision of the KV cache.")] = None,
    images_per_prompt: Annotated[int | None, typer.Option(help="Pictures in a request.")] = None,
    engine_arg: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="A flag of the engine's. May be repeated."),
    ] = None,
) -> None:
    """Submit a checkpoint, which a worker serves."""
    part = {
        "source": source,
        "engine": engine,
        "revision": revision,
        "served_name": served_name,
        "tensor_parallel_size": tensor_parallel_size,
        "max_model_len": max_model_len,
        "kv_cache_dtype": kv_cache_dtype,
        "images_per_prompt": images_per_prompt,
        "engine_args": pairs(engine_arg or (), "--engine-arg"),
    }
    _submit("checkpoint", part, shared)


def _submit(kind: str, part: Mapping[str, Any], shared: Shared) -> None:
    parts = {"model": shared.model(), kind: {**part, **shared.weights()}}
    whole = shared.whole()
    with session(shared.as_json) as (client, out):
        body = _body(_read(shared.body), parts, whole)
        job = client.submit_json(body, idempotency_key=shared.idempotency_key)
        out.say(f"Submission {job.id}")
        finish(job, out, wait=shared.wait, timeout_s=shared.timeout)


def _body(
    given: dict[str, Any], parts: Mapping[str, Mapping[str, Any]], whole: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the body of a file with what the options say put into it. Raises BadInput.

    What is missing or wrong in it is for the site to say: it says everything at once.
    """
    for other in (PARTS & set(given)) - set(parts):
        raise BadInput(f"The file has “{other}”; submit it with that command.")
    for name, options in parts.items():
        inside = given.get(name, {})
        if not isinstance(inside, dict):
            raise BadInput(f"“{name}” in the file is no object.")
        given[name] = inside | _told(options)
    return given | _told(whole)


def _told(options: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


def _read(path: str) -> dict[str, Any]:
    """Return the JSON object in a file, an empty one for no file. Raises BadInput."""
    if not path:
        return {}
    try:
        text = sys.stdin.read() if path == "-" else Path(path).read_text(encoding="utf-8")
        found = json.loads(text)
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}.") from None
    except ValueError as error:
        # Not the error itself: it may quote the file, and there may be a key in it.
        place = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise BadInput(f"{path} is not JSON{place}.") from None
    if not isinstance(found, dict):
        raise BadInput(f"{path} holds no JSON object.")
    return found


def _api_key(variable: str, ask: bool) -> str | None:
    if ask:
        return str(typer.prompt("API key of the endpoint", hide_input=True, err=True))
    if variable != KEY_VARIABLE and variable not in os.environ:
        raise typer.BadParameter(
            f"the environment variable {variable} is not set", param_hint="--key-env"
        )
    return os.environ.get(variable) or None
