"""What the command writes: answers to standard output, everything else to standard error."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from vlm_leaderboard.cli.exits import exit_code
from vlm_leaderboard.client import Client
from vlm_leaderboard.errors import ApiError, LeaderboardError, NotSignedIn
from vlm_leaderboard.texts import plain

AsJson = Annotated[
    bool,
    typer.Option(
        "--json", help="Write the site's answer as JSON; an error too, to standard error."
    ),
]


class Output:
    """Standard output, as tables or as JSON. Tables have tabs between the cells where it is no terminal."""

    def __init__(self, as_json: bool) -> None:
        self.as_json = as_json
        self._console = Console(highlight=False, markup=False)
        self.errors = Console(stderr=True, highlight=False, markup=False)

    def document(self, document: Any) -> None:
        """Write a JSON document."""
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False))

    def say(self, text: str) -> None:
        """Write a sentence for people; nothing where JSON is wanted."""
        if not self.as_json:
            self._console.print(plain(text), soft_wrap=True)

    def hint(self, text: str) -> None:
        """Write a sentence beside the answer."""
        self.errors.print(plain(text), soft_wrap=True)

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Write a table. Columns whose names begin with ``>`` hold numbers."""
        names = [name.removeprefix(">") for name in columns]
        cells = [[plain(cell, one_line=True) for cell in row] for row in rows]
        if not self._console.is_terminal:
            for row in (names, *cells):
                typer.echo("\t".join(row))
            return
        table = Table(box=None, pad_edge=False)
        for name, column in zip(names, columns, strict=True):
            table.add_column(
                name, justify="right" if column.startswith(">") else "left", overflow="fold"
            )
        for row in cells:
            table.add_row(*(Text(cell) for cell in row))
        self._console.print(table)

    def failure(self, error: LeaderboardError) -> None:
        """Write what went wrong."""
        if not self.as_json:
            self.hint(str(error))
            if isinstance(error, NotSignedIn):
                self.hint("Run `vlm-leaderboard login` with a token of your account page.")
            return
        told: dict[str, Any] = {"error": type(error).__name__, "message": str(error)}
        if isinstance(error, ApiError):
            told["problem"] = error.problem.raw
        typer.echo(json.dumps(told, indent=2, ensure_ascii=False), err=True)


@contextmanager
def failures(out: Output) -> Iterator[None]:
    """End the command with a sentence and an exit code where the block raises LeaderboardError."""
    try:
        yield
    except LeaderboardError as error:
        out.failure(error)
        raise typer.Exit(exit_code(error)) from None


@contextmanager
def session(as_json: bool) -> Iterator[tuple[Client, Output]]:
    """Give a client of the site that is configured, and where its answers go."""
    out = Output(as_json)
    with failures(out), Client() as client:
        yield client, out


def pairs(given: Sequence[str], option: str) -> Mapping[str, str] | None:
    """Return texts ``name=value`` as a mapping, None for none. Raises typer.BadParameter."""
    found = [text.partition("=") for text in given]
    for name, sign, _ in found:
        if not name or not sign:
            raise typer.BadParameter(f"{option} takes name=value")
    return {name: value for name, _, value in found} or None
