"""What a table of configurations needs of a row: of a stored board, or computed of several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from leaderboard.boards.serving import Serving
from leaderboard.runs.models import Run

Cell = dict[str, Any]
"""``value`` and, where known, ``low``, ``high``, ``correct`` and ``total``."""


class Row(Protocol):
    """One configuration. ``cells`` follow the board's columns; ``rank`` is None for what is not ranked."""

    @property
    def run(self) -> Run: ...
    @property
    def rank(self) -> int | None: ...
    @property
    def rank_low(self) -> int | None: ...
    @property
    def rank_high(self) -> int | None: ...
    @property
    def cells(self) -> Sequence[Cell | None]: ...
    @property
    def serving(self) -> Serving: ...
    @property
    def verified(self) -> bool: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ComputedRow:
    """A row of a board that is computed when it is shown and never stored. ``run`` is the one that it leads to.

    ``runs`` are the ids of the configuration's runs, by benchmark family; ``verified`` says whether all of them are.
    """

    run: Run
    cells: Sequence[Cell | None]
    serving: Serving
    rank: int | None = None
    rank_low: int | None = None
    rank_high: int | None = None
    runs: dict[str, Run] = field(default_factory=dict)
    verified: bool = False


def is_verified(row: object) -> bool:
    """Whether a stored row that was read ``for_display`` is of a verified run."""
    return bool(getattr(row, "verified", False))
