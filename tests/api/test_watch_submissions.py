"""GET /submissions and /submissions/{id}."""

from __future__ import annotations

import json
import time
from base64 import b64encode
from typing import Any
from urllib.parse import urlencode

import pytest

from evaluator.messages import Progress, RunProgress, Stage, progress_key
from leaderboard.accounts.models import Membership, Organization
from leaderboard.core.redis import client
from leaderboard.review.services import reject, reopen
from leaderboard.runs.models import Run, Submission
from leaderboard.runs.states import RunState
from tests.api.conftest import Api, assert_problem
from tests.factories import (
    break_down,
    make_checkpoint_request,
    make_graded_run,
    make_published_run,
    make_reviewer,
    make_run,
    make_submission,
    make_user,
)
from tests.small_set import knows_first

pytestmark = pytest.mark.django_db


def tell_progress(run: Run) -> None:
    """Write live progress to Redis as a worker does."""
    submission = run.submission
    progress = Progress(
        at=time.time(),
        worker="gpu-host-7",
        stage=Stage.GENERATING,
        stage_since=time.time() - 30,
        current_run=str(run.public_id),
        runs={str(run.public_id): RunProgress(done=12, total=32, rate=1.5, eta_s=13.3)},
        log_tail=("asking",),
    )
    key = progress_key(str(submission.public_id), submission.attempt)
    client().set(key, json.dumps(progress.to_json()), ex=60)


def watch(api: Api, run: Run) -> Any:
    response = api.get(f"submissions/{run.submission.public_id}")
    assert response.status_code == 200, response.content
    return response.json()


def test_a_list_shows_own_submissions_newest_first() -> None:
    user = make_user()
    older, newer = make_submission(user), make_submission(user)
    make_submission(make_user())
    listed = Api(user).get("submissions").json()["results"]
    assert [entry["id"] for entry in listed] == [str(newer.public_id), str(older.public_id)]
    assert listed[0]["runs"][0]["state"] == "queued"


def test_staff_list_everybodys_submissions() -> None:
    mine = make_submission(make_user())
    listed = Api(make_reviewer()).get("submissions").json()["results"]
    assert [entry["id"] for entry in listed] == [str(mine.public_id)]


def test_a_list_is_walked_page_by_page_without_repeats() -> None:
    user = make_user(submissions_per_day=100)
    made = [str(make_submission(user).public_id) for _ in range(5)]
    api, seen = Api(user), []
    url = "/api/v1/submissions?page_size=2"
    while url:
        page = api.client.get(url).json()
        assert len(page["results"]) <= 2
        seen += [entry["id"] for entry in page["results"]]
        url = page["next"]
    assert seen == made[::-1]


def cursor_at(position: str) -> str:
    """Return a cursor as the framework writes it."""
    return b64encode(urlencode({"p": position}).encode()).decode()


@pytest.mark.parametrize("cursor", ["nonsense", cursor_at("yesterday"), cursor_at("\x00")])
@pytest.mark.parametrize("address", ["submissions", "runs/{run}/responses"])
def test_a_broken_cursor_is_named(address: str, cursor: str) -> None:
    user = make_user()
    path = address.format(run=make_graded_run(user=user).public_id)
    response = Api(user).get(path, {"cursor": cursor})
    problem = assert_problem(response, 400, "validation")
    assert problem["errors"][0]["field"] == "cursor"


def test_a_list_costs_the_same_whatever_its_length(django_assert_max_num_queries: Any) -> None:
    user = make_user(submissions_per_day=100)
    api = Api(user)
    for _ in range(6):
        make_submission(user)
    api.get("submissions")  # notes the token's use
    with django_assert_max_num_queries(7):
        assert len(api.get("submissions").json()["results"]) == 6


def listed(user: Any, **query: Any) -> list[Any]:
    response = Api(user).get("submissions", query)
    assert response.status_code == 200, response.content
    return list(response.json()["results"])


def test_a_list_is_filtered_by_state_benchmark_model_and_whose_they_are() -> None:
    user, mate = make_user(), make_user()
    lab = Organization.objects.create(slug="lab", name="Lab")
    for member in (user, mate):
        Membership.objects.create(organization=lab, user=member)
    failed = make_run(RunState.FAILED, user).submission
    other = make_submission(user, benchmarks=["mmmu_val"], model_name="Other VLM")
    shared = make_submission(mate, owner="lab")

    def ids(**query: Any) -> set[str]:
        return {entry["id"] for entry in listed(user, **query)}

    every = {str(s.public_id) for s in (failed, other, shared)}
    assert ids() == every
    assert ids(state="failed") == {str(failed.public_id)}
    assert ids(state=["failed", "queued"]) == every
    assert ids(benchmark="mmmu_val") == {str(other.public_id)}
    assert ids(benchmark="mmmu_val", state="failed") == set()
    assert ids(model=other.variant.model.slug) == {str(other.public_id)}
    assert ids(mine="true") == {str(failed.public_id), str(other.public_id)}


@pytest.mark.parametrize("query", [{"state": "done"}, {"benchmark": "a b"}, {"mine": "perhaps"}])
def test_a_filter_that_is_none_is_refused(query: dict[str, str]) -> None:
    problem = assert_problem(Api(make_user()).get("submissions", query), 400, "validation")
    assert problem["errors"][0]["field"].partition(".")[0] == next(iter(query))


def test_a_list_says_of_each_where_it_stands() -> None:
    user = make_user()
    running = make_run(RunState.EVALUATING, user)
    tell_progress(running)
    make_submission(user)
    make_submission(user)
    failed = make_run(RunState.FAILED, user)
    last, second, first, current = listed(user)
    assert (current["worker"], current["eta_s"], current["queue_position"]) == (
        "worker-1",
        13.3,
        None,
    )
    assert current["heartbeat_at"].endswith("Z")
    assert [entry["queue_position"] for entry in (first, second)] == [0, 1]
    assert (first["heartbeat_at"], first["eta_s"]) == (None, None)
    assert last["id"] == str(failed.submission.public_id)
    assert last["eta_s"] is None
    failure = last["runs"][0]["failure"]
    assert failure["code"] == "endpoint_error"
    assert failure["title"]
    assert failure["advice"]


def test_the_time_left_is_estimated_from_finished_runs_while_nothing_runs() -> None:
    user = make_user()
    make_run(RunState.REVIEW, user)
    few = make_run(user=user, limit=4)
    many = make_run(user=user, limit=8)
    api = Api(user)
    left = watch(api, few)["eta_s"]
    assert left > 0
    assert watch(api, many)["eta_s"] == pytest.approx(2 * left)


def test_heartbeat_and_worker_are_nobody_elses_business() -> None:
    run = make_published_run()
    Submission.objects.filter(pk=run.submission_id).update(worker="gpu-host-7")
    answer = watch(Api(make_user()), run)
    assert (answer["worker"], answer["heartbeat_at"]) == (None, None)


def test_waiting_submissions_know_their_place() -> None:
    user = make_user()
    make_run(user=user)
    second = make_run(user=user)
    Submission.objects.filter(pk=second.submission_id).update(sent_at=None)
    assert watch(Api(user), second)["queue_position"] == 1


def test_a_running_submission_shows_live_figures() -> None:
    user = make_user()
    run = make_run(RunState.EVALUATING, user)
    tell_progress(run)
    answer = watch(Api(user), run)
    assert answer["queue_position"] is None
    assert answer["worker"] == "worker-1"
    assert answer["progress"]["stage"] == "generating"
    assert answer["progress"]["current_run"] == str(run.public_id)
    assert answer["progress"]["log_tail"] == ["asking"]
    assert answer["progress"]["heartbeat_at"].endswith("Z")
    figures = answer["runs"][0]["progress"]
    assert (figures["done"], figures["total"], figures["rate"], figures["eta_s"]) == (
        12,
        32,
        1.5,
        13.3,
    )
    assert figures["ttft_ms_p50"] is None


def test_nothing_live_is_null() -> None:
    user = make_user()
    answer = watch(Api(user), make_run(RunState.EVALUATING, user))
    assert answer["progress"] is None
    assert answer["runs"][0]["progress"] is None


def test_redis_away_is_no_error(settings: Any) -> None:
    user = make_user()
    run = make_run(RunState.EVALUATING, user)
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert watch(Api(user), run)["progress"] is None


def test_a_failure_says_what_to_do() -> None:
    user = make_user()
    run = make_run(RunState.FAILED, user)
    failure = watch(Api(user), run)["runs"][0]["failure"]
    assert failure == {
        "code": "endpoint_error",
        "title": "The endpoint answered with a server error",
        "advice": "Look at the model server's own log, mend it, and retry.",
        "detail": "HTTP 500",
        "fit": None,
        "suggestions": [],
    }


def test_a_failure_speaks_chinese_to_who_asks_in_chinese() -> None:
    user = make_user()
    run = make_run(RunState.FAILED, user)
    response = Api(user).get(
        f"submissions/{run.submission.public_id}", Accept_Language="zh-CN,zh;q=0.9"
    )
    failure = response.json()["runs"][0]["failure"]
    assert failure["title"] == "端点返回服务器错误"
    assert failure["code"] == "endpoint_error"


def test_a_code_that_is_no_longer_known_has_general_words() -> None:
    user = make_user()
    run = make_run(RunState.FAILED, user)
    Run.objects.filter(pk=run.pk).update(failure_code="moon_phase")
    failure = watch(Api(user), run)["runs"][0]["failure"]
    assert failure["code"] == "moon_phase"
    assert failure["title"] == "Something went wrong inside the evaluator"


def test_a_retried_run_shows_no_old_failure() -> None:
    user = make_user()
    run = make_run(RunState.EVALUATING, user)
    break_down(run)
    api = Api(user)
    assert api.post(f"submissions/{run.submission.public_id}/retry").status_code == 200
    assert watch(api, run)["runs"][0]["failure"] is None


def test_a_graded_run_shows_counts_and_headline() -> None:
    user = make_user()
    run = make_graded_run(knows_first(6), user=user)
    shown = watch(Api(user), run)["runs"][0]
    assert shown["state"] == "review"
    assert shown["counts"] == run.counts
    assert shown["blockers"] == []
    assert shown["headline"]["metric"] == "circular"
    assert (shown["headline"]["correct"], shown["headline"]["total"]) == (6, 8)
    assert shown["headline"]["low"] < 0.75 < shown["headline"]["high"]


def test_a_limited_run_says_what_blocks_it() -> None:
    user = make_user()
    run = make_graded_run(user=user, limit=32)
    blockers = watch(Api(user), run)["runs"][0]["blockers"]
    assert [b["code"] for b in blockers] == ["limited"]
    assert "32" in blockers[0]["detail"]


def test_the_submitter_reads_why_a_run_was_rejected() -> None:
    user = make_user()
    run = make_graded_run(user=user)
    assert watch(Api(user), run)["runs"][0]["decision"] is None
    reject(run, make_reviewer("rosa"), "Answers leak the gold.")
    decision = run.decisions.get()
    for answer in (
        watch(Api(user), run)["runs"][0],
        Api(user).get(f"runs/{run.public_id}").json(),
    ):
        assert answer["decision"] == {
            "action": "reject",
            "reason": "Answers leak the gold.",
            "at": decision.at.isoformat().replace("+00:00", "Z"),
        }
        assert "rosa" not in json.dumps(answer)


def test_the_newest_decision_counts() -> None:
    user = make_user()
    run = make_published_run(user=user)
    reopen(run, make_reviewer(), "a second look")
    decision = watch(Api(user), run)["runs"][0]["decision"]
    assert (decision["action"], decision["reason"]) == ("reopen", "a second look")


def test_strangers_read_no_decision(anonymous: Api) -> None:
    run = make_published_run()
    assert watch(anonymous, run)["runs"][0]["decision"] is None
    assert anonymous.get(f"runs/{run.public_id}").json()["decision"] is None


def test_a_run_says_where_to_go_on() -> None:
    user = make_user()
    run = make_published_run(user=user)
    api = Api(user)
    urls = watch(api, run)["runs"][0]["urls"]
    assert set(urls) == {"self", "scores", "responses", "page"}
    assert all(url.startswith("http://testserver/") for url in urls.values())
    assert all(api.client.get(url).status_code == 200 for url in urls.values())
    assert api.client.get(urls["self"]).json()["urls"] == urls
    assert api.get("submissions").json()["results"][0]["runs"][0]["urls"] == urls


def test_strangers_see_the_published_part_and_nothing_private(anonymous: Api) -> None:
    run = make_published_run(note="our internal name", base_url="https://9.9.9.9/private/v1")
    answer = watch(anonymous, run)
    assert [r["state"] for r in answer["runs"]] == ["published"]
    assert answer["variant"]["source"] is None
    assert answer["worker"] is None
    assert answer["note"] is None
    assert answer["progress"] is None
    assert "9.9.9.9" not in json.dumps(answer)


def test_the_submitter_sees_the_address() -> None:
    user = make_user()
    run = make_published_run(user=user, base_url="https://9.9.9.9/private/v1")
    assert watch(Api(user), run)["variant"]["source"] == "https://9.9.9.9/private/v1"


def test_a_checkpoints_source_is_public(anonymous: Api) -> None:
    fields = vars_of(make_checkpoint_request())
    run = make_published_run(**fields)
    assert watch(anonymous, run)["variant"]["source"] == "acme/tiny-vlm"


def vars_of(request: Any) -> dict[str, Any]:
    """Return a request's fields as keyword arguments."""
    return {name: getattr(request, name) for name in request.__dataclass_fields__}
