"""What changed between two versions of a board."""

from __future__ import annotations

import pytest
from django.utils import translation

from leaderboard.boards.changes import Change, changes, reason_in_words
from leaderboard.boards.models import BoardRow
from leaderboard.catalog.models import Variant, VlmModel
from leaderboard.runs.models import Run, Submission


def row(variant: int, rank: int | None, value: float = 0.5) -> BoardRow:
    known = Variant(pk=variant, model=VlmModel(name=f"M{variant}"), precision="bf16")
    return BoardRow(run=Run(submission=Submission(variant=known)), rank=rank, value=value)


def told(before: list[BoardRow], after: list[BoardRow]) -> list[tuple[Change, str]]:
    return [(c.kind, f"{c.known_as} {c.text}") for c in changes(before, after)]


def test_an_unchanged_board_says_nothing() -> None:
    assert told([row(1, 1)], [row(1, 1)]) == []


def test_rows_come_move_and_go() -> None:
    before = [row(1, 1, 0.9), row(2, 2), row(3, 3)]
    after = [row(4, 1, 0.95), row(1, 2, 0.9), row(3, 3)]
    assert told(before, after) == [
        (Change.ADDED, "M4 BF16 enters at rank 1 with 95.0"),
        (Change.MOVED, "M1 BF16 falls from rank 1 to 2"),
        (Change.REMOVED, "M2 BF16 is gone from rank 2"),
    ]


def test_a_better_rank_is_a_rise() -> None:
    assert told([row(1, 5)], [row(1, 2)]) == [(Change.MOVED, "M1 BF16 rises from rank 5 to 2")]


def test_a_new_score_on_the_same_rank_is_told() -> None:
    assert told([row(1, 1, 0.5)], [row(1, 1, 0.6)]) == [(Change.RESCORED, "M1 BF16 50.0 → 60.0")]


def test_becoming_a_baseline_is_told() -> None:
    assert told([row(1, 1)], [row(1, None)])[0][1] == "M1 BF16 is no longer ranked"
    assert told([row(1, None)], [row(1, 1)])[0][1] == "M1 BF16 is ranked now"
    assert told([row(1, None)], [])[0][1] == "M1 BF16 is gone"


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("Kestrel added", "新增 Kestrel"),
        ("Kestrel withdrawn", "撤下 Kestrel"),
        ("Kestrel graded again", "Kestrel 重新评分"),
        ("Kestrel is a baseline", "Kestrel 设为基线"),
        ("Kestrel is no baseline", "Kestrel 不再是基线"),
        ("labels corrected", "labels corrected"),
    ],
)
def test_a_reason_is_told_in_the_readers_language(reason: str, words: str) -> None:
    with translation.override("zh-hans"):
        assert reason_in_words(reason) == words
    with translation.override("en"):
        assert reason_in_words(reason) == reason
