"""A reviewer asks for a run to be made once more: what the new one is, what stays, and who is told."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from leaderboard.accounts.models import Membership, Organization, User
from leaderboard.notifications.models import Event
from leaderboard.notifications.services import create_webhook
from leaderboard.results.ingest import ingest
from leaderboard.review.services import RerunUnderWay, approve, request_rerun, supersede
from leaderboard.runs.models import ImportedRun, Run, TransitionRefused
from leaderboard.runs.services import cancel, submit
from leaderboard.runs.specs import message_for
from leaderboard.runs.states import RunState
from tests.factories import (
    deliver,
    ensure_benchmarks,
    generate,
    make_graded_run,
    make_published_run,
    make_request,
    make_reviewer,
    make_run,
    make_submission,
    make_user,
    start,
)
from tests.small_set import BENCHMARK, knows_first
from tests.web.test_imports_on_pages import bring

pytestmark = pytest.mark.django_db


def rerun_of(run: Run) -> Run:
    again = request_rerun(run, make_reviewer(), "The server was overloaded.").other
    assert again is not None
    return again


def test_the_new_run_asks_the_same_of_the_same_model_and_the_old_one_stays() -> None:
    run = make_published_run(knows_first(6), api_key="sk-planted", limit=None)
    responses = run.responses.count()
    again = rerun_of(run)
    run.refresh_from_db()
    assert (run.state, run.responses.count()) == (RunState.PUBLISHED, responses)
    assert (again.state, again.rerun_of, again.benchmark) == (RunState.QUEUED, run, run.benchmark)
    old, new = run.submission, again.submission
    assert new != old
    for name in ("submitter", "variant", "organization", "visibility", "identity", "queue"):
        assert getattr(new, name) == getattr(old, name), name
    message = message_for(new, [again])
    assert message["submission"] == str(new.public_id)
    assert [b["run"] for b in message["benchmarks"]] == [str(again.public_id)]
    assert message["model"]["api_key_sealed"] == old.api_key_sealed != ""


def test_only_the_benchmark_that_was_asked_for_is_run_again() -> None:
    submission = make_submission(benchmarks=[BENCHMARK, "realworldqa"])
    run = submission.runs.get(benchmark__slug=BENCHMARK)
    start(run)
    again = rerun_of(ingest(run, **deliver(run).arguments()))
    assert [r.benchmark.slug for r in again.submission.runs.all()] == [BENCHMARK]


def test_it_is_sent_to_a_worker_and_can_take_the_place_of_the_old_one(
    django_capture_on_commit_callbacks: Any,
) -> None:
    run = make_published_run(knows_first(4))
    with django_capture_on_commit_callbacks(execute=True):
        again = rerun_of(run)
    again.submission.refresh_from_db()
    assert again.submission.sent_at is not None
    start(again)
    generate(again)
    newer = ingest(again, **deliver(again, knows_first(6)).arguments())
    approve(newer, make_reviewer(), "better")
    supersede(run, make_reviewer(), "made again")
    run.refresh_from_db()
    assert run.superseded_by == newer


def test_who_asked_and_why_is_in_the_history_of_both() -> None:
    run = make_graded_run()
    again = rerun_of(run)
    for event, data in (
        (run.events.latest("id"), {"rerun": str(again.public_id)}),
        (again.events.get(), {"repeats": str(run.public_id)}),
    ):
        assert event.reason == "The server was overloaded."
        assert event.actor is not None
        assert event.data == data


def test_both_pages_lead_to_each_other() -> None:
    user = make_user()
    run = make_graded_run(user=user)
    again = rerun_of(run)
    client = Client()
    client.force_login(user)
    pages = [reverse("runs:detail", args=[r.public_id]) for r in (run, again)]
    for page, other in (pages, pages[::-1]):
        assert f'href="{other}"' in client.get(page).content.decode()


def test_the_submitter_is_told() -> None:
    user = make_user()
    hook, _secret = create_webhook(user, "https://8.8.8.8/hook", [Event.RERUN])
    again = rerun_of(make_graded_run(user=user))
    delivery = hook.deliveries.get()
    assert delivery.event == "run.rerun_requested"
    assert str(again.public_id) in delivery.body


def test_it_costs_no_quota(settings: Settings) -> None:
    settings.SUBMISSIONS_PER_DAY = 2
    settings.ACTIVE_SUBMISSIONS = 1
    lab = Organization.objects.create(slug="lab", name="Lab", submissions_per_day=2)
    user = make_user()
    Membership.objects.create(organization=lab, user=user)
    run = make_graded_run(user=user, owner="lab")
    rerun_of(run)
    assert submit(user, make_request(owner="lab")).pk


def test_an_import_cannot_be_run_again(tmp_path: Any) -> None:
    ensure_benchmarks()
    run = bring(make_user(), tmp_path)
    with pytest.raises(ImportedRun):
        rerun_of(run)
    assert not run.decisions.exists()


@pytest.mark.parametrize(
    "state", [RunState.QUEUED, RunState.EVALUATING, RunState.SCORING, RunState.FAILED]
)
def test_a_run_that_has_no_result_is_retried_and_not_made_again(state: RunState) -> None:
    with pytest.raises(TransitionRefused):
        rerun_of(make_run(state))


def test_a_second_one_waits_for_the_end_of_the_first() -> None:
    run = make_graded_run()
    again = rerun_of(run)
    with pytest.raises(RerunUnderWay):
        rerun_of(run)
    assert run.decisions.count() == 1
    cancel(again, None)
    assert rerun_of(run) != again


@pytest.mark.django_db(transaction=True)
def test_two_who_ask_at_once_get_one() -> None:
    run = make_graded_run()
    reviewers = [make_reviewer() for _ in range(3)]
    together = Barrier(len(reviewers))

    def ask(reviewer: User) -> str:
        try:
            own = Run.objects.get(pk=run.pk)
            together.wait(timeout=30)
            request_rerun(own, reviewer, "mine")
        except RerunUnderWay:
            return "refused"
        finally:
            connection.close()
        return "asked"

    with ThreadPoolExecutor(len(reviewers)) as pool:
        assert sorted(pool.map(ask, reviewers)) == ["asked", "refused", "refused"]
    assert run.reruns.count() == 1
