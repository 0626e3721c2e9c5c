"""How a variant serves against its baseline: at a number of streams at which both were probed."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from leaderboard.boards.quantising import ratios


def served(tokens_per_s: dict[int, float]) -> Any:
    """Return a row whose probe found these speeds, by number of streams."""
    levels = [{"concurrency": n, "tokens_per_s": speed} for n, speed in tokens_per_s.items()]
    variant = SimpleNamespace(size_bytes=None)
    return SimpleNamespace(
        serving={"host_class": "1x NVIDIA H200", "levels": levels},
        run=SimpleNamespace(submission=SimpleNamespace(variant=variant)),
    )


@pytest.mark.parametrize(
    ("wanted", "streams", "ratio"), [(None, 4, 3.0), (1, 1, 2.0), (16, 4, 3.0), (4, 4, 3.0)]
)
def test_where_one_probe_stopped_early_the_two_are_compared_before_that(
    wanted: int | None, streams: int, ratio: float
) -> None:
    lower, baseline = served({1: 80.0, 4: 60.0, 16: 40.0}), served({1: 40.0, 4: 20.0})
    for row, against, expected in ((lower, baseline, ratio), (baseline, lower, 1 / ratio)):
        found = ratios(row, against, wanted)
        assert found.streams == streams
        assert found.tokens_per_s == pytest.approx(expected)


def test_without_a_common_number_of_streams_nothing_is_compared() -> None:
    found = ratios(served({1: 80.0}), served({4: 20.0}), None)
    assert (found.streams, found.tokens_per_s) == (None, None)
