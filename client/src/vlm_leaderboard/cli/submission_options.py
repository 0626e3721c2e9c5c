"""The options that endpoints and checkpoints share, declared once."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import wraps
from typing import Annotated, Any, get_type_hints

import typer

from vlm_leaderboard.cli.follow import Timeout
from vlm_leaderboard.cli.output import AsJson, pairs

MODEL = ("name", "organization", "homepage", "parameters_b", "open_weights")
WHOLE = ("limit", "concurrency", "blind", "frugal", "probe", "note", "owner", "visibility")


@dataclass(frozen=True, kw_only=True)
class Shared:
    """What is said of either. None: not given."""

    name: Annotated[str | None, typer.Option(help="The model's name.")] = None
    organization: Annotated[str | None, typer.Option(help="Who made the model.")] = None
    homepage: Annotated[str | None, typer.Option(help="The model's page.")] = None
    parameters_b: Annotated[float | None, typer.Option(help="Parameters in billions.")] = None
    open_weights: Annotated[bool | None, typer.Option(help="Whether the weights can be had.")] = (
        None
    )
    benchmark: Annotated[
        list[str] | None,
        typer.Option(
            "--benchmark", "-b", help="See `vlm-leaderboard benchmarks`. May be repeated."
        ),
    ] = None
    precision: Annotated[str | None, typer.Option(help="Such as bf16, fp8, int4.")] = None
    component: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PART=PRECISION",
            help="Precision of vision_encoder, connector or language_model. May be repeated.",
        ),
    ] = None
    limit: Annotated[
        int | None, typer.Option(help="Only the first rows; such a run is never ranked.")
    ] = None
    concurrency: Annotated[int | None, typer.Option(help="Requests at once.")] = None
    blind: Annotated[
        str | None, typer.Option(help="none or grey: a second run without the pictures.")
    ] = None
    frugal: Annotated[
        bool | None, typer.Option(help="Leave out passes once a question is decided.")
    ] = None
    probe: Annotated[
        bool | None, typer.Option(help="Put it under load first, to measure how it serves.")
    ] = None
    note: Annotated[str | None, typer.Option(help="For reviewers.")] = None
    owner: Annotated[str | None, typer.Option(help="Short name of an organisation of yours.")] = (
        None
    )
    visibility: Annotated[str | None, typer.Option(help="private, organization or public.")] = None
    body: Annotated[
        str,
        typer.Option(
            "--from",
            metavar="FILE",
            help="JSON as for POST /api/v1/submissions; - for standard input. Options replace what is in it.",
        ),
    ] = ""
    idempotency_key: Annotated[
        str | None, typer.Option(help="The same submission with the same key is made once.")
    ] = None
    wait: Annotated[bool, typer.Option("--wait", help="Watch it to its end.")] = False
    timeout: Timeout = None
    as_json: AsJson = False

    def model(self) -> dict[str, Any]:
        """Return what is said of the model."""
        return {name: getattr(self, name) for name in MODEL}

    def weights(self) -> dict[str, Any]:
        """Return what is said of the precision."""
        components = pairs(self.component or (), "--component")
        return {"precision": self.precision, "components": components}

    def whole(self) -> dict[str, Any]:
        """Return what is said of the submission."""
        named = {name: getattr(self, name) for name in WHOLE}
        return {"benchmarks": self.benchmark or None, **named}


def with_shared(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of its parameter ``shared`` beside its own; typer reads them from the signature."""
    hints = get_type_hints(command, include_extras=True)
    options = get_type_hints(Shared, include_extras=True)
    keyword = inspect.Parameter.KEYWORD_ONLY
    own = [
        p.replace(annotation=hints[p.name], kind=keyword)
        for p in inspect.signature(command).parameters.values()
        if p.name != "shared"
    ]
    shared = [
        inspect.Parameter(f.name, keyword, default=f.default, annotation=options[f.name])
        for f in fields(Shared)
    ]

    @wraps(command)
    def flat(**given: Any) -> None:
        told = {f.name: given.pop(f.name) for f in fields(Shared)}
        command(shared=Shared(**told), **given)

    flat.__signature__ = inspect.Signature([*own, *shared])  # type: ignore[attr-defined] # what inspect reads first
    flat.__annotations__ = {p.name: p.annotation for p in (*own, *shared)}
    return flat
