"""A run's page in every state, and what may be done on it."""

from __future__ import annotations

import json
import time
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from evaluator.errors import FAILURE_WORDS, FailureCode
from evaluator.messages import Progress, RunProgress, Stage, progress_key
from leaderboard.accounts.models import User
from leaderboard.catalog.models import DatasetVersion
from leaderboard.core.redis import client as redis_client
from leaderboard.review.services import approve, reject
from leaderboard.runs.models import Run, RunEvent
from leaderboard.runs.presenters import history
from leaderboard.runs.services import cancel, retry
from leaderboard.runs.states import ACTIVE, GRADED, RunState
from tests.factories import (
    make_graded_run,
    make_published_run,
    make_reviewer,
    make_run,
    make_submission,
    make_user,
    start,
)
from tests.small_set import knows_first
from tests.web.conftest import Read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("benchmarks")]

LIST_QUERIES = 3
"""Of the list: its rows, their headlines' scores, the benchmarks of the filter."""
PUBLIC_QUERIES = 7
"""The run, its events, the other benchmarks, other precisions, scores, dimensions, checks."""


@pytest.fixture
def rosa(client: Client) -> User:
    """A signed-in submitter."""
    user = make_user("rosa")
    client.force_login(user)
    return user


def page(run: Run, name: str = "detail") -> str:
    return reverse(f"runs:{name}", args=[run.public_id])


def beat(run: Run, **figures: Any) -> None:
    """Write what a worker writes every two seconds."""
    plain = {"done": 2131, "total": 4329, "rate": 38.2, "eta_s": 160.0, "ttft_ms_p50": 152.0}
    progress = Progress(
        at=time.time(),
        worker="gpu-1",
        stage=Stage.GENERATING,
        stage_since=time.time(),
        runs={str(run.public_id): RunProgress(**plain | figures)},
        log_tail=("engine ready", "<b>second</b> line"),
    )
    key = progress_key(str(run.submission.public_id), run.attempt)
    redis_client().set(key, json.dumps(progress.to_json()))


@pytest.mark.parametrize("state", RunState)
def test_every_state_has_a_page_and_a_part(rosa: User, read: Read, state: RunState) -> None:
    run = make_run(state, rosa)
    html = read(page(run))
    assert str(state.label) in html
    part = read(page(run, "live"), part=True)
    assert ('hx-trigger="every 2s"' in part) is (state in ACTIVE)
    assert ("Scores by dimension" in html) is (state in GRADED)
    assert ('id="cancel"' in html) is (state in ACTIVE)


def test_live_figures_are_shown(rosa: User, read: Read) -> None:
    run = make_run(RunState.EVALUATING, rosa)
    beat(run)
    part = read(page(run, "live"), part=True)
    for text in ("2\u2009131", "4\u2009329", "38.2 requests/s", "about 3 minutes left", "49 %"):
        assert text in part
    assert "&lt;b&gt;second&lt;/b&gt; line" in part


def test_live_figures_go_on_while_another_benchmark_is_retried(rosa: User, read: Read) -> None:
    submission = make_submission(rosa, benchmarks=["mmbench_en_dev", "mmbench_cn_dev"])
    running, other = submission.runs.select_related("submission").order_by("id")
    start(running)
    beat(running)
    cancel(other, rosa)
    retry(submission, rosa)
    assert "38.2 requests/s" in read(page(running, "live"), part=True)
    assert "2\u2009131" in read(reverse("runs:list"))


def test_a_waiting_run_shows_its_place(rosa: User, read: Read) -> None:
    first, second = make_run(user=rosa), make_run(user=rosa)
    assert "Next in its queue" in read(page(first))
    assert "1 submission waits before this one" in read(page(second))


def test_a_failure_says_what_was_seen_what_was_kept_and_what_to_do(
    client: Client, rosa: User, read: Read
) -> None:
    run = make_run(RunState.FAILED, rosa)
    words = FAILURE_WORDS[FailureCode.ENDPOINT_ERROR]
    html = unescape(read(page(run)))
    for text in (words.title_en, words.advice_en, "HTTP 500", "it broke", "no score was stored"):
        assert text in html
    chinese = client.get(page(run), headers={"Accept-Language": "zh"}).content.decode()
    assert words.title_zh in chinese
    assert words.advice_zh in chinese


def test_retry_queues_the_run_again(client: Client, rosa: User) -> None:
    run = make_run(RunState.FAILED, rosa)
    response = client.post(page(run, "retry"), follow=True)
    run.refresh_from_db()
    assert (run.state, run.attempt) == (RunState.QUEUED, 2)
    assert "1 run is queued again." in response.content.decode()
    assert "attempt 2" in response.content.decode()


def test_cancel_stops_the_run(client: Client, rosa: User) -> None:
    run = make_run(RunState.EVALUATING, rosa)
    response = client.post(page(run, "cancel"), follow=True)
    run.refresh_from_db()
    assert run.state == RunState.CANCELLED
    assert "The run is cancelled." in response.content.decode()


def test_cancel_and_retry_in_the_wrong_state_change_nothing(client: Client, rosa: User) -> None:
    run = make_run(RunState.CANCELLED, rosa)
    html = client.post(page(run, "cancel"), follow=True).content.decode()
    assert "This run cannot be cancelled: it is Cancelled." in html
    run = make_run(RunState.QUEUED, rosa)
    html = client.post(page(run, "retry"), follow=True).content.decode()
    assert "There is nothing to retry: the run is Queued." in html


@pytest.mark.parametrize("action", ["cancel", "retry"])
def test_nothing_is_changed_by_looking(client: Client, rosa: User, action: str) -> None:
    run = make_run(RunState.EVALUATING, rosa)
    assert client.get(page(run, action)).status_code == 405


@pytest.mark.parametrize("action", ["cancel", "retry"])
def test_a_form_without_its_token_is_refused(rosa: User, action: str) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(rosa)
    run = make_run(RunState.EVALUATING, rosa)
    assert strict.post(page(run, action)).status_code == 403


def test_others_do_not_see_a_run_before_it_is_published(client: Client) -> None:
    run = make_run(RunState.REVIEW)
    for user in (None, make_user()):
        if user:
            client.force_login(user)
        statuses = {client.get(page(run, name)).status_code for name in ("detail", "live")}
        assert statuses == {404}
    client.force_login(make_reviewer())
    assert client.get(page(run)).status_code == 200


def test_others_see_a_published_run_without_its_private_parts(client: Client, read: Read) -> None:
    run = make_published_run()
    Run.objects.filter(pk=run.pk).update(log_tail="private log")
    html = read(page(run))
    assert "Provenance" in html
    assert "Automatic checks" in html
    for private in ("private log", "8.8.8.8", "worker-1", "made by a test"):
        assert private not in html
    client.force_login(make_user())
    assert client.post(page(run, "retry")).status_code == 403


def test_the_history_says_nothing_twice(rosa: User, read: Read) -> None:
    run = make_run(RunState.EVALUATING, rosa)
    for stage in Stage:
        RunEvent.objects.create(run=run, kind=RunEvent.Kind.STAGE, attempt=1, stage=stage)
    titles = [entry.what for entry in history(list(run.events.order_by("id")), private=True)]
    assert len(set(titles)) == len(titles)
    assert {"starting the engine", "asking the questions"}.isdisjoint(titles)
    assert "packing the answers" in titles


def test_a_reviewer_finds_the_way_to_the_decision(client: Client, read: Read) -> None:
    run = make_run(RunState.REVIEW)
    client.force_login(make_reviewer())
    html = read(page(run))
    assert reverse("review:detail", args=[run.public_id]) in html
    assert "Automatic checks" in html


def test_what_stands_against_publishing_is_said(rosa: User, read: Read) -> None:
    run = make_run(RunState.REVIEW, rosa)
    Run.objects.filter(pk=run.pk).update(blockers=[{"code": "x", "detail": "12 rows are missing"}])
    html = read(page(run))
    assert "This run cannot be published" in html
    assert "12 rows are missing" in html


def test_scores_have_intervals_and_counts(read: Read) -> None:
    html = read(page(make_published_run(knows_first(6))))
    assert "<b>75.0</b> <small>[40.9, 92.9]</small>" in html
    assert "6 / 8" in html
    assert "Letter bias A" in html


def test_the_list_shows_what_the_user_may_see(client: Client, rosa: User, read: Read) -> None:
    make_run(RunState.FAILED, rosa, model_name="Mine")
    make_run(RunState.REVIEW, model_name="Hidden")
    make_published_run(model_name="Public")
    html = read("/runs/")
    assert ">Mine<" in html
    assert ">Public<" in html
    assert ">Hidden<" not in html
    assert ">Mine<" not in read("/runs/", state="published")
    client.logout()
    assert ">Mine<" not in read("/runs/")


def test_the_list_refreshes_itself_while_something_runs(rosa: User, read: Read) -> None:
    run = make_run(RunState.EVALUATING, rosa)
    beat(run)
    html = read("/runs/", state="active", part=True)
    assert 'hx-trigger="every 3s"' in html
    assert "2\u2009131 / 4\u2009329" in html
    cancel(run, rosa)
    assert "every 3s" not in read("/runs/")


def test_the_list_pages_by_key(rosa: User, read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("leaderboard.runs.views.PAGE_SIZE", 2)
    runs = [make_run(user=rosa, model_name=f"M{n}") for n in range(5)]
    first = read("/runs/")
    assert ">M4<" in first
    assert ">M3<" in first
    assert f"after={runs[3].pk}" in first
    second = read("/runs/", after=str(runs[3].pk))
    assert [f">M{n}<" in second for n in range(5)] == [False, True, True, False, False]
    back = read("/runs/", before=str(runs[2].pk))
    assert [f">M{n}<" in back for n in range(5)] == [False, False, False, True, True]
    assert 'rel="prev"' not in back


def test_an_empty_list_says_what_to_do(read: Read) -> None:
    assert "No run yet" in read("/runs/")
    assert "No such run" in read("/runs/", state="failed")


def test_a_bad_parameter_is_ignored(read: Read) -> None:
    assert "No run yet" in read("/runs/", state="no-such", after="x" * 30)


def test_pages_cost_a_fixed_number_of_queries(
    client: Client, django_assert_num_queries: Any
) -> None:
    run = make_published_run()
    with django_assert_num_queries(PUBLIC_QUERIES):
        client.get(page(run))
    with django_assert_num_queries(LIST_QUERIES):
        client.get("/runs/")


def test_an_ended_run_makes_its_open_page_load_again(client: Client, rosa: User) -> None:
    run = make_run(RunState.EVALUATING, rosa)
    assert "HX-Refresh" not in client.get(page(run, "live")).headers
    cancel(run, rosa)
    assert client.get(page(run, "live")).headers["HX-Refresh"] == "true"


def test_a_page_that_awaits_review_notices_the_decision(
    client: Client, rosa: User, read: Read
) -> None:
    run = make_run(RunState.REVIEW, rosa)
    question = f"{page(run, 'watch')}?state=review"
    assert f'hx-get="{question}" hx-trigger="every 10s"' in read(page(run))
    same = client.get(question)
    assert (same.status_code, same.headers.get("HX-Refresh")) == (204, None)
    reject(run, make_reviewer(), "The endpoint is not the model that it names.")
    assert client.get(question).headers["HX-Refresh"] == "true"
    assert "every 10s" not in read(page(run))
    client.logout()
    assert client.get(question).status_code == 404


def test_the_reason_of_a_rejection_stands_under_the_heading(rosa: User, read: Read) -> None:
    run = make_run(RunState.REVIEW, rosa)
    reviewer = make_reviewer()
    reject(run, reviewer, "The endpoint is not the model that it names.")
    notice = read(page(run)).partition('aria-label="Why it was rejected"')[2].partition("<ol")[0]
    assert "The endpoint is not the model that it names." in notice
    assert f"Rejected by {reviewer.username}" in notice


def test_a_running_run_already_says_that_the_data_set_is_not_the_official_one(
    rosa: User, read: Read
) -> None:
    make_published_run()
    DatasetVersion.objects.update(label="demo: drawn pictures")
    run = make_run(RunState.EVALUATING, rosa)
    assert run.dataset is None
    assert "Demo: drawn pictures." in read(page(run))


def test_what_was_evaluated_is_shown_to_its_submitter(client: Client, read: Read) -> None:
    run = make_published_run()
    DatasetVersion.objects.update(label="demo: drawn pictures")
    variant = run.submission.variant
    client.force_login(run.submission.submitter)
    html = read(page(run))
    assert f'<dt>Base URL</dt><dd class="mono">{variant.source}</dd>' in html
    assert f'<dt>Served model name</dt><dd class="mono">{variant.served_name}</dd>' in html
    assert "rows · demo: drawn pictures</dd>" in html
    client.logout()
    assert variant.source not in read(page(run))


def test_visitors_see_only_the_tabs_that_can_hold_something(
    client: Client, rosa: User, read: Read
) -> None:
    assert "?state=rejected" in read("/runs/")
    client.logout()
    html = read("/runs/")
    assert "?state=published" in html
    assert "?state=rejected" not in html
    assert "?state=active" not in html


def test_of_a_published_run_others_read_what_was_decided_and_not_by_whom(client: Client) -> None:
    owner, reviewer = make_user("rosa"), make_reviewer("dagmar")
    run = make_graded_run(user=owner)
    approve(run, reviewer, "made by a test")
    shown = client.get(page(run)).content.decode()
    assert "rosa" in shown
    assert "dagmar" not in shown
    client.force_login(owner)
    assert "dagmar" in client.get(page(run)).content.decode()
