"""The console command ``vlm-leaderboard``. What it ends with is in ``exits``."""

from __future__ import annotations

from typing import Annotated

import typer

from vlm_leaderboard._version import __version__
from vlm_leaderboard.cli import files, follow, login, results, submit
from vlm_leaderboard.cli.exits import EPILOG

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    # Tracebacks with the values of variables would show tokens.
    pretty_exceptions_enable=False,
    epilog=EPILOG,
)
app.add_typer(submit.app, name="submit")
app.add_typer(files.export_app, name="export")
for command in (
    *(login.login, login.logout, login.whoami),
    *(follow.watch, follow.runs, follow.cancel, follow.retry),
    *(results.scores, results.compare, results.board, results.benchmarks),
):
    app.command()(command)
app.command("import")(files.import_)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"vlm-leaderboard-client {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Submit vision-language models to a VLM Leaderboard, follow them, and read results."""


def main() -> None:
    """Run the command."""
    app()
