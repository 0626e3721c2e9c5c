"""The automatic checks of counts and of the submitter's word, at and beside their limits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from leaderboard.review.checks import Facts, Finding, examine
from leaderboard.review.models import Check

Code, Status = Check.Code, Check.Status

READ = {
    "parameters": 7_615_616_512,
    "parameters_exact": True,
    "precision": {
        "vision_encoder": {"scheme": "fp16", "bits": 16},
        "language_model": {"scheme": "awq_int4", "bits": 4},
    },
}


def facts(
    items: int = 1000,
    responses: int | None = None,
    unparsed: int = 0,
    errored: int = 0,
    unjudged: int = 0,
    skipped: int = 0,
    limit: int | None = None,
    declared: str = "awq_int4",
    components: Mapping[str, str] | None = None,
    declared_b: float | None = 7.6,
    checkpoint: Mapping[str, Any] | None = None,
) -> Facts:
    counts = {
        "items": items,
        "responses": items if responses is None else responses,
        "unparsed": unparsed,
        "errored": errored,
        "unjudged": unjudged,
        "skipped": skipped,
    }
    return Facts(
        limit=limit,
        counts=counts,
        max_errored_share=0.01,
        max_unjudged_share=0.02,
        declared_precision=declared,
        declared_components=components or {},
        declared_parameters_b=declared_b,
        checkpoint=READ if checkpoint is None else checkpoint,
    )


def finding(code: Check.Code, given: Facts) -> Finding:
    return next(f for f in examine(given) if f.code == code)


def test_a_clean_run_of_which_nothing_else_is_known_passes_these_checks_once() -> None:
    found = examine(facts())
    assert [f.code for f in found] == [
        Code.COMPLETENESS,
        Code.LIMITED,
        Code.ERRORED,
        Code.UNPARSED,
        Code.UNJUDGED,
        Code.PRECISION,
        Code.PARAMETERS,
    ]
    assert {f.status for f in found} == {Status.PASS}


@pytest.mark.parametrize(("responses", "status"), [(1000, Status.PASS), (999, Status.FAIL)])
def test_one_missing_response_fails_completeness(responses: int, status: Check.Status) -> None:
    found = finding(Code.COMPLETENESS, facts(responses=responses))
    assert (found.status, found.value, found.threshold) == (status, responses / 1000, 1.0)
    assert found.data == {"responses": responses, "items": 1000}


@pytest.mark.parametrize(("errored", "status"), [(0, "pass"), (10, "pass"), (11, "fail")])
def test_failed_requests_fail_above_the_sites_limit(errored: int, status: str) -> None:
    found = finding(Code.ERRORED, facts(errored=errored))
    assert (found.status, found.value, found.threshold) == (status, errored / 1000, 0.01)


@pytest.mark.parametrize(
    ("unparsed", "status", "threshold"),
    [
        (50, "pass", 0.05),
        (51, "warn", 0.05),
        (300, "warn", 0.05),
        (301, "fail", 0.30),
    ],
)
def test_unparsed_answers_warn_and_then_fail(unparsed: int, status: str, threshold: float) -> None:
    found = finding(Code.UNPARSED, facts(unparsed=unparsed))
    assert (found.status, found.value, found.threshold) == (status, unparsed / 1000, threshold)


def test_the_unparsed_rate_is_of_the_answers_and_not_of_the_failures() -> None:
    found = finding(Code.UNPARSED, facts(unparsed=30, errored=500))
    assert found.value == pytest.approx(0.06)
    assert found.status == Status.WARN


@pytest.mark.parametrize(("unjudged", "status"), [(0, "pass"), (18, "pass"), (19, "fail")])
def test_failures_of_the_judge_fail_above_the_sites_limit(unjudged: int, status: str) -> None:
    found = finding(Code.UNJUDGED, facts(unjudged=unjudged, errored=50, skipped=50))
    assert (found.status, found.value, found.threshold) == (status, unjudged / 900, 0.02)


def test_questions_that_were_not_asked_are_in_no_share() -> None:
    given = facts(unparsed=5, errored=2, skipped=900)
    assert finding(Code.ERRORED, given).value == pytest.approx(2 / 100)
    assert finding(Code.UNPARSED, given).value == pytest.approx(5 / 98)


def test_a_limited_run_fails_whatever_it_answered() -> None:
    found = finding(Code.LIMITED, facts(items=100, limit=100))
    assert (found.status, found.value) == (Status.FAIL, 100)
    assert finding(Code.COMPLETENESS, facts(items=100, limit=100)).status == Status.PASS


def test_a_run_without_a_response_passes_nothing_about_its_responses() -> None:
    found = {f.code: f for f in examine(facts(items=0))}
    for code in (Code.COMPLETENESS, Code.ERRORED, Code.UNPARSED, Code.UNJUDGED):
        assert (found[code].status, found[code].value) == (Status.FAIL, None)


@pytest.mark.parametrize(
    ("declared", "status"),
    [
        ("awq_int4", "pass"),
        ("int4", "pass"),
        ("bf16", "fail"),
        ("gptq_int4", "fail"),
        ("fp8", "fail"),
    ],
)
def test_declared_precision_is_held_against_the_language_model(declared: str, status: str) -> None:
    found = finding(Code.PRECISION, facts(declared=declared))
    assert (found.status, found.value) == (status, 4)
    assert found.data == {"component": "language_model", "declared": declared, "read": "awq_int4"}


def test_worst_component_decides() -> None:
    cast = finding(Code.PRECISION, facts(components={"vision_encoder": "bf16"}))
    assert (cast.status, cast.data["component"]) == (Status.WARN, "vision_encoder")
    wrong = finding(Code.PRECISION, facts(declared="bf16", components={"vision_encoder": "bf16"}))
    assert (wrong.status, wrong.data["component"]) == (Status.FAIL, "language_model")
    assert (wrong.value, wrong.threshold) == (4, 16)


@pytest.mark.parametrize(
    ("billions", "status"),
    [(7.6, "pass"), (8.4, "pass"), (9.0, "warn"), (72.0, "fail"), (3.0, "fail")],
)
def test_declared_size_is_held_against_the_weights(billions: float, status: str) -> None:
    found = finding(Code.PARAMETERS, facts(declared_b=billions))
    assert (found.status, found.threshold) == (status, billions)


def test_nothing_is_said_of_what_was_not_read_or_not_declared() -> None:
    codes = {f.code for f in examine(facts(checkpoint={}))}
    assert not codes & {Code.PRECISION, Code.PARAMETERS}
    codes = {f.code for f in examine(facts(declared="unknown", declared_b=None))}
    assert not codes & {Code.PRECISION, Code.PARAMETERS}
