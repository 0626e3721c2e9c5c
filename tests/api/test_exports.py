"""Downloading scores, responses and boards, and a block for a model card."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyarrow.parquet as pq
import pytest

from evaluator.records import Item
from leaderboard.accounts.models import User
from leaderboard.results.imports.request import ImportRequest
from leaderboard.results.imports.services import import_results
from leaderboard.results.models import Response
from leaderboard.review.services import approve
from leaderboard.runs.models import Run
from tests.api.conftest import Api, assert_problem
from tests.factories import make_graded_run, make_published_run, make_reviewer, make_user
from tests.results.result_files import jsonl
from tests.small_set import BENCHMARK, knows_first, small_set

pytestmark = pytest.mark.django_db

FORMATS = ("csv", "json", "jsonl", "parquet")
ODD = {
    0: '=HYPERLINK("http://x")',
    1: "+1",
    2: "-1 or so",
    3: "@here",
    4: "它是，\n“猫”",
    5: 'a "quoted", text',
    6: "\tA",
    7: "",
}
"""What a model might write, by position."""


def odd(item: Item) -> str | None:
    """Nine odd answers (the ninth a failed request), then always A."""
    return None if item.position == 8 else ODD.get(item.position, "A")


def body_of(response: Any) -> bytes:
    assert response.status_code == 200, response.content
    return b"".join(response.streaming_content)


def rows_of(response: Any, form: str) -> list[dict[str, Any]]:
    """Read a downloaded table as a program would."""
    body = body_of(response)
    if form == "csv":
        return list(csv.DictReader(io.StringIO(body.decode("utf-8"), newline="")))
    if form == "json":
        found: list[dict[str, Any]] = json.loads(body)
        return found
    if form == "jsonl":
        return [json.loads(line) for line in body.decode().split("\n") if line]
    return list(pq.read_table(io.BytesIO(body)).to_pylist())


@pytest.fixture
def user() -> User:
    return make_user()


@pytest.fixture
def run(user: User) -> Run:
    return make_graded_run(odd, user)


@pytest.mark.parametrize("form", FORMATS)
def test_scores_are_what_the_api_says(user: User, run: Run, form: str) -> None:
    api = Api(user)
    told = api.get(f"runs/{run.public_id}/scores").json()["scores"]
    found = rows_of(api.get(f"runs/{run.public_id}/scores.{form}"), form)
    assert [f["metric"] for f in found] == [t["metric"] for t in told]
    for row, score in zip(found, told, strict=True):
        told_as = {**score, "corrected": "yes" if score["corrected"] else None}
        for name, value in told_as.items():
            if form == "csv":
                assert row[name] == ("" if value is None else str(value))
            else:
                assert row[name] == value
    assert {f["protocol"] for f in found} == {run.protocol}


def test_an_unknown_score_is_empty_and_not_nought(user: User, run: Run) -> None:
    unknown = run.scores.filter(value=None).first()
    assert unknown is not None
    for form, nothing in (("csv", ""), ("json", None), ("parquet", None)):
        rows = rows_of(Api(user).get(f"runs/{run.public_id}/scores.{form}"), form)
        place = (unknown.axis, unknown.dimension, unknown.metric)
        row = next(r for r in rows if (r["axis"], r["dimension"], r["metric"]) == place)
        assert row["value"] == nothing


@pytest.mark.parametrize("form", ["json", "jsonl", "parquet"])
def test_responses_are_as_the_model_wrote_them(user: User, run: Run, form: str) -> None:
    response = Api(user).get(f"runs/{run.public_id}/responses.{form}")
    rows = rows_of(response, form)
    assert [r["position"] for r in rows] == list(range(len(small_set().items)))
    assert {p: rows[p]["text"] for p in ODD} == ODD
    assert (rows[8]["verdict"], rows[8]["error"], rows[8]["ttft_ms"]) == (
        "errored",
        "HTTP 500",
        None,
    )
    assert rows[9]["question"] == "Question 1: which colour?"
    assert rows[9]["gold"] == small_set().items[9].fields["answer"]


def test_no_cell_of_a_csv_is_a_formula(user: User, run: Run) -> None:
    body = body_of(Api(user).get(f"runs/{run.public_id}/responses.csv")).decode()
    cells = [cell for row in csv.reader(io.StringIO(body, newline="")) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@", "\t", "\r", "-"))]
    texts = [row["text"] for row in csv.DictReader(io.StringIO(body, newline=""))]
    assert texts[:8] == [f"'{t}" if t[:1] in "=+-@\t" and t else t for t in ODD.values()]


def test_a_csv_has_a_byte_order_mark_only_when_asked_for(user: User, run: Run) -> None:
    path = f"runs/{run.public_id}/scores.csv"
    assert body_of(Api(user).get(path)).startswith(b"run,benchmark")
    assert body_of(Api(user).get(path, {"mark": "1"})).startswith(b"\xef\xbb\xbfrun,benchmark")


@pytest.mark.parametrize(
    ("form", "content_type"),
    [
        ("csv", "text/csv; charset=utf-8"),
        ("json", "application/json"),
        ("jsonl", "application/jsonl"),
        ("parquet", "application/vnd.apache.parquet"),
    ],
)
def test_a_file_says_what_it_is_and_what_to_call_it(
    user: User, run: Run, form: str, content_type: str
) -> None:
    response = Api(user).get(f"runs/{run.public_id}/scores.{form}", Accept="text/csv")
    assert response["Content-Type"] == content_type
    name = f"tiny-vlm_{BENCHMARK}_{str(run.public_id)[:8]}_scores.{form}"
    assert response["Content-Disposition"] == f'attachment; filename="{name}"'


def test_an_unknown_format_is_answered_with_those_that_there_are(user: User, run: Run) -> None:
    problem = assert_problem(Api(user).get(f"runs/{run.public_id}/scores.xls"), 404, "not-found")
    assert "csv, json, jsonl, parquet" in problem["detail"]


FILES = ("runs/{run}/scores.csv", "runs/{run}/responses.jsonl")


@pytest.mark.parametrize("address", FILES)
def test_files_are_seen_by_those_who_see_the_run(user: User, run: Run, address: str) -> None:
    path = address.format(run=run.public_id)
    for api in (Api(user), Api(make_reviewer())):
        assert api.get(path).status_code == 200
    for api in (Api(), Api(make_user())):
        assert_problem(api.get(path), 404, "not-found")
    assert_problem(Api(user).get(address.format(run=uuid4())), 404, "not-found")


def test_what_an_endpoint_said_is_only_for_those_who_may_know_it(user: User, settings: Any) -> None:
    settings.MAX_ERRORED_SHARE = 0.1
    run = make_published_run(odd, user)
    said = "endpoint_rate_limited: HTTP 429: gateway.internal:8443 is busy"
    judge = {"ruling": {"judge": "j", "error": "HTTP 500 from judge.internal"}}
    Response.objects.of_run(run).filter(item__position=8).update(error=said, notes=judge)
    path = f"runs/{run.public_id}/responses.json"
    shown = rows_of(Api(user).get(path), "json")[8]
    assert shown["error"] == said
    assert "judge.internal" in shown["notes"]
    public = body_of(Api().get(path)).decode()
    assert "internal" not in public
    assert json.loads(public)[8]["error"] == "endpoint_rate_limited"


def test_responses_come_through_a_cursor(
    user: User, run: Run, monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: Any
) -> None:
    """However many chunks a run has, the number of queries is the same."""
    monkeypatch.setattr("leaderboard.results.exports.tables.CHUNK", 5)
    monkeypatch.setattr("leaderboard.core.tables.CHUNK_ROWS", 5)
    api = Api(user)
    with django_assert_max_num_queries(4):
        rows = rows_of(api.get(f"runs/{run.public_id}/responses.jsonl"), "jsonl")
    assert len(rows) == 32


@pytest.mark.parametrize("form", FORMATS)
def test_a_board_is_as_the_api_shows_it(form: str) -> None:
    for known in (3, 5):
        make_published_run(knows_first(known), served_name=f"knows-{known}")
    board = Api().get(f"boards/{BENCHMARK}").json()
    rows = rows_of(Api().get(f"boards/{BENCHMARK}.{form}"), form)
    assert [r["run"] for r in rows] == [r["run"] for r in board["rows"]]
    for place, column in enumerate(board["columns"]):
        name = "{axis}/{dimension}/{metric}".format(**column)
        for row, shown in zip(rows, board["rows"], strict=True):
            value = (shown["cells"][place] or {}).get("value")
            if form == "csv":
                value = "" if value is None else str(value)
            assert row[name] == value


def test_a_board_says_which_rows_were_imported(tmp_path: Path) -> None:
    make_published_run()
    request = ImportRequest(benchmark=BENCHMARK, model_name="Elsewhere VLM")
    approve(import_results(make_user(), jsonl(tmp_path), request), make_reviewer(), "a test")
    rows = rows_of(Api().get(f"boards/{BENCHMARK}.json"), "json")
    assert {row["model"]: row["imported"] for row in rows} == {
        "Tiny VLM": False,
        "Elsewhere VLM": True,
    }


def test_an_empty_board_is_no_file() -> None:
    make_graded_run()
    assert_problem(Api().get(f"boards/{BENCHMARK}.csv"), 404, "not-found")
    assert_problem(Api().get("boards/nonsense.csv"), 404, "not-found")
