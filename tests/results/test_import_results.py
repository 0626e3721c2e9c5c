"""Importing answers that were given elsewhere: every kind of file becomes a run that awaits review."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest

from evaluator.bundle import sha256_of
from leaderboard.catalog.models import DatasetVersion, Item, Variant
from leaderboard.results.imports.preparation import OWN_LABEL
from leaderboard.results.imports.request import AlreadyImported, ImportRequest
from leaderboard.results.imports.services import import_results
from leaderboard.results.models import Response
from leaderboard.review.models import Check
from leaderboard.review.services import approve, reject
from leaderboard.runs.models import ImportedRun, Run, Submission, TransitionRefused
from leaderboard.runs.quota import claim_quota
from leaderboard.runs.services import cancel, retry
from leaderboard.runs.states import RunState
from leaderboard.runs.submission import QuotaExceeded, SubmissionInvalid
from tests.factories import (
    ensure_benchmarks,
    make_graded_run,
    make_published_run,
    make_reviewer,
    make_user,
)
from tests.results.result_files import (
    DATE,
    jsonl,
    lines_of,
    lmms_folder,
    table_rows,
    write_jsonl,
    write_table,
)
from tests.results.stored import headline
from tests.small_set import BENCHMARK, always_a, knows_first, small_set

pytestmark = pytest.mark.django_db

knows_three = knows_first(3)


def wish(**fields: Any) -> ImportRequest:
    return ImportRequest(**{"benchmark": BENCHMARK, "model_name": "Elsewhere VLM", **fields})


def bring(path: Path, **fields: Any) -> Run:
    ensure_benchmarks()
    return import_results(make_user(), path, wish(**fields))


def scores_of(run: Run) -> dict[tuple[str, str, str], tuple[float | None, int]]:
    """Every score but how many answers were cut, which no results file tells."""
    found = run.scores.filter(protocol=run.protocol).exclude(metric="truncated")
    return {(s.axis, s.dimension, s.metric): (s.value, s.total) for s in found}


@pytest.fixture
def known() -> Run:
    """A run that brought the small set to the site, with pictures."""
    return make_graded_run(knows_three)


def written(folder: Path, kind: str) -> Path:
    """Return a results file of this kind with the answers of ``knows_three``."""
    if kind == "jsonl":
        return jsonl(folder, knows_three)
    if kind == "lmms-eval":
        return lmms_folder(folder, knows_three)
    rows = table_rows(small_set().items, knows_three)
    return write_table(folder / f"Tiny_MMBench_DEV_EN.{kind}", rows)


KINDS = ("jsonl", "lmms-eval", "xlsx", "tsv", "json")


@pytest.mark.parametrize("kind", KINDS)
def test_imported_answers_get_the_scores_that_a_worker_would_have_brought(
    known: Run, tmp_path: Path, kind: str
) -> None:
    run = bring(written(tmp_path, kind))
    assert run.state == RunState.REVIEW
    assert run.dataset == known.dataset
    assert run.protocol == known.protocol
    assert scores_of(run) == scores_of(known)
    # A file does not tell the tokens that the worker counted.
    lengths, known_lengths = run.counts.pop("lengths"), known.counts.pop("lengths")
    assert lengths["characters"] == known_lengths["characters"]
    assert run.counts == known.counts
    assert run.scores.get(metric="truncated").value is None
    assert not run.blockers
    assert DatasetVersion.objects.count() == 1


@pytest.mark.parametrize("kind", KINDS)
def test_an_imported_run_says_where_it_comes_from(known: Run, tmp_path: Path, kind: str) -> None:
    path = written(tmp_path, kind)
    run = bring(path)
    told = run.manifest["imported"]
    answers = path / "tiny__vlm" / f"{DATE}_samples_{BENCHMARK}.jsonl"
    assert told["sha256"] == sha256_of(answers if kind == "lmms-eval" else path)
    assert told["file"] == path.name
    assert told["by"] == run.submission.submitter.username
    harness = {"jsonl": "jsonl", "lmms-eval": "lmms-eval"}.get(kind, "vlmevalkit")
    assert told["harness"] == harness
    assert run.submission.imported
    assert run.submission.variant.kind == Variant.Kind.IMPORTED


def test_what_lmms_eval_says_of_the_run_is_kept_without_its_address_and_key(
    known: Run, tmp_path: Path
) -> None:
    run = bring(lmms_folder(tmp_path, knows_three))
    assert run.manifest["versions"] == {"lmms-eval": "0.7.3"}
    assert run.manifest["generation"] == {"max_new_tokens": 64, "temperature": 0.0}
    assert "sk-planted" not in str(run.manifest)
    assert "10.0.0.7" not in str(run.manifest)
    assert Response.objects.of_run(run).filter(completion_tokens=2).count() == 32


def test_a_zip_file_of_the_folder_is_the_same_import(known: Run, tmp_path: Path) -> None:
    folder = lmms_folder(tmp_path, knows_three)
    packed = tmp_path / "output.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for path in folder.rglob("*"):
            archive.write(path, path.relative_to(tmp_path))
    run = bring(packed)
    assert scores_of(run) == scores_of(known)
    with pytest.raises(AlreadyImported) as refused:
        import_results(run.submission.submitter, folder, wish())
    assert refused.value.run == run


def test_a_limited_run_of_lmms_eval_cannot_be_published(known: Run, tmp_path: Path) -> None:
    run = bring(lmms_folder(tmp_path, items=small_set().items[:5], limit=5.0))
    assert run.limit == 5
    assert [b["code"] for b in run.blockers] == ["limited"]


def failing(item: Any) -> str | None:
    return None if item.position == 4 else "A"


@pytest.mark.parametrize("kind", ["lines", "samples", "table"])
def test_failed_requests_are_errors_and_no_answers(known: Run, tmp_path: Path, kind: str) -> None:
    if kind == "lines":
        path = jsonl(tmp_path, failing)
    elif kind == "samples":
        path = lmms_folder(tmp_path, failing)
    else:
        path = write_table(tmp_path / "a.tsv", table_rows(small_set().items, failing))
    run = bring(path)
    assert run.counts["errored"] == 1
    failed = Response.objects.of_run(run).get(verdict="errored")
    assert (failed.item.position, failed.text) == (4, "")


def test_missing_rows_stand_against_publishing(known: Run, tmp_path: Path) -> None:
    run = bring(jsonl(tmp_path, items=small_set().items[:-3]))
    assert run.dataset == known.dataset
    assert (run.counts["missing"], [b["code"] for b in run.blockers]) == (3, ["missing_items"])


def test_questions_said_to_be_skipped_are_missing(known: Run, tmp_path: Path) -> None:
    lines = lines_of(small_set().items, always_a)
    lines[0] = {**small_set().items[0].fields, "skipped": True}
    run = bring(write_jsonl(tmp_path / "a.jsonl", lines))
    assert (run.counts["missing"], run.counts["skipped"]) == (1, 0)


def test_the_first_items_of_a_benchmark_become_its_data_set(tmp_path: Path) -> None:
    run = bring(jsonl(tmp_path, knows_three))
    assert run.dataset is not None
    assert (run.dataset.label, run.dataset.rows, run.dataset.current) == (OWN_LABEL, 32, True)
    assert Item.objects.filter(dataset=run.dataset, item_images=None).count() == 32
    assert headline(run).value == 3 / 8


def test_a_piece_of_the_release_is_not_complete_for_being_its_own_data_set(tmp_path: Path) -> None:
    run = bring(jsonl(tmp_path, knows_three))
    assert [b["code"] for b in run.blockers] == ["missing_items"]
    assert run.counts["items"] == run.benchmark.official_rows


def test_the_same_items_make_the_same_data_set_in_any_order(tmp_path: Path) -> None:
    first = bring(jsonl(tmp_path, knows_three))
    other = tmp_path / "other"
    other.mkdir()
    second = bring(jsonl(other, always_a, items=small_set().items[::-1]))
    assert second.dataset == first.dataset


def test_other_items_become_a_data_set_of_their_own(known: Run, tmp_path: Path) -> None:
    lines = lines_of(small_set().items)
    for line in lines:
        line["question"] = "Anew: " + line["question"]
    run = bring(write_jsonl(tmp_path / "a.jsonl", lines))
    assert run.dataset is not None
    assert run.dataset != known.dataset
    assert not run.dataset.current


def test_items_that_differ_in_part_need_a_word_to_stand_alone(known: Run, tmp_path: Path) -> None:
    lines = lines_of(small_set().items)
    lines[3]["question"] = "Another question?"
    run = bring(write_jsonl(tmp_path / "a.jsonl", lines), own_items=True)
    assert run.dataset != known.dataset


def test_the_same_file_of_the_same_model_is_refused_with_the_first_run(
    known: Run, tmp_path: Path
) -> None:
    path = jsonl(tmp_path)
    first = bring(path)
    before = Submission.objects.count()
    with pytest.raises(AlreadyImported) as refused:
        import_results(first.submission.submitter, path, wish(precision="int4"))
    assert refused.value.run == first
    assert Submission.objects.count() == before


def test_the_same_file_of_another_model_is_another_import(known: Run, tmp_path: Path) -> None:
    path = jsonl(tmp_path)
    assert bring(path).pk != bring(path, model_name="Another VLM").pk


def test_a_file_whose_import_was_rejected_may_be_brought_again(known: Run, tmp_path: Path) -> None:
    path = jsonl(tmp_path)
    run = bring(path)
    reject(run, make_reviewer(), "The precision is wrong.")
    again = import_results(run.submission.submitter, path, wish(precision="int4"))
    assert again.state == RunState.REVIEW


def test_an_import_is_never_published_by_rule(known: Run, tmp_path: Path) -> None:
    ensure_benchmarks()
    user = make_user(trusted_submitter=True)
    run = import_results(user, jsonl(tmp_path, knows_three), wish())
    checks = run.checks.all()
    assert checks
    assert all(check.status == Check.Status.PASS for check in checks)
    assert run.state == RunState.REVIEW
    approve(run, make_reviewer(), "made by a test")
    run.refresh_from_db()
    assert run.state == RunState.PUBLISHED


def test_an_import_cannot_be_retried_or_cancelled(known: Run, tmp_path: Path) -> None:
    run = bring(jsonl(tmp_path))
    with pytest.raises(ImportedRun):
        retry(run.submission, run.submission.submitter)
    with pytest.raises(TransitionRefused):
        cancel(run, run.submission.submitter)


def test_an_import_takes_the_road_of_the_state_machine_and_no_worker_hears_of_it(
    known: Run, tmp_path: Path
) -> None:
    run = bring(jsonl(tmp_path))
    assert [e.to_state for e in run.events.order_by("id")] == ["queued", "scoring", "review"]
    assert run.submission.sent_at is not None
    assert run.submission.queue == ""


def test_imports_count_towards_the_daily_quota(known: Run, tmp_path: Path) -> None:
    user = make_user(submissions_per_day=1)
    import_results(user, jsonl(tmp_path), wish())
    with pytest.raises(QuotaExceeded):
        claim_quota(user)
    with pytest.raises(QuotaExceeded):
        import_results(user, jsonl(tmp_path, knows_three), wish())


def test_a_published_run_stands_on_the_board_beside_evaluated_ones(tmp_path: Path) -> None:
    published = make_published_run(knows_three)
    run = bring(jsonl(tmp_path), model_name=published.submission.variant.model.name)
    approve(run, make_reviewer(), "made by a test")
    version = run.benchmark.board_versions.latest("number")
    assert {row.run_id for row in version.rows.all()} == {published.pk, run.pk}


def test_everything_that_is_wrong_with_the_wish_is_said_at_once(tmp_path: Path) -> None:
    ensure_benchmarks()
    bad = wish(benchmark="mmbench_en_dex", model_name=" ", precision="fp3", parameters_b=-1.0)
    with pytest.raises(SubmissionInvalid) as refused:
        import_results(make_user(), jsonl(tmp_path), bad)
    assert {e["field"] for e in refused.value.errors} == {
        "benchmark",
        "model_name",
        "precision",
        "parameters_b",
    }
    assert not Run.objects.exists()
