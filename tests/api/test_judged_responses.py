"""The API tells which responses a judge decided, and which judge. The judge is a stand-in HTTP server."""

from __future__ import annotations

import pytest
from pytest_django import Settings

from leaderboard.runs.models import Run
from tests.api.conftest import Api
from tests.factories import make_graded_run
from tests.results.judge_site import KEY, MODEL, cryptic_on_first, judge, without_waiting
from tests.small_set import PASS

pytestmark = pytest.mark.django_db


def judges_by_question(run: Run) -> dict[int, set[tuple[str, str, str | None]]]:
    """Return verdict, rule and judge of the responses, by the question that they answer."""
    api = Api(run.submission.submitter)
    found: dict[int, set[tuple[str, str, str | None]]] = {}
    answer = api.get(f"runs/{run.public_id}/responses", {"page_size": 32})
    assert KEY not in answer.content.decode()
    for row in answer.json()["results"]:
        what = (row["verdict"], row["how"], row["judge"])
        found.setdefault(int(row["item"]) % PASS, set()).add(what)
    return found


def test_the_judge_is_named_where_it_decided(settings: Settings) -> None:
    with judge(settings):
        found = judges_by_question(make_graded_run(cryptic_on_first))
    assert found[0] == {("correct", "judge", MODEL)}
    assert all(found[number] == {("correct", "letter", None)} for number in range(1, 8))


def test_the_judge_is_named_where_it_failed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_waiting(monkeypatch)
    with judge(settings, mode="error_500"):
        run = make_graded_run(cryptic_on_first)
    assert judges_by_question(run)[0] == {("unjudged", "open", MODEL)}
    detail = Api(run.submission.submitter).get(f"runs/{run.public_id}").json()
    assert [blocker["code"] for blocker in detail["blockers"]] == ["unjudged_share"]
