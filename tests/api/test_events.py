"""GET /submissions/{id}/events: what happens, as it happens, from a real server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from django.db import connection
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from leaderboard.accounts.models import Membership, Organization, User
from leaderboard.api import streams
from leaderboard.runs.models import Run, RunEvent
from leaderboard.runs.ownership import set_visibility
from leaderboard.runs.services import cancel
from leaderboard.runs.states import RunState
from leaderboard.runs.visibility import Visibility
from tests.api.conftest import Api, assert_problem
from tests.api.test_watch_submissions import tell_progress
from tests.factories import (
    break_down,
    generate,
    make_published_run,
    make_run,
    make_user,
    start,
)

pytestmark = pytest.mark.django_db(transaction=True)

Event = dict[str, Any]


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    monkeypatch.setattr(streams, "LOOK_EVERY_S", 0.02)
    monkeypatch.setattr(streams, "STILL_HERE_S", 0.05)
    # The server may not have noticed yet that the reader of a test before is gone.
    settings.EVENT_STREAMS = 20


@contextmanager
def following(
    server: LiveServer, run: Run, user: User | None = None, last: int | None = None
) -> Iterator[httpx.Response]:
    headers = {"Accept": "text/event-stream"}
    if user:
        headers["Authorization"] = f"Bearer {Api(user).token}"
    if last is not None:
        headers["Last-Event-ID"] = str(last)
    url = f"{server.url}/api/v1/submissions/{run.submission.public_id}/events"
    with httpx.stream("GET", url, headers=headers, timeout=30) as response:
        yield response


@contextmanager
def patiently_following(server: LiveServer, run: Run, user: User) -> Iterator[httpx.Response]:
    """Follow as soon as the server has noticed that a reader before is gone."""
    while True:
        with following(server, run, user) as response:
            if response.status_code == 200:
                yield response
                return


def events(response: httpx.Response) -> Iterator[Event]:
    """Read the stream as its standard says: blocks of fields, comments left out."""
    fields: dict[str, str] = {}
    for line in response.iter_lines():
        if not line:
            if "data" in fields:
                yield {**fields, "data": json.loads(fields["data"])}
            fields = {}
        elif not line.startswith(":"):
            name, _, value = line.partition(": ")
            fields[name] = value


def everything(server: LiveServer, run: Run, user: User | None, last: int | None = None) -> Any:
    with following(server, run, user, last) as response:
        return list(events(response))


def states(found: list[Event]) -> list[str]:
    return [e["data"]["to_state"] for e in found if e["event"] == "run" and e["data"]["to_state"]]


def test_what_happens_while_one_listens_is_told_and_the_end_ends_it(
    live_server: LiveServer,
) -> None:
    user = make_user()
    run = make_run(user=user)
    with following(live_server, run, user) as response:
        assert response.status_code == 200
        assert response.headers["content-type"] == "text/event-stream"
        assert "no-transform" in response.headers["cache-control"]
        told = events(response)
        assert next(told)["data"]["to_state"] == "queued"
        standing = next(told)
        assert (standing["event"], standing["data"]["queue_position"]) == ("progress", 0)
        start(run)
        assert next(told)["data"]["to_state"] == "starting"
        generate(run)
        break_down(run)
        rest = list(told)
    assert states(rest) == ["evaluating", "failed"]
    assert rest[-1]["event"] == "end"


def test_live_figures_are_told(live_server: LiveServer) -> None:
    user = make_user()
    run = make_run(RunState.EVALUATING, user)
    tell_progress(run)
    with following(live_server, run, user) as response:
        standing = next(e for e in events(response) if e["event"] == "progress")
    figures = standing["data"]["runs"][0]["progress"]
    assert (figures["done"], figures["total"]) == (12, 32)


def test_who_comes_back_is_told_what_came_after(live_server: LiveServer) -> None:
    user = make_user()
    run = make_run(RunState.FAILED, user)
    whole = [e for e in everything(live_server, run, user) if e["event"] == "run"]
    numbers = [int(e["id"]) for e in whole]
    assert numbers == list(run.events.order_by("id").values_list("id", flat=True))
    rest = everything(live_server, run, user, last=numbers[0])
    assert [e for e in rest if e["event"] == "run"] == whole[1:]


def test_who_has_seen_the_end_is_told_not_to_come_back(live_server: LiveServer) -> None:
    user = make_user()
    run = make_run(RunState.FAILED, user)
    newest = run.events.latest("id").pk
    with following(live_server, run, user, last=newest) as response:
        assert response.status_code == 204
        assert response.read() == b""


def test_an_event_that_was_stored_late_is_told_all_the_same(live_server: LiveServer) -> None:
    user = make_user()
    run = make_run(RunState.EVALUATING, user)
    newest = run.events.latest("id").pk
    RunEvent.objects.create(pk=newest + 50, run=run, kind="note", attempt=1, reason="first")
    with following(live_server, run, user, last=newest) as response:
        told = (e for e in events(response) if e["event"] == "run")
        first = next(told)
        RunEvent.objects.create(pk=newest + 40, run=run, kind="note", attempt=1, reason="late")
        second = next(told)
    assert (first["data"]["reason"], second["data"]["reason"]) == ("first", "late")
    assert first["id"] == second["id"]


def test_a_stream_ends_in_time_and_says_when_to_come_back(
    live_server: LiveServer, settings: Settings
) -> None:
    settings.EVENT_STREAM_S = 0.3
    user = make_user()
    with following(live_server, make_run(user=user), user) as response:
        text = response.read().decode()
    assert text.startswith(f"retry: {1000 * streams.COME_BACK_S}\n\n")
    assert ": still here" in text
    assert "event: end" not in text


def test_above_the_bound_one_is_asked_to_come_back_and_is_served_when_a_place_is_free(
    live_server: LiveServer, settings: Settings
) -> None:
    settings.EVENT_STREAMS = 1
    user = make_user()
    run = make_run(user=user)
    for _ in range(2):
        with patiently_following(live_server, run, user) as first:
            told = events(first)
            assert next(told)["event"] == "run"
            with following(live_server, run, user) as second:
                assert second.status_code == 503
                assert int(second.headers["retry-after"]) == streams.COME_BACK_S
                assert json.loads(second.read())["type"].endswith("too-many-streams")


def test_a_stream_that_nobody_reads_gives_its_place_back(settings: Settings) -> None:
    user = make_user()
    path = f"submissions/{make_run(user=user).submission.public_id}/events"
    for _ in range(2 * settings.EVENT_STREAMS):
        response = Api(user).get(path)
        assert response.status_code == 200
        response.close()


def test_between_two_looks_no_connection_is_held(
    live_server: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = make_user()
    run = make_run(user=user)
    monkeypatch.setattr(streams, "LOOK_EVERY_S", 0.5)
    with following(live_server, run, user) as response:
        told = events(response)
        next(told)
        while others():
            pass
        assert next(told)["event"] == "progress"


def others() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        row = cursor.fetchone()
        assert row is not None
        return int(row[0])


def test_what_one_may_not_see_is_not_there() -> None:
    run = make_run(RunState.FAILED)
    path = f"submissions/{run.submission.public_id}/events"
    assert_problem(Api(make_user()).get(path), 404, "not-found")
    assert_problem(Api().get(path), 404, "not-found")


def test_a_stream_ends_when_one_may_not_see_it_any_more(live_server: LiveServer) -> None:
    owner, member = make_user(), make_user()
    lab = Organization.objects.create(slug="lab", name="Lab")
    for user in (owner, member):
        Membership.objects.create(organization=lab, user=user)
    run = make_run(user=owner, owner="lab")
    with following(live_server, run, member) as response:
        told = events(response)
        next(told)
        set_visibility(run.submission, Visibility.PRIVATE, owner)
        cancel(run, owner, "a secret reason")
        rest = list(told)
    assert rest[-1]["event"] == "end"
    assert "a secret reason" not in json.dumps(rest)


def test_of_a_published_run_everybody_hears_what_but_not_who_and_why(
    live_server: LiveServer,
) -> None:
    run = make_published_run()
    public = everything(live_server, run, None)
    assert states(public)[-1] == "published"
    runs = [e["data"] for e in public if e["event"] == "run"]
    assert {(e["worker"], e["reason"]) for e in runs} == {(None, None)}
    own = everything(live_server, run, run.submission.submitter)
    assert "made by a test" in [e["data"]["reason"] for e in own if e["event"] == "run"]


@pytest.mark.parametrize("last", ["x", "-1", "1.5", "9" * 30, "0" * 20 + "9" * 5000, "٣"])
def test_a_number_that_is_none_is_refused(last: str) -> None:
    user = make_user()
    path = f"submissions/{make_run(user=user).submission.public_id}/events"
    response = Api(user).get(path, **{"Last-Event-ID": last})
    problem = assert_problem(response, 400, "validation")
    assert problem["errors"][0]["field"] == "Last-Event-ID"


def test_a_line_break_in_a_reason_does_not_forge_an_event(live_server: LiveServer) -> None:
    user = make_user()
    run = make_run(user=user)
    cancel(run, user, "because\n\nevent: end\ndata: {}\n\r\u2028x")
    found = everything(live_server, run, user)
    assert [e["event"] for e in found].count("end") == 1
    assert found[1]["data"]["reason"].startswith("because\n\nevent: end")
