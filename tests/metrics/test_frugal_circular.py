"""Frugal CircularEval: fewer questions, the same circular score, and nothing guessed of the rest."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.metrics.circular import ChoiceRow, circular_scores
from evaluator.records import Verdict

VERDICTS = st.sampled_from([Verdict.CORRECT, Verdict.INCORRECT, Verdict.UNPARSED])
TABLES = st.lists(st.lists(VERDICTS, min_size=1, max_size=4), min_size=1, max_size=12)
"""The verdicts of a run: question by question, pass by pass."""


def frugal(passes):
    """What is left of a question's verdicts when no pass after the first wrong one is asked."""
    asked = next((n for n, v in enumerate(passes, 1) if v is not Verdict.CORRECT), len(passes))
    return [*passes[:asked], *[Verdict.SKIPPED] * (len(passes) - asked)]


def rows(table):
    return [
        ChoiceRow(
            index=number * 1_000_000 + question,
            verdict=verdict,
            predicted="A" if verdict in (Verdict.CORRECT, Verdict.INCORRECT) else None,
            gold="A" if verdict is Verdict.CORRECT else "B",
            letters="AB",
            places={"half": "even" if question % 2 == 0 else "odd"},
        )
        for question, passes in enumerate(table)
        for number, verdict in enumerate(passes)
    ]


def scores(table):
    found = circular_scores(rows(table), [("half", "even"), ("half", "odd")])
    return {(s.axis, s.dimension, s.metric): s for s in found}


@given(TABLES)
def test_circular_and_vanilla_are_those_of_the_full_run_at_every_place(table):
    full, saved = scores(table), scores([frugal(passes) for passes in table])
    for place in full:
        if place[2] in ("circular", "vanilla", "pass_1"):
            assert saved[place] == full[place]


@given(TABLES)
def test_what_is_not_null_is_that_of_the_full_run(table):
    full, saved = scores(table), scores([frugal(passes) for passes in table])
    assert saved.keys() == full.keys()
    for place, score in saved.items():
        assert score == full[place] or (score.value, score.correct, score.total) == (None, None, 0)


def test_what_a_frugal_run_cannot_say_is_null():
    found = scores([frugal([Verdict.INCORRECT, Verdict.CORRECT]), [Verdict.CORRECT] * 3])
    nulls = {metric for (axis, _, metric), s in found.items() if axis == "overall" and not s.total}
    assert nulls == {"all_rows", "pass_2", "letter_bias_A", "letter_bias_B"}
    assert found["overall", "overall", "circular"].value == pytest.approx(1 / 2)
    assert found["half", "even", "all_rows"].value is None
    assert found["half", "odd", "all_rows"].value == 1.0


def test_a_main_row_that_was_not_asked_leaves_vanilla_null():
    found = scores([[Verdict.SKIPPED, Verdict.INCORRECT], [Verdict.CORRECT]])
    assert found["overall", "overall", "vanilla"].value is None
    assert (found["overall", "overall", "circular"].correct, 2) == (
        1,
        found["overall", "overall", "circular"].total,
    )
