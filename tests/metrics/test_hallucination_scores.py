"""HallusionBench's scores, against a plain count over the same rows."""

from collections import defaultdict
from dataclasses import replace
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.metrics.hallucination import hallucination_scores
from evaluator.metrics.hallucination_table import Label, QuestionRow
from evaluator.metrics.intervals import wilson

SHARES = (
    *("aAcc", "qAcc", "fAcc", "easy_aAcc", "hard_aAcc", "fp_ratio"),
    *("consistent", "inconsistent", "consistently_wrong"),
    *("language_hallucination", "visual_illusion", "mixed"),
)
SUBCATEGORIES = (("VD", "ocr"), ("VS", "ocr"), ("VS", "map"))


def row(category, subcategory, number, figure, question, gold, label):
    pardoned = category == "VS" and figure == 0 and label is Label.UNCERTAIN
    return QuestionRow(
        category=category,
        subcategory=subcategory,
        set_id=str(number),
        figure_id=str(figure),
        question_id=str(question),
        visual_input=figure if category == "VS" else min(figure + 1, 2),
        gold=gold,
        label=label,
        correct=label is Label.RIGHT or pardoned,
    )


IDS = st.tuples(
    st.sampled_from(SUBCATEGORIES), st.integers(0, 2), st.integers(0, 2), st.integers(0, 1)
)
TABLES = st.dictionaries(
    IDS, st.tuples(st.booleans(), st.sampled_from(Label)), min_size=1, max_size=40
).map(
    lambda cells: [
        row(*part, number, figure, question, gold, label)
        for (part, number, figure, question), (gold, label) in cells.items()
    ]
)


def found(rows):
    return {(s.axis, s.dimension, s.metric): s for s in hallucination_scores(rows)}


def groups(rows, name):
    """Return the rows by group, without the groups of which an answer is unknown."""
    made = defaultdict(list)
    for r in rows:
        made[(r.category, r.subcategory, r.set_id, getattr(r, name))].append(r)
    return [
        [r.correct for r in group]
        for group in made.values()
        if all(r.label is not Label.UNKNOWN for r in group)
    ]


def counted(rows):
    """Count (right, all) of each metric in plain loops, as the authors' utils.py does."""
    scored = [r for r in rows if r.label is not Label.UNKNOWN]
    wrong = [r for r in scored if not r.correct]
    pairs = groups(rows, "question_id")
    easy = groups([r for r in rows if r.visual_input != 2], "question_id")
    hard = groups([r for r in rows if r.visual_input == 2], "question_id")
    figures = groups(
        [r for r in rows if not (r.category == "VS" and r.figure_id == "0")], "figure_id"
    )
    return {
        "aAcc": (sum(r.correct for r in scored), len(scored)),
        "qAcc": (sum(map(all, pairs)), len(pairs)),
        "easy_aAcc": (sum(map(all, easy)), len(easy)),
        "hard_aAcc": (sum(map(all, hard)), len(hard)),
        "fAcc": (sum(map(all, figures)), len(figures)),
        "consistent": (sum(map(all, figures)), len(figures)),
        "inconsistent": (sum(any(f) and not all(f) for f in figures), len(figures)),
        "consistently_wrong": (sum(not any(f) for f in figures), len(figures)),
        "fp_ratio": (sum(not r.gold for r in wrong), len(wrong)),
    }


@given(TABLES)
def test_counts_are_those_of_plain_loops_everywhere(rows):
    scores = found(rows)
    places = {("overall", "overall"): rows}
    for r in rows:
        places.setdefault(("category", r.category), []).append(r)
        places.setdefault(("subcategory", f"{r.category}/{r.subcategory}"), []).append(r)
    assert {key[:2] for key in scores} == set(places)
    for place, here in places.items():
        for metric, numbers in counted(here).items():
            score = scores[(*place, metric)]
            assert (score.correct, score.total) == numbers, (place, metric)


@given(TABLES)
def test_values_and_intervals_lie_where_they_can(rows):
    for (_, _, metric), score in found(rows).items():
        lowest = -1.0 if metric == "pct_diff" else 0.0
        if score.value is None:
            assert score.low is None
            assert score.high is None
            continue
        assert lowest <= score.value <= 1.0
        if score.low is not None:
            assert lowest <= score.low <= score.high <= 1.0


@given(TABLES, st.randoms(use_true_random=False))
def test_order_of_rows_changes_nothing(rows, random):
    shuffled = random.sample(rows, len(rows))
    assert hallucination_scores(shuffled) == hallucination_scores(rows)


@given(TABLES)
def test_consistency_and_diagnosis_divide_the_whole(rows):
    scores = found(rows)
    for names in (SHARES[6:9], SHARES[9:]):
        parts = [scores["overall", "overall", name] for name in names]
        assert len({p.total for p in parts}) == 1
        assert sum(p.correct for p in parts) == parts[0].total


class At(NamedTuple):
    number: int
    figure: int


def complete(sets=12, label=lambda _: Label.RIGHT):
    """Return ``sets`` sets of VS maps: two questions, no picture, an original and an edit."""
    return [
        row("VS", "map", number, figure, question, figure != 2, label(At(number, figure)))
        for number in range(sets)
        for figure in range(3)
        for question in range(2)
    ]


def test_without_failures_what_divides_them_is_unknown():
    scores = found(complete())
    for metric in ("fp_ratio", *SHARES[9:]):
        score = scores["overall", "overall", metric]
        assert (score.value, score.total, score.low, score.high) == (None, 0, None, None)


def test_perfect_answers_have_a_wilson_interval_over_sets():
    few, many = found(complete(4)), found(complete(40))
    for metric in ("overall", "aAcc", "qAcc", "fAcc"):
        some, more = few["overall", "overall", metric], many["overall", "overall", metric]
        assert (some.value, some.high) == (1.0, 1.0)
        assert 0 < some.low < more.low < 1


def test_pct_diff_is_signed():
    always_no = complete(label=lambda at: Label.RIGHT if at.figure == 2 else Label.WRONG)
    always_yes = complete(label=lambda at: Label.WRONG if at.figure == 2 else Label.RIGHT)
    assert found(always_no)["overall", "overall", "pct_diff"].value == pytest.approx(-2 / 3)
    assert found(always_yes)["overall", "overall", "pct_diff"].value == pytest.approx(1 / 3)
    assert found(always_yes)["overall", "overall", "fp_ratio"].value == 1.0


def test_interval_of_dependent_answers_is_wider_than_of_as_many_independent_ones():
    """Sets that are all right or all wrong say no more than one answer each."""
    rows = complete(30, lambda at: Label.RIGHT if at.number % 2 else Label.WRONG)
    score = found(rows)["overall", "overall", "aAcc"]
    independent = wilson(score.correct, score.total)
    assert score.high - score.low > 2 * (independent.high - independent.low)


def test_unknown_answer_leaves_its_pair_and_figure_out():
    rows = complete()
    lost = [replace(rows[2], label=Label.UNKNOWN, correct=False), *rows[:2], *rows[3:]]
    before, after = found(rows), found(lost)
    for metric in ("aAcc", "qAcc", "fAcc"):
        key = ("overall", "overall", metric)
        assert (after[key].value, after[key].total) == (1.0, before[key].total - 1)


def test_diagnosis_is_unknown_where_a_set_asks_nothing_without_a_picture():
    wrong = complete(label=lambda _: Label.WRONG)
    shown = [r for r in wrong if r.figure_id != "0"]
    dependent = [row("VD", "ocr", 0, f, 0, True, Label.WRONG) for f in range(2)]
    scores = found([*shown, *dependent])
    for metric in SHARES[9:]:
        assert scores["overall", "overall", metric].value is None
        assert scores["category", "VS", metric].value is None
        assert scores["category", "VD", metric].total == 2


def test_no_rows_have_no_scores():
    assert hallucination_scores([]) == []
