"""The board of how configurations serve: those measured on one class of hardware, ranked. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from leaderboard.boards.ranking import Standing, rank
from leaderboard.boards.rows import ComputedRow
from leaderboard.boards.serving_columns import Conditions

RANKS_BY = "output_tokens_per_s"


def serving_rows(rows: Sequence[ComputedRow], conditions: Conditions) -> list[ComputedRow]:
    """Return the rows that have figures under these conditions, ranked by output tokens/s of all streams.

    On hardware that nobody told, nothing is ranked: the machines behind two endpoints need not be alike. Nor are
    figures of the evaluations' own requests, whose load differs.
    """
    here = [
        row for row in rows if conditions.hardware is not None and conditions.covers(row.serving)
    ]
    fair = bool(conditions.hardware) and conditions.streams is not None
    standings = [
        Standing(
            conditions.figure(row.serving, RANKS_BY),
            None,
            None,
            ranked=fair and not row.run.submission.variant.model.is_baseline,
        )
        for row in here
    ]
    ranked = [
        replace(row, rank=at.rank if at else None, rank_low=None, rank_high=None)
        for row, at in zip(here, rank(standings), strict=True)
    ]
    return sorted(ranked, key=lambda row: (row.rank is None, row.rank or 0))
