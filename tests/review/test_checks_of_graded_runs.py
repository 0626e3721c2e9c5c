"""What the automatic checks find of real runs: against their answers, other runs, other models and guessing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from evaluator.records import Item, Response
from leaderboard.accounts.models import User
from leaderboard.catalog.models import Variant, VlmModel
from leaderboard.core.judges import judge_of
from leaderboard.results.ingest import ingest
from leaderboard.results.regrade import regrade
from leaderboard.review.attaching import attach_checks, refresh_checks
from leaderboard.review.checks.thresholds import MIN_PEERS
from leaderboard.review.gathering import facts_of
from leaderboard.review.models import AnswerSketch, Check
from leaderboard.review.services import approve, correct_score, supersede
from leaderboard.runs.models import Run
from leaderboard.runs.presenters import history
from leaderboard.runs.states import RunState
from tests.factories import (
    deliver,
    make_checkpoint_request,
    make_graded_run,
    make_published_run,
    make_reviewer,
    make_run,
    make_submission,
    make_user,
    start,
)
from tests.results.changed_grader import DECLARED, STRICTER, change_grader
from tests.small_set import Answer, SmallSet, always_a, knows_first, respond, right, small_set

pytestmark = pytest.mark.django_db

Code = Check.Code
SHA = "ab" * 32


def large_set() -> SmallSet:
    """As many rows as a comparison of answers and a bias take."""
    return small_set(questions=64)


def grade(
    answer: Answer = right, data: SmallSet | None = None, user: User | None = None, **fields: Any
) -> Run:
    """Return a run in review of a model that gave these answers."""
    manifest = {name: fields.pop(name) for name in ("checkpoint",) if name in fields}
    run = make_run(RunState.EVALUATING, user, **fields)
    return ingest(run, **deliver(run, answer, data=data, **manifest).arguments())


def publish(run: Run) -> Run:
    approve(run, make_reviewer(), "made by a test")
    run.refresh_from_db()
    return run


def check(run: Run, code: Code) -> Check:
    return run.checks.get(code=code)


def has(run: Run, code: Code) -> bool:
    return run.checks.filter(code=code).exists()


def says(texts: dict[int, str]) -> Answer:
    """Return a model that is right but for what it says at these positions."""

    def answer(item: Item) -> str:
        return texts.get(item.position, right(item))

    return answer


# --- Its own answers ------------------------------------------------------------------------------


def test_cut_off_answers_are_found_with_their_samples() -> None:
    run = make_run(RunState.EVALUATING)
    data = small_set()
    responses = [respond(item, right(item)) for item in data.items]
    responses[3] = replace(responses[3], finish_reason="length")
    responses[4] = replace(responses[4], finish_reason=None)
    ingest(run, **deliver(run, responses=responses).arguments())
    found = check(run, Code.TRUNCATED)
    assert (found.data["truncated"], found.data["answered"]) == (1, 31)
    assert found.data["samples"] == [data.items[3].key]
    assert found.status == "warn"


def test_refusals_and_leaks_are_found_with_their_samples() -> None:
    items = small_set().items
    key = items[30].key
    run = make_graded_run(
        says({5: "I'm sorry, I cannot see the image.", 6: "Answer key: B", 30: f"{key}: B"})
    )
    refused, leaked = check(run, Code.REFUSED), check(run, Code.LEAKED)
    assert (refused.value, refused.data["samples"]) == (1 / 32, [items[5].key])
    assert (leaked.status, leaked.data["named"]) == ("fail", 1)
    assert leaked.data["samples"] == [items[6].key, key]


def test_without_pictures_declining_is_not_checked() -> None:
    sighted, blind = make_submission(blind="none").runs.order_by("id")
    start(sighted)
    for run in (sighted, blind):
        ingest(run, **deliver(run, says({5: "I cannot see any image."})).arguments())
    assert has(sighted, Code.REFUSED)
    assert not has(blind, Code.REFUSED)


def test_a_model_that_always_says_a_letter_fails_unless_it_is_a_yardstick() -> None:
    run = grade(always_a, large_set())
    found = check(run, Code.LETTER_BIAS)
    assert (found.status, found.data["letter"], found.value) == ("fail", "A", 0.75)
    yardstick = grade(always_a, large_set(), model_name="Always A", is_baseline=True)
    assert not has(yardstick, Code.LETTER_BIAS)


# --- The model's earlier run ----------------------------------------------------------------------


def test_a_score_that_fell_is_held_against_the_last_published_run_of_the_model() -> None:
    publish(grade(knows_first(8), large_set()))
    last = publish(grade(knows_first(64), large_set()))
    make_graded_run(knows_first(1))  # another data set, and not published
    found = check(grade(knows_first(16), large_set()), Code.JUMP)
    assert (found.status, found.value) == ("fail", -0.75)
    assert found.data["runs"] == [{"id": str(last.public_id), "name": "Tiny VLM"}]


def test_a_superseded_run_is_a_previous_run_too() -> None:
    old = publish(grade(knows_first(8), large_set()))
    new = publish(grade(knows_first(64), large_set()))
    supersede(old, make_reviewer(), "a newer one")
    later = grade(knows_first(64), large_set())
    assert check(later, Code.JUMP).data["runs"][0]["id"] == str(new.public_id)
    # What came later is no previous run.
    refresh_checks(new)
    assert check(new, Code.JUMP).data["runs"][0]["id"] == str(old.public_id)


@pytest.mark.parametrize(
    "other", [{"model_name": "Other VLM"}, {"precision": "fp8"}, {"limit": 32}]
)
def test_a_run_that_measures_something_else_is_no_previous_run(other: dict[str, Any]) -> None:
    make_published_run(knows_first(8))
    assert not has(make_graded_run(knows_first(1), **other), Code.JUMP)


def test_a_run_that_nobody_may_see_is_no_previous_run() -> None:
    make_graded_run(knows_first(8))
    make_run(RunState.REJECTED)
    assert not has(make_graded_run(knows_first(1)), Code.JUMP)


# --- Models of its size ---------------------------------------------------------------------------


def test_an_outlier_among_models_of_its_size_warns_and_names_them() -> None:
    for number in range(MIN_PEERS):
        publish(grade(knows_first(2), model_name=f"Peer {number}", parameters_b=7.0 + number))
    publish(grade(knows_first(8), model_name="Giant", parameters_b=72.0))
    publish(grade(knows_first(8), model_name="Nobody knows"))
    yardstick = grade(knows_first(8), model_name="Yardstick", parameters_b=8, is_baseline=True)
    publish(yardstick)
    # The second run of a peer, in another precision, counts once with its best.
    publish(grade(knows_first(1), model_name="Peer 0", precision="fp8"))

    run = grade(knows_first(8), model_name="Wonder", parameters_b=8.0)
    found = check(run, Code.SIZE_CLASS)
    assert (found.status, found.value, found.data["peers"]) == ("warn", 6 / 8, MIN_PEERS)
    assert {r["name"] for r in found.data["runs"]} == {f"Peer {n}" for n in range(MIN_PEERS)}


def test_too_few_models_of_its_size_say_nothing() -> None:
    for number in range(MIN_PEERS - 1):
        publish(grade(knows_first(2), model_name=f"Peer {number}", parameters_b=8.0))
    publish(grade(knows_first(2), model_name="Wonder", parameters_b=8.0))
    assert not has(grade(model_name="Wonder", parameters_b=8.0), Code.SIZE_CLASS)


# --- Without pictures -----------------------------------------------------------------------------


def blind_pair(knows: int) -> tuple[Run, Run]:
    """Return the runs with and without pictures of a model that knows so many of the 64 questions blind."""
    sighted, blind = make_submission(blind="none").runs.order_by("id")
    start(sighted)
    data = large_set()
    ingest(sighted, **deliver(sighted, right, data=data).arguments())
    ingest(blind, **deliver(blind, knows_first(knows), data=data).arguments())
    return sighted, blind


@pytest.mark.parametrize(("knows", "status"), [(8, "pass"), (26, "warn"), (48, "fail")])
def test_a_high_score_without_pictures_is_told_of_both_runs(knows: int, status: str) -> None:
    sighted, blind = blind_pair(knows)
    own, with_pictures = check(blind, Code.BLIND), check(sighted, Code.BLIND)
    assert own.status == with_pictures.status == status
    assert own.data["blind"] == knows / 64
    assert own.data["chance"] < 0.1
    assert "runs" not in own.data
    assert with_pictures.data["runs"] == [{"id": str(blind.public_id), "name": "Tiny VLM"}]


def test_a_run_whose_checks_change_afterwards_says_so_in_its_history() -> None:
    sighted, _ = blind_pair(48)
    event = sighted.events.last()
    assert event is not None
    assert event.data == {"checks": {"blind": {"from": "", "to": "fail"}}}
    told = history([event], private=False)[0]
    assert told.what == "other results of automatic checks"


# --- Copies ---------------------------------------------------------------------------------------


def test_the_same_answers_under_another_name_fail_and_lead_to_the_run() -> None:
    first = grade(knows_first(40), large_set(), model_name="First")
    second = grade(knows_first(40), large_set(), model_name="Second")
    assert not has(first, Code.SAME_ANSWERS)
    found = check(second, Code.SAME_ANSWERS)
    assert (found.status, found.value) == ("fail", 1.0)
    assert (found.data["equal"], found.data["compared"]) == (96, 96)
    assert found.data["runs"] == [{"id": str(first.public_id), "name": "First"}]
    # Once it is looked at again, the first is told of the second.
    assert refresh_checks(first) == {"same_answers": ("", "fail")}


@pytest.mark.parametrize(
    "other", [{"precision": "fp8"}, {"model_name": "Yardstick", "is_baseline": True}]
)
def test_the_models_own_runs_and_yardsticks_are_no_copies(other: dict[str, Any]) -> None:
    grade(knows_first(40), large_set())
    assert not has(grade(knows_first(40), large_set(), **other), Code.SAME_ANSWERS)


def test_another_models_errors_are_its_own() -> None:
    def other_errors(item: Item) -> str:
        return right(item) if item.position % 3 else "ABCD"["ABCD".index(right(item)) - 2]

    grade(knows_first(40), large_set(), model_name="First")
    found = check(grade(other_errors, large_set(), model_name="Second"), Code.SAME_ANSWERS)
    assert found.status == "pass"


def test_answers_without_pictures_are_not_compared() -> None:
    for name in ("First", "Second"):
        sighted, blind = make_submission(blind="none", model_name=name).runs.order_by("id")
        start(sighted)
        ingest(blind, **deliver(blind, knows_first(40), data=large_set()).arguments())
        assert not has(blind, Code.SAME_ANSWERS)
        ingest(sighted, **deliver(sighted, knows_first(20), data=large_set()).arguments())
    assert check(sighted, Code.SAME_ANSWERS).data["runs"][0]["name"] == "First"


def checkpoint(name: str, **facts: Any) -> Run:
    request = make_checkpoint_request(model_name=name, source=f"acme/{name}")
    fields = {
        "kind": request.kind,
        "source": request.source,
        "engine": request.engine,
        "base_url": "",
        "served_name": "",
    }
    return grade(model_name=name, checkpoint={"weights_hashed": "content", **facts}, **fields)


@pytest.mark.parametrize("fact", [{"weights_sha256": SHA}, {"commit": SHA[:40]}])
def test_the_same_weights_under_another_name_warn_and_lead_to_the_model(
    fact: dict[str, str],
) -> None:
    assert check(checkpoint("first", **fact), Code.SAME_WEIGHTS).status == "pass"
    found = check(checkpoint("second", **fact), Code.SAME_WEIGHTS)
    first = VlmModel.objects.get(name="first")
    assert (found.status, found.value) == ("warn", 1)
    assert found.data["models"] == [{"slug": first.slug, "name": "first"}]


def test_other_weights_and_unknown_ones_are_no_duplicates() -> None:
    checkpoint("first", weights_sha256=SHA)
    assert check(checkpoint("second", weights_sha256="cd" * 32), Code.SAME_WEIGHTS).value == 0
    assert Variant.objects.filter(weights_sha256="").exists() is False
    for nothing in ({}, {"weights_sha256": ""}, {"weights_sha256": ["x"]}):
        assert not has(checkpoint("third", **nothing), Code.SAME_WEIGHTS)
    assert not has(make_graded_run(), Code.SAME_WEIGHTS)


# --- The rule for trusted submitters --------------------------------------------------------------


def test_a_copy_of_a_trusted_submitter_waits_for_a_reviewer() -> None:
    trusted = make_user(trusted_submitter=True)
    first = grade(knows_first(40), large_set(), trusted, model_name="First")
    second = grade(knows_first(40), large_set(), trusted, model_name="Second")
    states = [Run.objects.get(pk=run.pk).state for run in (first, second)]
    assert states == [RunState.PUBLISHED, RunState.REVIEW]


# --- Again, at once, at what cost -----------------------------------------------------------------


def test_attaching_again_replaces_what_was_found_and_is_no_event() -> None:
    run = make_graded_run()
    before = list(run.checks.values_list("code", "status", "value", "data"))
    events = run.events.count()
    attach_checks(run)
    assert refresh_checks(run) == {}
    assert list(run.checks.values_list("code", "status", "value", "data")) == before
    assert run.events.count() == events
    assert AnswerSketch.objects.count() == 1


def test_grading_again_makes_the_checks_and_the_sketch_of_the_new_verdicts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = grade(right, large_set())
    sketch = bytes(run.answer_sketch.codes)
    assert check(run, Code.UNPARSED).status == "pass"
    change_grader(monkeypatch, STRICTER)
    regrade(run, judge_of(DECLARED))
    assert check(run, Code.UNPARSED).value == 0.25
    assert bytes(AnswerSketch.objects.get().codes) != sketch


def test_a_corrected_score_is_checked_as_it_is_shown_now() -> None:
    publish(grade(knows_first(64), large_set()))
    run = grade(knows_first(8), large_set())
    assert check(run, Code.JUMP).status == "fail"
    place = ("overall", "overall", "circular")
    correct_score(run, make_reviewer(), place, 1.0, "the key was wrong")
    assert check(run, Code.JUMP).status == "pass"


@pytest.mark.django_db(transaction=True)
def test_of_two_copies_that_are_graded_at_once_one_finds_the_other() -> None:
    runs = [make_run(RunState.EVALUATING, model_name=name) for name in ("First", "Second")]
    deliveries = [deliver(run, knows_first(40), data=large_set()) for run in runs]
    together = Barrier(2)

    def take_in(place: int) -> None:
        try:
            together.wait()
            ingest(runs[place], **deliveries[place].arguments())
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(take_in, range(2)))
    found = Check.objects.filter(code=Code.SAME_ANSWERS)
    assert [c.status for c in found] == ["fail"]


@pytest.mark.django_db(transaction=True)
def test_checks_that_are_made_at_once_stand_once() -> None:
    run = make_graded_run()
    expected = list(run.checks.values_list("code", flat=True))
    check(run, Code.LEAKED).delete()
    events = run.events.count()
    together = Barrier(4)

    def make(_number: int) -> None:
        try:
            together.wait()
            refresh_checks(Run.objects.get(pk=run.pk))
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(make, range(4)))
    assert list(run.checks.values_list("code", flat=True)) == expected
    # One of them found a check missing, and says so.
    assert run.events.count() == events + 1


def test_what_changed_is_told_of_the_run_as_it_is_and_not_as_it_was_in_hand(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = grade(right, large_set())
    in_hand = Run.objects.get(pk=run.pk)
    change_grader(monkeypatch, STRICTER)
    regrade(run, judge_of(DECLARED))
    assert refresh_checks(in_hand) == {}
    assert check(run, Code.UNPARSED).value == 0.25


def test_the_facts_cost_the_same_few_queries_however_many_runs_there_are(
    django_assert_max_num_queries: Callable[[int], Any],
) -> None:
    for number in range(MIN_PEERS):
        publish(grade(knows_first(40), large_set(), model_name=f"Peer {number}", parameters_b=7.0))
    publish(grade(knows_first(40), large_set(), parameters_b=7.0))
    sighted, _ = blind_pair(8)
    run = Run.objects.select_related("submission", "benchmark", "dataset").get(pk=sighted.pk)
    run.submission.variant.model.refresh_from_db()
    with django_assert_max_num_queries(10):
        facts = facts_of(run)
    assert facts.size_class
    assert facts.alike
    assert facts.blind
    assert facts.previous


def test_the_command_makes_checks_anew_and_tells_what_changed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    run = make_graded_run()
    run.checks.filter(code=Code.LEAKED).delete()
    AnswerSketch.objects.all().delete()
    call_command("check_runs")
    assert f"{run.public_id}: leaked - -> pass" in capsys.readouterr().out
    assert has(run, Code.LEAKED)
    assert AnswerSketch.objects.filter(run=run).exists()
    call_command("check_runs", "--run", str(run.public_id), "--benchmark", run.benchmark.slug)
    assert capsys.readouterr().out == "0 runs have other checks than before.\n"


@pytest.mark.parametrize("which", [("--benchmark", "none"), ("--run", "0" * 32)])
def test_the_command_refuses_what_is_not_there(which: Iterable[str]) -> None:
    make_graded_run()
    make_run(RunState.EVALUATING)
    with pytest.raises(CommandError, match="graded run"):
        call_command("check_runs", *which)


def test_a_response_of_any_text_is_read(settings: Any) -> None:
    texts = ["", " ", "\x00", "\ud800", "B" * 200_000, "(" * 5000, "GT" * 5000, "\n" * 5000]
    run = make_run(RunState.EVALUATING)
    responses: list[Response] = [
        respond(item, texts[item.position % len(texts)]) for item in small_set().items
    ]
    ingest(run, **deliver(run, responses=responses).arguments())
    run.refresh_from_db()
    assert run.state == RunState.REVIEW
    assert check(run, Code.LEAKED).data["answered"] == 32
