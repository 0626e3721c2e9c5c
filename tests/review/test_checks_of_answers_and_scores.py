"""The automatic checks of answers, scores and copies, at and beside their limits."""

from __future__ import annotations

from typing import Any

import pytest

from leaderboard.review.checks import Facts, Finding, examine
from leaderboard.review.checks.facts import (
    Alike,
    Answers,
    Blind,
    OtherModel,
    OtherRun,
    Rate,
    ScoreFact,
    SizeClass,
)
from leaderboard.review.models import Check

Code, Status = Check.Code, Check.Status
OTHER = OtherRun("11111111-2222-3333-4444-555555555555", "Other VLM")
NAMED = {"id": OTHER.id, "name": "Other VLM"}


def find(code: Check.Code, **known: Any) -> Finding | None:
    given = Facts(limit=None, counts={}, max_errored_share=0.01, max_unjudged_share=0.01, **known)
    return next((f for f in examine(given) if f.code == code), None)


def finding(code: Check.Code, **known: Any) -> Finding:
    found = find(code, **known)
    assert found is not None
    return found


def score(value: float, margin: float = 0.0, total: int = 1000) -> ScoreFact:
    return ScoreFact(value, value - margin, value + margin, total)


# --- Answers --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "status", "limit"), [(10, "pass", 0.01), (11, "warn", 0.01), (101, "fail", 0.1)]
)
def test_answers_that_were_cut_off_warn_and_then_fail(
    number: int, status: str, limit: float
) -> None:
    found = finding(Code.TRUNCATED, answers=Answers(truncated=Rate(number, 1000, ("7", "9"))))
    assert (found.status, found.value, found.threshold) == (status, number / 1000, limit)
    assert found.data == {"truncated": number, "answered": 1000, "samples": ["7", "9"]}


@pytest.mark.parametrize(("number", "status"), [(50, "pass"), (51, "warn"), (201, "fail")])
def test_refusals_warn_and_then_fail(number: int, status: str) -> None:
    assert finding(Code.REFUSED, answers=Answers(refused=Rate(number, 1000))).status == status


def test_declining_without_a_picture_is_no_refusal() -> None:
    answers = Answers(refused=Rate(1000, 1000))
    assert find(Code.REFUSED, answers=answers, pictures_shown=False) is None


@pytest.mark.parametrize(
    ("leaked", "named", "status"),
    [(0, 0, "pass"), (1, 0, "pass"), (1, 1, "warn"), (2, 0, "warn"), (11, 0, "fail")],
)
def test_answers_that_know_the_key_are_counted_and_a_row_that_is_named_warns_at_once(
    leaked: int, named: int, status: str
) -> None:
    answers = Answers(leaked=Rate(leaked, 1000), named=named)
    found = finding(Code.LEAKED, answers=answers)
    assert (found.status, found.value, found.data["named"]) == (status, leaked / 1000, named)


def test_nothing_is_said_of_answers_of_which_nothing_is_known() -> None:
    for code in (Code.TRUNCATED, Code.REFUSED, Code.LEAKED):
        assert find(code) is None


# --- Biases ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bias", "status"),
    [
        (0.0, "pass"),
        (0.2, "pass"),
        (-0.2, "pass"),
        (0.21, "warn"),
        (-0.21, "warn"),
        (-0.36, "fail"),
    ],
)
def test_a_bias_to_yes_or_to_no_warns_and_then_fails(bias: float, status: str) -> None:
    scores = {"pct_diff": score(bias), "fp_ratio": score(0.7)}
    found = finding(Code.YES_BIAS, scores=scores)
    assert (found.status, found.value) == (status, bias)
    assert found.data == {"answered": 1000, "fp_ratio": 0.7}


def test_the_letter_of_the_largest_bias_decides_whatever_its_sign() -> None:
    scores = {"letter_bias_A": score(0.04), "letter_bias_B": score(-0.06), "vanilla": score(0.9)}
    found = finding(Code.LETTER_BIAS, scores=scores)
    assert (found.status, found.value, found.data["letter"]) == (Status.WARN, -0.06, "B")
    always = finding(Code.LETTER_BIAS, scores={"letter_bias_A": score(0.73)})
    assert (always.status, always.threshold) == (Status.FAIL, 0.2)


def test_a_few_answers_show_no_bias() -> None:
    few = {"pct_diff": score(0.5, total=199), "letter_bias_A": score(0.5, total=199)}
    assert find(Code.YES_BIAS, scores=few) is None
    assert find(Code.LETTER_BIAS, scores=few) is None


@pytest.mark.parametrize("kind", [{"baseline": True}, {"pictures_shown": False}])
def test_a_yardstick_and_a_run_without_pictures_may_be_biased(kind: dict[str, bool]) -> None:
    scores = {"pct_diff": score(0.5), "letter_bias_A": score(0.5)}
    assert find(Code.YES_BIAS, scores=scores, **kind) is None
    assert find(Code.LETTER_BIAS, scores=scores, **kind) is None


# --- Against other runs ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "margin", "status"),
    [
        (0.54, 0.0, "pass"),
        (0.56, 0.0, "warn"),
        (0.44, 0.0, "warn"),
        (0.66, 0.0, "fail"),
        (0.34, 0.0, "fail"),
        # The intervals together are wider than the difference.
        (0.56, 0.05, "pass"),
        (0.66, 0.12, "pass"),
        (0.66, 0.1, "fail"),
    ],
)
def test_a_jump_is_a_difference_that_is_large_and_no_noise(
    now: float, margin: float, status: str
) -> None:
    previous = OtherRun(OTHER.id, OTHER.model, score(0.5, margin))
    found = finding(Code.JUMP, headline=score(now, margin), previous=previous)
    assert found.status == status
    assert found.value == pytest.approx(now - 0.5)
    assert (found.data["now"], found.data["before"], found.data["runs"]) == (now, 0.5, [NAMED])


def test_without_a_previous_run_or_a_headline_there_is_no_jump() -> None:
    assert find(Code.JUMP, headline=score(0.5)) is None
    assert find(Code.JUMP, previous=OtherRun("1", "A", score(0.5))) is None
    assert find(Code.JUMP, headline=score(0.5), previous=OtherRun("1", "A")) is None


def peers(*values: float) -> SizeClass:
    return SizeClass(8.0, tuple(OtherRun(str(n), f"M{n}", score(v)) for n, v in enumerate(values)))


@pytest.mark.parametrize(
    ("now", "status"), [(0.60, "pass"), (0.70, "pass"), (0.71, "warn"), (0.49, "warn")]
)
def test_an_outlier_of_its_size_class_warns(now: float, status: str) -> None:
    # Alike as they are, their spread counts as three points: 3.5 of these are 10.5 points.
    found = finding(
        Code.SIZE_CLASS, headline=score(now), size_class=peers(0.59, 0.6, 0.6, 0.6, 0.61)
    )
    assert (found.status, found.threshold) == (status, pytest.approx(0.105))
    assert found.value == pytest.approx(now - 0.6)
    assert (found.data["peers"], found.data["from_b"], found.data["to_b"]) == (5, 4.0, 16.0)
    assert len(found.data["runs"]) == 5


def test_a_class_that_is_spread_allows_more_and_never_fails() -> None:
    spread = peers(0.3, 0.4, 0.5, 0.6, 0.7)
    assert finding(Code.SIZE_CLASS, headline=score(0.95), size_class=spread).status == "pass"
    alike = peers(0.1, 0.1, 0.1, 0.1, 0.1)
    assert finding(Code.SIZE_CLASS, headline=score(1.0), size_class=alike).status == "warn"


def test_four_peers_are_no_class() -> None:
    assert find(Code.SIZE_CLASS, headline=score(1.0), size_class=peers(0.1, 0.1, 0.1, 0.1)) is None


@pytest.mark.parametrize(("blind", "status"), [(0.54, "pass"), (0.56, "warn"), (0.76, "fail")])
def test_a_score_without_pictures_is_held_against_guessing(blind: float, status: str) -> None:
    own = finding(Code.BLIND, blind=Blind(blind, 0.25))
    assert (own.status, own.value) == (status, pytest.approx(blind - 0.25))
    assert own.data == {"blind": blind, "chance": 0.25}
    assert finding(Code.BLIND, blind=Blind(blind, 0.25, OTHER)).data["runs"] == [NAMED]


@pytest.mark.parametrize(
    ("agreement", "status"), [(0.6, "pass"), (0.61, "warn"), (0.9, "warn"), (0.91, "fail")]
)
def test_answers_of_another_model_warn_and_then_fail(agreement: float, status: str) -> None:
    alike = Alike(OTHER, equal=80, compared=100, agreement=agreement, runs=7)
    found = finding(Code.SAME_ANSWERS, alike=alike)
    assert (found.status, found.value) == (status, agreement)
    assert found.data == {"equal": 80, "compared": 100, "other_runs": 7, "runs": [NAMED]}


def test_weights_under_another_name_warn_and_own_ones_pass() -> None:
    shared = finding(Code.SAME_WEIGHTS, same_weights=(OtherModel("other", "Other VLM"),))
    assert (shared.status, shared.value) == (Status.WARN, 1)
    assert shared.data == {"models": [{"slug": "other", "name": "Other VLM"}]}
    assert finding(Code.SAME_WEIGHTS, same_weights=()).status == Status.PASS
    assert find(Code.SAME_WEIGHTS) is None
