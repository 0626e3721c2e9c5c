"""Which runs' answers are found to be alike, and which only look it."""

from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np
import pytest

from leaderboard.review.sketches import LENGTH, LONG, Codes, most_alike, sketch_of, step_of

ROWS = 1000
Model = Callable[[int], str]


def sketch(model: Model, right: Callable[[int], str], rows: int = ROWS) -> Codes:
    answers = ((row, model(row), model(row) == right(row)) for row in range(rows))
    return sketch_of(answers, rows)


def letter(row: int) -> str:
    """The right answer to a question with four options."""
    return "ABCD"[row * 7 % 4]


def errs(seed: int, share: float = 0.3, letters: str = "ABCD") -> Model:
    """Return a model that says something else to some questions of its own choice."""
    said = {}
    source = random.Random(seed)
    for row in range(ROWS):
        gold = letter(row) if letters == "ABCD" else "YN"[row % 2]
        others = [option for option in letters if option != gold]
        said[row] = source.choice(others) if source.random() < share else gold
    return said.__getitem__


def agreement(first: Codes, *others: Codes) -> float:
    found = most_alike(first, others)
    assert found is not None
    return found.agreement


def test_the_same_short_answers_with_their_errors_are_found_among_many() -> None:
    runs = [sketch(errs(seed), letter) for seed in range(20)]
    found = most_alike(sketch(errs(7), letter), runs)
    assert found is not None
    assert (found.other, found.agreement) == (7, 1.0)
    # Only what either gets wrong is compared: who is right says the same as everybody.
    assert found.equal == found.compared < 0.4 * ROWS


def test_models_that_err_apart_do_not_agree_although_they_say_mostly_the_same() -> None:
    first, second = errs(1, share=0.1), errs(2, share=0.1)
    same = sum(first(row) == second(row) for row in range(ROWS)) / ROWS
    assert same > 0.8
    assert agreement(sketch(first, letter), sketch(second, letter)) < 0.1


def test_long_answers_are_telling_also_where_they_are_right() -> None:
    def thorough(row: int) -> str:
        return f"{row} " + "because of what the picture shows " * 5

    def drifting(row: int) -> str:
        return thorough(row) + ("" if row % 4 else "indeed")

    same = sketch(thorough, thorough)
    assert agreement(same, same) == 1.0
    assert agreement(same, sketch(drifting, drifting)) == pytest.approx(0.75, abs=0.01)
    assert agreement(same, sketch(lambda row: thorough(row + ROWS), lambda _: "")) == 0.0


def test_short_right_answers_tell_nothing() -> None:
    perfect = sketch(letter, letter)
    assert most_alike(perfect, [perfect]) is None
    nearly_long = ((row, "x" * (LONG - 1), True) for row in range(ROWS))
    option = sketch_of(nearly_long, ROWS)
    assert most_alike(option, [option]) is None


def test_two_models_that_always_say_the_same_word_are_not_one() -> None:
    def yes_no(row: int) -> str:
        return "YN"[row % 2]

    always = sketch(lambda _: "Y", yes_no)
    assert agreement(always, always) == 0.0
    first, second = errs(1, 0.5, "YN"), errs(2, 0.5, "YN")
    assert agreement(sketch(first, yes_no), sketch(second, yes_no)) < 0.1
    assert agreement(sketch(first, yes_no), sketch(first, yes_no)) == 1.0


def test_what_was_not_answered_is_not_compared_and_few_rows_tell_nothing() -> None:
    wrong = ((row, "E", False) for row in range(49))
    few = sketch_of(wrong, ROWS)
    assert np.count_nonzero(few) == 49
    whole = sketch(errs(1), letter)
    assert most_alike(few, [whole]) is None
    assert most_alike(whole, []) is None
    assert most_alike(whole, [sketch_of([], ROWS)]) is None


def test_a_sketch_of_another_length_is_passed_over() -> None:
    whole = sketch(errs(1), letter)
    found = most_alike(whole, [whole[:-1], whole])
    assert found is not None
    assert found.other == 1
    assert most_alike(whole, [whole[:-1]]) is None


def test_a_large_set_is_sampled_evenly_and_space_around_an_answer_does_not_count() -> None:
    rows = 4329
    assert step_of(rows) == 5
    plain = sketch_of(((row, str(row), False) for row in range(rows)), rows)
    spaced = sketch_of(((row, f" {row}\n", False) for row in range(rows)), rows)
    assert len(plain) <= LENGTH
    assert np.count_nonzero(plain) == len(plain) == 866
    assert (plain == spaced).all()
    # An answer to a row that the data set does not have is nobody's business here.
    assert not sketch_of([(rows + 5, "x", False)], rows).any()
