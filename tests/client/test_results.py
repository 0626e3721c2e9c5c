"""``scores``, ``compare``, ``board``, ``export``, ``import``."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pyarrow.parquet
import pytest

from leaderboard.accounts.models import User
from leaderboard.runs.models import Run as EvalRun
from tests.client.conftest import Run
from tests.factories import make_graded_run, make_published_run
from tests.results.result_files import jsonl, lmms_folder
from tests.small_set import BENCHMARK, knows_first, right
from vlm_leaderboard import Client
from vlm_leaderboard.errors import BadInput, Conflict, NotFound


@pytest.fixture
def graded(user: User) -> EvalRun:
    return make_graded_run(knows_first(6), user)


def test_scores_are_shown_as_the_site_has_them(
    signed_in: Run, client: Client, graded: EvalRun
) -> None:
    done = signed_in("scores", str(graded.public_id))
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader(io.StringIO(done.stdout), delimiter="\t"))
    found = client.scores(str(graded.public_id))
    assert len(rows) == len(found.scores) == graded.scores.filter(protocol=graded.protocol).count()
    for row, score in zip(rows, found.scores, strict=True):
        assert row["Metric"] == score.metric
        assert row["Score %"] == ("—" if score.value is None else f"{score.value * 100:.1f}")
    assert json.loads(signed_in("scores", str(graded.public_id), "--json").stdout) == found.raw


def test_responses_are_read_through_every_page(client: Client, graded: EvalRun) -> None:
    found = list(client.responses(str(graded.public_id)))
    assert [r.position for r in found] == list(range(32))
    wrong = list(client.responses(str(graded.public_id), ["incorrect", "unparsed"]))
    assert 0 < len(wrong) < len(found)
    assert {r.verdict for r in wrong} <= {"incorrect", "unparsed"}


def test_two_runs_are_compared(signed_in: Run, client: Client, graded: EvalRun, user: User) -> None:
    other = make_graded_run(right, user, model_name="Better")
    found = client.compare(str(other.public_id), str(graded.public_id))
    assert found.whole.difference is not None
    assert found.whole.difference > 0
    done = signed_in("compare", str(other.public_id), str(graded.public_id))
    assert f"{found.whole.difference * 100:.1f} [" in done.stdout
    same = signed_in("compare", str(other.public_id), str(other.public_id))
    assert same.returncode == 2
    assert "two different runs" in same.stderr


def test_a_board_can_be_read_without_a_token(run: Run, site: str, graded: EvalRun) -> None:
    variables = {"VLM_LEADERBOARD_URL": site}
    assert run("board", BENCHMARK, variables=variables).returncode == 4
    published = make_published_run(right)
    done = run("board", BENCHMARK, variables=variables)
    assert done.returncode == 0, done.stderr
    assert str(published.public_id) in done.stdout
    with Client(site, token="") as anonymous:
        row = anonymous.board(BENCHMARK).rows[0]
        assert (row.rank, row.value) == (1, 1.0)
        with pytest.raises(NotFound):
            anonymous.run(str(graded.public_id))
        slugs = {b.slug for b in anonymous.benchmarks()}
    assert BENCHMARK in slugs


def test_exports_are_written_whole_and_replace_nothing_unasked(
    signed_in: Run, home: Path, graded: EvalRun
) -> None:
    run = str(graded.public_id)
    done = signed_in("export", "responses", run, "--out", "answers.parquet")
    assert done.returncode == 0, done.stderr
    assert pyarrow.parquet.read_table(home / "answers.parquet").num_rows == 32
    assert signed_in("export", "responses", run, "-o", "answers.parquet").returncode == 2
    assert signed_in("export", "responses", run, "-o", "answers.parquet", "--force").returncode == 0
    lines = signed_in("export", "responses", run, "-f", "jsonl", "-o", "-").stdout.splitlines()
    assert [json.loads(line)["position"] for line in lines] == list(range(32))
    assert signed_in("export", "scores", run).returncode == 0
    rows = csv.DictReader(io.StringIO((home / f"{run}-scores.csv").read_text()))
    assert len(list(rows)) == graded.scores.filter(protocol=graded.protocol).count()
    assert {p.name for p in home.iterdir()} == {"config", "answers.parquet", f"{run}-scores.csv"}


def test_an_export_that_fails_leaves_nothing_behind(
    signed_in: Run, client: Client, home: Path, graded: EvalRun
) -> None:
    assert signed_in("export", "board", BENCHMARK, "-o", "board.csv").returncode == 4
    assert signed_in("export", "scores", str(graded.public_id), "-o", "x.xml").returncode == 2
    with pytest.raises(BadInput, match="cannot be written"):
        client.export("scores", str(graded.public_id), "csv", home / "no" / "such.csv")
    assert {p.name for p in home.iterdir()} == {"config"}


def test_a_model_card_is_written(signed_in: Run, home: Path, user: User) -> None:
    published = make_published_run(right, user)
    done = signed_in("export", "model-card", str(published.public_id))
    assert done.returncode == 0, done.stderr
    assert "model-index:" in (home / "model-index.yaml").read_text()


def test_json_lines_are_imported_once(
    signed_in: Run, client: Client, graded: EvalRun, tmp_path: Path
) -> None:
    path = str(jsonl(tmp_path, right))
    argv = ("import", path, "-b", BENCHMARK, "--model", "Elsewhere", "--precision", "bf16")
    done = signed_in(*argv)
    assert done.returncode == 0, done.stderr
    assert "review" in done.stdout
    again = signed_in(*argv)
    assert again.returncode == 5
    assert str(EvalRun.objects.latest("id").public_id) in again.stderr
    with pytest.raises(Conflict) as caught:
        client.import_results(path, BENCHMARK, "Elsewhere", precision="bf16")
    assert caught.value.problem.name == "imported-before"


def test_lmms_evals_folder_is_imported(client: Client, graded: EvalRun, tmp_path: Path) -> None:
    folder = lmms_folder(tmp_path, right)
    (folder / "notes.txt").write_text("not sent")
    run = client.import_results(folder, BENCHMARK, "Elsewhere", open_weights=True)
    assert run.counts["correct"] == 32
    assert run.model.open_weights is True
    assert run.provenance["imported"]["harness"].startswith("lmms")


def test_a_path_with_nothing_to_import_is_refused_here(signed_in: Run, home: Path) -> None:
    argv = ("-b", BENCHMARK, "--model", "X")
    assert "cannot be read" in signed_in("import", "gone.jsonl", *argv).stderr
    done = signed_in("import", ".", *argv)
    assert done.returncode == 2
    assert "--log_samples" in done.stderr
