"""What guessing scores, by the benchmarks' own rules."""

from __future__ import annotations

import pytest

from evaluator.benchmarks import get_benchmark
from evaluator.records import Item
from leaderboard.review.chance import chance_of
from tests.hallusion_set import hallusion_set
from tests.small_set import rows


def test_guessing_all_four_passes_of_a_question_right_is_rare() -> None:
    mmbench = get_benchmark("mmbench_en_dev")
    items = [
        Item(mmbench.key(doc), place, mmbench.fields(doc)) for place, doc in enumerate(rows(200))
    ]
    chance = chance_of(mmbench, items)
    assert chance is not None
    assert chance < 0.03
    assert chance_of(mmbench, items) == chance


def test_guessing_yes_or_no_is_right_about_half_of_the_time_and_less_often_for_whole_pairs() -> (
    None
):
    chance = chance_of(get_benchmark("hallusion_bench"), hallusion_set().items)
    # The mean of answers (a half), pairs and figures (a quarter each).
    assert chance == pytest.approx(1 / 3, abs=0.12)


def test_what_is_open_is_not_guessed() -> None:
    mmmu = get_benchmark("mmmu_val")
    doc = {
        "id": "validation_Math_1",
        "question": "How many?",
        "question_type": "open",
        "answer": "7",
        "options": "[]",
    }
    items = [Item(f"validation_Math_{n}", n, mmmu.fields(doc)) for n in range(20)]
    assert chance_of(mmmu, items) == 0.0


def test_without_questions_there_is_no_chance() -> None:
    assert chance_of(get_benchmark("mmbench_en_dev"), []) is None
