"""The scores of a small run, counted by hand."""

import pytest

from evaluator.metrics.circular import ChoiceRow, circular_scores
from evaluator.records import Verdict

LETTERS = "ABCD"
NOT_SCORED = {"!": Verdict.ERRORED, "?": Verdict.UNJUDGED, "-": Verdict.SKIPPED}


def row(index, gold, predicted, place=None, letters=LETTERS):
    """One row; predicted None is unparsed, "!" is errored, "?" is unjudged, "-" is skipped."""
    if predicted in NOT_SCORED:
        verdict, predicted = NOT_SCORED[predicted], None
    elif predicted is None:
        verdict = Verdict.UNPARSED
    else:
        verdict = Verdict.CORRECT if predicted == gold else Verdict.INCORRECT
    return ChoiceRow(index, verdict, predicted, gold, letters, {"L2": place} if place else {})


def scores(rows, places=()):
    return {(s.axis, s.dimension, s.metric): s for s in circular_scores(rows, places)}


RUN = [
    row(1, "A", "A", "x"),
    row(1_000_001, "B", "B", "x"),
    row(2, "A", "A", "x"),
    row(1_000_002, "B", "A", "x"),
    row(2_000_002, "C", None, "x"),
    row(3, "D", "A", "y"),
    row(1_000_003, "C", "C", "y"),
]


def counted(found, metric, place=("overall", "overall")):
    score = found[(*place, metric)]
    return score.correct, score.total


def test_circular_vanilla_all_rows_and_passes_are_counted_apart():
    found = scores(RUN)
    assert counted(found, "circular") == (1, 3)
    assert counted(found, "vanilla") == (2, 3)
    assert counted(found, "all_rows") == (4, 7)
    assert counted(found, "pass_1") == (2, 3)
    assert counted(found, "pass_2") == (2, 3)
    assert counted(found, "pass_3") == (0, 1)
    assert found["overall", "overall", "all_rows"].value == pytest.approx(4 / 7)


def test_scores_by_dimension_count_only_its_rows():
    found = scores(RUN, [("L2", "x"), ("L2", "y"), ("L2", "z")])
    assert counted(found, "circular", ("L2", "x")) == (1, 2)
    assert counted(found, "all_rows", ("L2", "x")) == (3, 5)
    assert counted(found, "circular", ("L2", "y")) == (0, 1)
    assert ("L2", "z", "circular") not in found


def test_a_group_stands_where_its_main_row_stands():
    found = scores(
        [row(1_000_001, "A", "A", "y"), row(1, "A", "A", "x")], [("L2", "x"), ("L2", "y")]
    )
    assert counted(found, "circular", ("L2", "x")) == (1, 1)
    assert counted(found, "circular", ("L2", "y")) == (0, 0)
    assert found["L2", "y", "circular"].value is None


def test_letter_bias_is_predicted_less_true_frequency_of_the_parsed_rows():
    found = scores(RUN)
    bias = {letter: found["overall", "overall", f"letter_bias_{letter}"] for letter in LETTERS}
    assert bias["A"].value == pytest.approx(4 / 6 - 2 / 6)
    assert bias["B"].value == pytest.approx(1 / 6 - 2 / 6)
    assert sum(b.value for b in bias.values()) == pytest.approx(0)
    assert {b.total for b in bias.values()} == {6}
    assert {b.correct for b in bias.values()} == {None}


def test_letters_that_no_row_offers_have_no_bias():
    found = scores([row(1, "A", "B", letters="AB")])
    assert ("overall", "overall", "letter_bias_C") not in found


@pytest.mark.parametrize("failed", ["!", "?"])
def test_what_failed_is_in_no_score(failed):
    found = scores([*RUN, row(4, "A", failed), row(1_000_004, "B", "B"), row(5, "A", failed)])
    assert counted(found, "circular") == (1, 3)
    assert counted(found, "vanilla") == (2, 3)
    assert counted(found, "all_rows") == (5, 8)


@pytest.mark.parametrize("failed", ["!", "?"])
def test_a_run_of_nothing_but_failures_has_no_values_instead_of_zeros(failed):
    found = scores([row(1, "A", failed), row(1_000_001, "B", failed)])
    for metric in ("circular", "vanilla", "all_rows", "letter_bias_A"):
        score = found["overall", "overall", metric]
        assert (score.value, score.low, score.high) == (None, None, None)


def test_no_rows_give_no_scores():
    assert circular_scores([], [("L2", "x")]) == []


def test_values_are_plain_python_numbers_within_their_interval():
    for score in circular_scores(RUN * 1, [("L2", "x")]):
        assert type(score.total) is int
        assert score.correct is None or type(score.correct) is int
        assert type(score.value) is float
        if score.low is not None:
            assert score.low <= score.value <= score.high


def test_a_perfect_run_still_has_an_interval_with_some_width():
    perfect = [row(i + p * 1_000_000, "A", "A") for i in range(50) for p in range(4)]
    score = scores(perfect)["overall", "overall", "all_rows"]
    assert score.value == score.high == 1.0
    assert 0.9 < score.low < 0.94
