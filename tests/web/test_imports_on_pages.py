"""How imported runs look, and what can be downloaded from a run's page."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from leaderboard.accounts.models import User
from leaderboard.results.imports.request import ImportRequest
from leaderboard.results.imports.services import import_results
from leaderboard.review.services import approve
from leaderboard.runs.models import Run
from leaderboard.runs.states import RunState
from tests.factories import make_graded_run, make_published_run, make_reviewer, make_run, make_user
from tests.results.result_files import jsonl
from tests.small_set import BENCHMARK, knows_first
from tests.web.conftest import Read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("benchmarks")]


@pytest.fixture
def rosa(client: Client) -> User:
    """A signed-in submitter."""
    user = make_user("rosa")
    client.force_login(user)
    return user


def bring(user: User, folder: Path, engine: str = "") -> Run:
    request = ImportRequest(benchmark=BENCHMARK, model_name="Elsewhere VLM", engine=engine)
    return import_results(user, jsonl(folder, knows_first(3)), request)


def page(run: Run) -> str:
    return reverse("runs:detail", args=[run.public_id])


def test_an_imported_run_is_shown_as_one(rosa: User, read: Read, tmp_path: Path) -> None:
    html = read(page(bring(rosa, tmp_path)))
    assert '<span class="chip chip--line">imported</span>' in html
    assert "answers.jsonl" in html
    assert "engine not told" in html


def test_the_road_of_an_imported_run_has_no_worker(rosa: User, read: Read, tmp_path: Path) -> None:
    imported = read(page(bring(rosa, tmp_path)))
    evaluated = read(page(make_graded_run(user=rosa)))
    assert "Starting engine" in evaluated
    assert "Starting engine" not in imported


def test_an_imported_run_cannot_be_retried(rosa: User, client: Client, tmp_path: Path) -> None:
    run = bring(rosa, tmp_path)
    answer = client.post(reverse("runs:retry", args=[run.public_id]), follow=True)
    assert "no worker can be asked for them" in answer.content.decode()
    run.refresh_from_db()
    assert run.state == RunState.REVIEW


def test_the_board_marks_imported_rows(read: Read, tmp_path: Path) -> None:
    make_published_run()
    board = reverse("boards:benchmark", args=[BENCHMARK])
    mark = '<span class="chip chip--line">imported</span>'
    assert mark not in read(board)
    approve(bring(make_user(), tmp_path, engine="vllm"), make_reviewer(), "made by a test")
    html = read(board)
    assert html.count(mark) == 1
    assert '<span class="chip eng">vLLM</span>' in html


def test_a_graded_run_can_be_downloaded_in_every_format(rosa: User, read: Read) -> None:
    run = make_graded_run(user=rosa)
    html = read(page(run))
    for name, form in (
        ("scores", "csv"),
        ("scores", "json"),
        ("scores", "parquet"),
        ("responses", "csv"),
        ("responses", "jsonl"),
        ("responses", "parquet"),
    ):
        address = reverse(f"api:{name}-file", args=[run.public_id, form])
        assert f'href="{address}' in html
    assert "data-copy-from" not in html


def test_a_published_run_has_a_model_card_to_copy(read: Read) -> None:
    run = make_published_run()
    address = reverse("api:model-card", args=[run.public_id])
    assert f'data-copy-from="{address}"' in read(page(run))


def test_there_is_nothing_to_download_before_a_run_is_graded(rosa: User, read: Read) -> None:
    html = read(page(make_run(RunState.EVALUATING, rosa)))
    assert "scores.csv" not in html
