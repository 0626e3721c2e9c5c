"""Which rows each filter leaves, and what the bar offers."""

from __future__ import annotations

from typing import Any

import pytest

from leaderboard.boards.filters import applied, choices, matching
from leaderboard.boards.state import BoardState
from tests.boards.board_rows import make_row, name_of
from tests.serving_facts import served

ROWS = [
    make_row("Big", 0.9, parameters_b=72.0, organization="Northlight", open_weights=True, facts=served(900, 20)),
    make_row("Small", 0.5, parameters_b=2.0, organization="Wadi", precision="fp8", engine="sglang", facts=served(90, 90)),
    make_row("Closed", 0.7, organization="Cobalt", precision="unknown", open_weights=False),
    make_row("Always A", 0.2, is_baseline=True, precision="unknown", engine="endpoint"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("state", "left"),
    [
        ({}, ["Big", "Small", "Closed", "Always A"]),
        ({"q": "north vllm"}, ["Big"]),
        ({"size_min": 10.0}, ["Big"]),
        ({"size_max": 10.0}, ["Small"]),
        ({"organization": "Wadi"}, ["Small"]),
        ({"precision": ("fp8", "bf16")}, ["Big", "Small"]),
        ({"engine": "sglang"}, ["Small"]),
        ({"open_weights": True}, ["Big"]),
        ({"meets_targets": True}, ["Small"]),
        ({"no_baselines": True}, ["Big", "Small", "Closed"]),
        ({"engine": "no such engine"}, []),
    ],
)
def test_each_filter_leaves_what_it_names(state: dict[str, Any], left: list[str]) -> None:
    assert [name_of(row) for row in matching(ROWS, BoardState(**state))] == left


def test_targets_met_on_other_hardware_are_not_claimed() -> None:
    elsewhere = make_row("Elsewhere", 0.5, facts=served(50, 200, host_class="1x NVIDIA L4"))
    here = [*ROWS, elsewhere]
    assert [name_of(row) for row in matching(here, BoardState(meets_targets=True))] == ["Small"]


def test_the_bar_offers_what_there_is() -> None:
    offered = choices(ROWS, BoardState(precision=("fp8",)))
    assert [c.value for c in offered.organizations] == ["Cobalt", "Northlight", "Wadi"]
    assert [(c.value, c.chosen, c.bits) for c in offered.precisions] == [
        ("bf16", False, 16),
        ("fp8", True, 8),
        ("unknown", False, 0),
    ]
    assert offered.sizes
    assert offered.targets
    assert offered.open_weights
    assert offered.baselines


def test_what_would_choose_nothing_is_not_offered() -> None:
    offered = choices([make_row("A", 0.5)], BoardState())
    assert not any((offered.sizes, offered.targets, offered.open_weights, offered.baselines))


def test_every_filter_in_force_can_be_dropped_alone() -> None:
    state = BoardState(
        q="x",
        size_min=1.0,
        size_max=9.0,
        organization="Wadi",
        precision=("fp8", "bf16"),
        engine="vllm",
        open_weights=True,
        meets_targets=True,
        no_baselines=True,
    )
    found = applied(state, choices(ROWS, state))
    assert len(found) == 10
    assert len({filter.url for filter in found}) == 10
    assert all(len(filter.url) < len(state.url()) for filter in found)
