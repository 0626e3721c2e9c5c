"""What two runs of a circular benchmark are compared on is what its headline counts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from evaluator.metrics.circular import ChoiceRow, circular_scores, circular_units
from evaluator.records import Verdict

PASS = 1_000_000

verdicts = st.lists(st.lists(st.sampled_from(Verdict), min_size=1, max_size=4), max_size=8)


def rows(questions: list[list[Verdict]]) -> list[ChoiceRow]:
    return [
        ChoiceRow(number + turn * PASS, verdict, None, "A", "AB")
        for number, passes in enumerate(questions)
        for turn, verdict in enumerate(passes)
    ]


@given(verdicts)
def test_the_units_are_the_questions_of_the_circular_score(questions: list[list[Verdict]]) -> None:
    table = rows(questions)
    units = circular_units(table)
    scores = {s.metric: s for s in circular_scores(table, ()) if s.axis == "overall"}
    found = scores.get("circular")
    assert len(units) == (found.total if found else 0)
    assert sum(points for _, points in units.values()) == (found.correct if found else 0)
    assert all(unit == cluster for unit, (cluster, _) in units.items())


def test_a_question_keeps_its_name_whichever_of_its_rows_are_there() -> None:
    right = Verdict.CORRECT
    late = [ChoiceRow(7 + PASS, right, None, "A", "AB"), ChoiceRow(7, right, None, "A", "AB")]
    assert circular_units(late) == {"7": ("7", 1.0)}
