"""Reading results."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import typer

from vlm_leaderboard.answers import BoardRow, Column, Paired, Score
from vlm_leaderboard.cli.output import AsJson, session
from vlm_leaderboard.texts import NOTHING, fraction, number, percent

RunId = Annotated[str, typer.Argument(metavar="RUN", help="Its id, or an address with it in it.")]


def scores(
    run: RunId,
    axis: Annotated[str, typer.Option(help="Only the scores of this axis.")] = "",
    as_json: AsJson = False,
) -> None:
    """Show every score of a run, in percent with its 95 % interval."""
    with session(as_json) as (client, out):
        found = client.scores(run)
        if as_json:
            out.document(found.raw)
            return
        out.hint(f"{found.benchmark}, {found.protocol or 'not graded yet'}")
        wanted = [s for s in found.scores if axis in ("", s.axis)]
        out.table(
            ("Axis", "Dimension", "Metric", ">Score %", ">Low", ">High", ">Correct", ">Of"),
            [_score(s) for s in wanted],
        )


def compare(
    first: Annotated[str, typer.Argument(metavar="RUN")],
    second: Annotated[str, typer.Argument(metavar="RUN")],
    as_json: AsJson = False,
) -> None:
    """Compare two runs of a benchmark on the questions that both have: the first less the second, in percent."""
    with session(as_json) as (client, out):
        found = client.compare(first, second)
        if as_json:
            out.document(found.raw)
            return
        out.hint(f"{found.benchmark}, {found.protocol}, {found.metric}")
        rows = [("", _paired(found.whole), found.whole.p)]
        rows += [(d.dimension, _paired(d.result), d.p_adjusted) for d in found.dimensions]
        out.table(
            (
                found.axis or "Dimension",
                ">N",
                ">First",
                ">Second",
                ">Difference",
                ">Better",
                ">Worse",
                ">p",
            ),
            [(name or "all", *cells, _p(p)) for name, cells, p in rows],
        )


def board(
    benchmark: Annotated[str, typer.Argument(help="Its short name.")], as_json: AsJson = False
) -> None:
    """Show a benchmark's board."""
    with session(as_json) as (client, out):
        found = client.board(benchmark)
        if as_json:
            out.document(found.raw)
            return
        out.hint(f"{found.benchmark}, {found.protocol}, version {found.number}")
        heads = [f">{_head(column)}" for column in found.columns]
        out.table(
            (">Rank", "Model", "Precision", "Engine", ">Score %", *heads, "Run"),
            [_row(row) for row in found.rows],
        )


def benchmarks(as_json: AsJson = False) -> None:
    """List the benchmarks that take submissions."""
    with session(as_json) as (client, out):
        found = client.benchmarks()
        if as_json:
            out.document([b.raw for b in found])
            return
        rows = [(b.slug, b.title, b.protocol, number(b.official_rows)) for b in found]
        out.table(("Benchmark", "Title", "Protocol", ">Rows"), rows)


def _score(score: Score) -> tuple[str, ...]:
    shares = (percent(x) for x in (score.value, score.low, score.high))
    counts = (number(score.correct), f"{score.total:,}")
    return score.axis, score.dimension, score.metric, *shares, *counts


def _paired(found: Paired) -> Iterable[str]:
    difference = fraction(found.difference, found.low, found.high)
    flips = (f"{found.first_better:,}", f"{found.second_better:,}")
    return f"{found.n:,}", percent(found.first), percent(found.second), difference, *flips


def _p(value: float | None) -> str:
    if value is None:
        return NOTHING
    return "<0.001" if value < 0.001 else f"{value:.3f}"


def _head(column: Column) -> str:
    return " ".join(x for x in (column.dimension, column.metric) if x)


def _row(row: BoardRow) -> tuple[str, ...]:
    rank = NOTHING if row.rank is None else str(row.rank)
    if row.rank is not None and row.rank_low != row.rank_high:
        rank += f" ({row.rank_low}-{row.rank_high})"
    cells = [NOTHING if c is None else fraction(c.value, c.low, c.high) for c in row.cells]
    told = (row.model.name, row.variant.precision, row.variant.engine, percent(row.value))
    return rank, *told, *cells, row.run
