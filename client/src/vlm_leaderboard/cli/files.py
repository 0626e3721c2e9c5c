"""Files that come and go."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, get_args

import typer

from vlm_leaderboard.cli.follow import Timeout, finish
from vlm_leaderboard.cli.output import AsJson, Output, session
from vlm_leaderboard.client import Form, Table
from vlm_leaderboard.errors import BadInput
from vlm_leaderboard.files import Destination

STANDARD_OUTPUT = "-"

export_app = typer.Typer(
    no_args_is_help=True, help="Download scores, responses, a board, or a model card's block."
)

Out = Annotated[
    str,
    typer.Option(
        "--out",
        "-o",
        metavar="FILE",
        help="- for standard output; by default a name of what it is.",
    ),
]
Format = Annotated[
    str | None,
    typer.Option(
        "--format",
        "-f",
        help="csv, json, jsonl or parquet; by default what FILE ends with, else csv.",
    ),
]
Force = Annotated[bool, typer.Option("--force", help="Replace a file that is there.")]
Mark = Annotated[bool, typer.Option("--mark", help="Begin a CSV as Excel wants it (UTF-8 mark).")]
Run = Annotated[str, typer.Argument(metavar="RUN", help="Its id, or an address with it in it.")]


@export_app.command()
def scores(
    run: Run,
    out: Out = "",
    form: Format = None,
    mark: Mark = False,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Download a run's scores."""
    _export("scores", run, out, form, mark, force, as_json)


@export_app.command()
def responses(
    run: Run,
    out: Out = "",
    form: Format = None,
    mark: Mark = False,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Download a run's responses, with questions and right answers."""
    _export("responses", run, out, form, mark, force, as_json)


@export_app.command()
def board(
    benchmark: Annotated[str, typer.Argument(help="Its short name.")],
    out: Out = "",
    form: Format = None,
    mark: Mark = False,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Download a benchmark's board."""
    _export("board", benchmark, out, form, mark, force, as_json)


@export_app.command("model-card")
def model_card(
    run: Run, out: Out = "model-index.yaml", force: Force = False, as_json: AsJson = False
) -> None:
    """Download the model-index of a run's model, for its card."""
    with session(as_json) as (client, output):
        client.export_model_card(run, _target(out), overwrite=force)
        _tell(output, out)


def import_(
    path: Annotated[
        str, typer.Argument(metavar="PATH", help="A results file, or lmms-eval's output folder.")
    ],
    benchmark: Annotated[str, typer.Option("--benchmark", "-b", help="Its short name.")],
    model: Annotated[str, typer.Option(help="The name of the model that gave the answers.")],
    organization: Annotated[str | None, typer.Option(help="Who made the model.")] = None,
    homepage: Annotated[str | None, typer.Option(help="The model's page.")] = None,
    parameters_b: Annotated[float | None, typer.Option(help="Parameters in billions.")] = None,
    open_weights: Annotated[
        bool | None, typer.Option(help="Whether the weights can be had.")
    ] = None,
    precision: Annotated[str | None, typer.Option(help="Such as bf16, fp8, int4.")] = None,
    engine: Annotated[str | None, typer.Option(help="What served it, in any words.")] = None,
    revision: Annotated[str | None, typer.Option(help="Commit, tag or branch.")] = None,
    note: Annotated[str | None, typer.Option(help="For reviewers.")] = None,
    owner: Annotated[
        str | None, typer.Option(help="Short name of an organisation of yours.")
    ] = None,
    visibility: Annotated[str | None, typer.Option(help="private, organization or public.")] = None,
    own_items: Annotated[
        bool, typer.Option("--own-items", help="Make a data set of items that are not the site's.")
    ] = False,
    wait: Annotated[
        bool, typer.Option("--wait", help="Wait until a large file is scored.")
    ] = False,
    timeout: Timeout = None,
    as_json: AsJson = False,
) -> None:
    """Make a run of answers given elsewhere: files of lmms-eval or VLMEvalKit, or JSON lines."""
    with session(as_json) as (client, out):
        run = client.import_results(
            path,
            benchmark,
            model,
            organization=organization,
            homepage=homepage,
            parameters_b=parameters_b,
            open_weights=open_weights,
            precision=precision,
            engine=engine,
            revision=revision,
            note=note,
            owner=owner,
            visibility=visibility,
            own_items=own_items or None,
        )
        finish(client.job(run.submission), out, wait=wait, timeout_s=timeout)


def _export(
    table: Table, of: str, out: str, form: str | None, mark: bool, force: bool, as_json: bool
) -> None:
    with session(as_json) as (client, output):
        chosen = _form(form, out)
        name = out or f"{of.rstrip('/').rpartition('/')[2]}-{table}.{chosen}"
        client.export(table, of, chosen, _target(name), overwrite=force, mark=mark)
        _tell(output, name)


def _form(given: str | None, out: str) -> Form:
    """Return the format that is asked for. Raises BadInput."""
    wanted = given or (Path(out).suffix[1:] if out != STANDARD_OUTPUT else "") or "csv"
    for form in get_args(Form):
        if wanted.lower() == form:
            found: Form = form
            return found
    raise BadInput(f"There is no format {wanted!r}; give --format {', '.join(get_args(Form))}.")


def _target(out: str) -> Destination:
    return sys.stdout.buffer if out == STANDARD_OUTPUT else out


def _tell(output: Output, out: str) -> None:
    if out == STANDARD_OUTPUT:
        return
    if output.as_json:
        output.document({"file": str(Path(out).absolute())})
    output.say(f"Written: {out}")
