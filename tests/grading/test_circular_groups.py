"""Rows find their question by index, and a question is right only in all of its rows."""

import numpy as np

from evaluator.grading.circular import circular_groups


def groups(rows):
    """Rows are (index, "right" | "wrong" | "errored" | "skipped")."""
    index = np.array([i for i, _ in rows], dtype=np.int64)
    states = np.array([s for _, s in rows])
    return circular_groups(index, states == "right", states == "wrong", states == "skipped")


def test_a_group_is_right_only_if_every_row_is():
    found = groups(
        [(7, "right"), (1_000_007, "right"), (8, "right"), (1_000_008, "wrong"), (9, "wrong")]
    )
    assert found.right.tolist() == [True, False, False]
    assert found.known.all()


def test_the_order_of_rows_does_not_matter():
    found = groups([(2_000_005, "right"), (3, "wrong"), (5, "right"), (1_000_005, "right")])
    assert found.code.tolist() == [1, 0, 1, 1]
    assert found.number.tolist() == [3, 1, 1, 2]
    assert found.first.tolist() == [1, 2]
    assert found.right.tolist() == [False, True]


def test_passes_are_as_many_as_the_data_has():
    found = groups([(1, "right"), (2, "right"), (1_000_002, "right"), (2_000_002, "right")])
    assert found.right.tolist() == [True, True]


def test_a_failed_request_leaves_its_group_unknown_even_beside_a_wrong_row():
    found = groups([(1, "right"), (1_000_001, "errored"), (2, "wrong"), (1_000_002, "errored")])
    assert found.known.tolist() == [False, False]


def test_what_was_not_asked_leaves_a_group_known_where_another_row_is_wrong():
    found = groups([(1, "right"), (1_000_001, "wrong"), (2_000_001, "skipped")])
    assert found.known.tolist() == [True]
    assert found.right.tolist() == [False]


def test_what_was_not_asked_without_a_wrong_row_leaves_its_group_unknown():
    found = groups(
        [
            *((1, "right"), (1_000_001, "skipped")),
            *((2, "skipped"), (1_000_002, "skipped")),
            *((3, "wrong"), (1_000_003, "errored"), (2_000_003, "skipped")),
        ]
    )
    assert not found.known.any()
