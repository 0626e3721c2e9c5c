"""Submissions that also ask without pictures, and those that save passes."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_django import Settings

from evaluator.spec import EvaluationSpec
from leaderboard.catalog.models import Benchmark, DatasetVersion
from leaderboard.results.ingest import ingest
from leaderboard.runs.models import Pictures, Run, Submission
from leaderboard.runs.services import SubmissionInvalid, cancel, retry, submit
from leaderboard.runs.specs import message_for
from leaderboard.runs.states import RunState
from tests.factories import break_down, deliver, make_request, make_submission, make_user, start
from tests.small_set import always_a, right

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("benchmarks")]

ENGLISH, CHINESE = "mmbench_en_dev", "mmbench_cn_dev"


def errors_of(**fields: Any) -> dict[str, str]:
    """Return the code of each field's error."""
    with pytest.raises(SubmissionInvalid) as invalid:
        submit(make_user(), make_request(**fields))
    assert not Submission.objects.exists()
    assert all(error["message"] for error in invalid.value.errors)
    return {error["field"]: error["code"] for error in invalid.value.errors}


def without_pictures(slug: str) -> None:
    """Make the benchmark's current data set one without any picture."""
    DatasetVersion.objects.create(
        benchmark=Benchmark.objects.get(slug=slug), fingerprint="0" * 64, rows=1, current=True
    )


def without_passes(slug: str) -> None:
    """Make the benchmark one that asks each question once."""
    Benchmark.objects.filter(slug=slug).update(headline_metric="accuracy")


def sighted_and_blind(submission: Submission) -> tuple[Run, Run]:
    """Return the two runs of a submission on one benchmark."""
    sighted, blind = submission.runs.select_related("submission", "benchmark").order_by("id")
    return sighted, blind


@pytest.mark.parametrize("mode", ["none", "grey"])
def test_a_blind_submission_runs_each_benchmark_once_more_without_pictures(mode: str) -> None:
    submission = make_submission(benchmarks=[ENGLISH, CHINESE], blind=mode, limit=20)

    runs = submission.runs.order_by("id")
    assert [(run.benchmark.slug, run.pictures) for run in runs] == [
        (ENGLISH, "shown"),
        (ENGLISH, mode),
        (CHINESE, "shown"),
        (CHINESE, mode),
    ]
    assert {(run.state, run.limit) for run in runs} == {(RunState.QUEUED, 20)}
    spec = EvaluationSpec.from_json(message_for(submission, runs))
    assert [(b.run, b.slug, b.pictures) for b in spec.benchmarks] == [
        (str(run.public_id), run.benchmark.slug, run.pictures) for run in runs
    ]


def test_an_ordinary_submission_shows_its_pictures_and_saves_nothing() -> None:
    run = make_submission().runs.get()
    assert (run.pictures, run.frugal) == (Pictures.SHOWN, False)


def test_a_benchmark_without_pictures_gets_no_blind_run() -> None:
    without_pictures(CHINESE)

    submission = make_submission(benchmarks=[ENGLISH, CHINESE], blind="none")

    runs = submission.runs.order_by("id").values_list("benchmark__slug", "pictures")
    assert list(runs) == [(ENGLISH, "shown"), (ENGLISH, "none"), (CHINESE, "shown")]


def test_leaving_out_pictures_that_are_not_there_is_refused() -> None:
    without_pictures(ENGLISH)
    assert errors_of(blind="none") == {"blind": "no_pictures"}


@pytest.mark.parametrize("mode", ["shown", "black"])
def test_an_unknown_way_to_leave_out_pictures_is_refused(mode: str) -> None:
    assert errors_of(blind=mode) == {"blind": "invalid"}


def test_saving_passes_where_no_benchmark_has_any_is_refused() -> None:
    without_passes(ENGLISH)
    assert errors_of(frugal=True) == {"frugal": "no_passes"}


def test_nothing_is_saved_where_a_judge_rules_on_every_answer(settings: Settings) -> None:
    settings.JUDGE_BASE_URL, settings.JUDGE_MODEL = "https://judge.example.org/v1", "judge"
    assert make_submission(frugal=True).runs.get().frugal
    Submission.objects.all().delete()
    settings.JUDGE_EVERYTHING = [ENGLISH]
    assert errors_of(frugal=True) == {"frugal": "no_passes"}
    runs = make_submission(benchmarks=[ENGLISH, CHINESE], frugal=True).runs
    assert dict(runs.values_list("benchmark__slug", "frugal")) == {ENGLISH: False, CHINESE: True}


def test_modes_are_not_judged_where_no_benchmark_is_known() -> None:
    assert errors_of(benchmarks=["nope"], blind="none", frugal=True) == {
        "benchmarks": "benchmark_unknown"
    }


def test_only_benchmarks_with_passes_are_run_frugally() -> None:
    without_passes(CHINESE)

    submission = make_submission(benchmarks=[ENGLISH, CHINESE], frugal=True)

    assert dict(submission.runs.values_list("benchmark__slug", "frugal")) == {
        ENGLISH: True,
        CHINESE: False,
    }
    spec = EvaluationSpec.from_json(submission.spec)
    assert {b.slug: b.frugal for b in spec.benchmarks} == {ENGLISH: True, CHINESE: False}


def test_what_was_asked_differently_is_another_evaluation() -> None:
    plain, again = make_submission(), make_submission()
    others = [
        make_submission(blind="none"),
        make_submission(blind="grey"),
        make_submission(frugal=True),
        make_submission(blind="none", frugal=True),
    ]

    assert plain.identity == again.identity
    identities = [s.identity for s in (plain, *others)]
    assert len(set(identities)) == len(identities)


def test_a_declared_benchmark_travels_with_its_declaration() -> None:
    declaration = {"slug": ENGLISH, "metric": "acc"}
    Benchmark.objects.filter(slug=ENGLISH).update(declaration=declaration)

    submission = make_submission(benchmarks=[ENGLISH, CHINESE])

    spec = EvaluationSpec.from_json(message_for(submission, submission.runs.all()))
    assert {b.slug: b.declaration for b in spec.benchmarks} == {
        ENGLISH: declaration,
        CHINESE: None,
    }


def test_cancelling_one_of_two_runs_of_a_benchmark_leaves_the_other() -> None:
    submission = make_submission(blind="none")
    sighted, blind = sighted_and_blind(submission)

    cancel(blind, submission.submitter)

    for run in (sighted, blind):
        run.refresh_from_db()
    assert (sighted.state, blind.state) == (RunState.QUEUED, RunState.CANCELLED)


def test_retrying_sends_only_the_run_without_pictures_that_failed() -> None:
    submission = make_submission(blind="grey")
    sighted, blind = sighted_and_blind(submission)
    start(sighted)
    break_down(blind)

    assert retry(submission, submission.submitter) == [blind]

    submission.refresh_from_db()
    sighted.refresh_from_db()
    assert (sighted.state, sighted.attempt) == (RunState.STARTING, 1)
    spec = EvaluationSpec.from_json(message_for(submission, [blind]))
    assert [(b.run, b.pictures) for b in spec.benchmarks] == [(str(blind.public_id), "grey")]
    assert spec.attempt == 2


def test_each_of_the_two_runs_takes_its_own_delivery() -> None:
    submission = make_submission(blind="none")
    sighted, blind = sighted_and_blind(submission)
    start(sighted)

    blind = ingest(blind, **deliver(blind, always_a).arguments())
    sighted = ingest(sighted, **deliver(sighted, right).arguments())

    assert (sighted.counts["correct"], sighted.dataset) == (32, blind.dataset)
    assert blind.counts["correct"] == 8
