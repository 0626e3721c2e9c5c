"""Computing board versions: which runs, which columns, which order, which number."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, transaction

from leaderboard.boards.models import BoardRow, BoardVersion
from leaderboard.boards.services import publish_board
from leaderboard.catalog.models import Benchmark
from leaderboard.results.ingest import ingest
from leaderboard.results.models import Score
from leaderboard.review.services import approve, reopen
from leaderboard.runs.models import Run
from leaderboard.runs.states import RunState
from tests.factories import (
    deliver,
    make_graded_run,
    make_published_run,
    make_reviewer,
    make_run,
)
from tests.small_set import BENCHMARK, always_a, knows_first, small_set

pytestmark = pytest.mark.django_db


def newest() -> BoardVersion:
    return BoardVersion.objects.latest("number")


def places(version: BoardVersion) -> list[tuple[str, int | None]]:
    return [(row.run.submission.variant.model.name, row.rank) for row in version.rows.all()]


def column(version: BoardVersion, row: BoardRow, *key: str) -> dict[str, Any] | None:
    names = ("axis", "dimension", "metric")
    index = version.columns.index(dict(zip(names, key, strict=True)))
    cell: dict[str, Any] | None = row.cells[index]
    return cell


def test_the_first_published_run_makes_version_one() -> None:
    run = make_published_run()
    version = newest()
    assert (version.number, version.benchmark.slug) == (1, BENCHMARK)
    assert (version.dataset, version.protocol) == (run.dataset, run.protocol)
    assert version.reason == "Tiny VLM added"


def test_a_model_that_becomes_a_baseline_is_ranked_no_more() -> None:
    make_published_run(knows_first(2), model_name="Small")
    model = make_published_run(model_name="Large").submission.variant.model

    model.is_baseline = True
    model.save()
    assert places(newest()) == [("Small", 1), ("Large", None)]
    model.is_baseline = False
    model.save()
    assert places(newest()) == [("Large", 1), ("Small", 2)]
    assert (newest().number, newest().reason) == (4, "Large is no baseline")

    model.homepage = "https://example.org/"
    model.save()
    assert newest().number == 4


def test_models_are_ranked_by_their_headline() -> None:
    make_published_run(knows_first(2), model_name="Small")
    make_published_run(model_name="Large")
    make_published_run(knows_first(5), model_name="Middle")
    assert places(newest()) == [("Large", 1), ("Middle", 2), ("Small", 3)]
    assert newest().number == 3


def test_a_baseline_is_shown_last_and_not_ranked() -> None:
    make_published_run(knows_first(1), model_name="Weak")
    make_published_run(model_name="Always right", is_baseline=True)
    assert places(newest()) == [("Weak", 1), ("Always right", None)]


def test_cells_hold_the_scores_of_the_run() -> None:
    run = make_published_run(knows_first(5))
    version = newest()
    row = version.rows.get()
    for names, cell in zip(version.columns, row.cells, strict=True):
        if names["metric"] == "gap":
            continue
        score = Score.objects.get(run=run, **names)
        assert cell == {
            "value": score.value,
            "low": score.low,
            "high": score.high,
            "correct": score.correct,
            "total": score.total,
        }
    headline = column(version, row, "overall", "overall", "circular")
    assert headline is not None
    assert (headline["correct"], headline["total"], row.value) == (5, 8, 5 / 8)


def test_columns_are_the_headline_then_the_boards_axis_then_vanilla_and_gap() -> None:
    make_published_run()
    keys = [(c["axis"], c["dimension"], c["metric"]) for c in newest().columns]
    benchmark = Benchmark.objects.get(slug=BENCHMARK)
    axis = [d.key for d in benchmark.dimensions.filter(axis="L2").order_by("position")]
    assert len(axis) == 6
    assert keys == [
        ("overall", "overall", "circular"),
        *(("L2", key, "circular") for key in axis),
        ("overall", "overall", "vanilla"),
        ("overall", "overall", "gap"),
    ]


def test_the_gap_is_headline_minus_vanilla() -> None:
    make_published_run(always_a)
    version = newest()
    row = version.rows.get()
    circular = column(version, row, "overall", "overall", "circular")
    vanilla = column(version, row, "overall", "overall", "vanilla")
    gap = column(version, row, "overall", "overall", "gap")
    assert circular is not None
    assert vanilla is not None
    assert gap is not None
    # "A" is right in one rotation of four: never in all, and on the main row of every fourth question.
    assert (circular["value"], vanilla["value"]) == (0.0, 0.25)
    assert (gap["value"], gap["low"], gap["high"]) == (-0.25, None, None)


def test_serving_figures_come_from_the_manifest_and_are_null_when_not_measured() -> None:
    run = make_run(RunState.EVALUATING)
    sent = deliver(run, serving={"ttft_ms_p50": 12.5, "requests": 32})
    approve(ingest(run, **sent.arguments()), make_reviewer(), "made by a test")
    serving = newest().rows.get().serving
    assert serving["ttft_ms_p50"] == 12.5
    assert {name for name, value in serving.items() if value is None} == {
        "ttft_ms_p95",
        "tokens_per_s",
        "gpu_memory",
        "gpu_memory_mb",
        "cpu_memory_mb",
    }
    assert (serving["levels"], serving["targets"]) == ([], [])


def test_of_one_variant_only_the_newest_run_is_shown() -> None:
    make_published_run(knows_first(7))
    later = make_published_run(knows_first(3))
    row = newest().rows.get()
    assert row.run == later
    assert row.value == 3 / 8


def test_withdrawing_the_newest_run_brings_back_the_one_before() -> None:
    earlier = make_published_run(knows_first(7))
    later = make_published_run(knows_first(3))
    reopen(later, make_reviewer(), "a second look")
    assert newest().rows.get().run == earlier


def test_another_data_set_has_a_board_of_its_own() -> None:
    make_published_run(model_name="On the first")
    run = make_run(RunState.EVALUATING, model_name="On the second")
    sent = deliver(run, data=small_set(questions=4))
    run = ingest(run, **sent.arguments())
    approve(run, make_reviewer(), "made by a test")
    assert run.dataset is not None
    version = BoardVersion.objects.get(dataset=run.dataset)
    assert version.number == 1
    assert places(version) == [("On the second", 1)]


def test_another_protocol_has_a_board_of_its_own() -> None:
    run = make_published_run(model_name="New rules")
    old = make_graded_run(model_name="Old rules")
    # As a run looks that was graded before the benchmark's protocol was raised.
    Run.objects.filter(pk=old.pk).update(protocol="rules-0")
    Score.objects.filter(run=old).update(protocol="rules-0")
    old.refresh_from_db()
    approve(old, make_reviewer(), "made by a test")
    assert places(BoardVersion.objects.get(protocol="rules-0")) == [("Old rules", 1)]
    assert places(BoardVersion.objects.get(protocol=run.protocol)) == [("New rules", 1)]
    benchmark = Benchmark.objects.get(slug=BENCHMARK)
    assert [v.protocol for v in BoardVersion.objects.current(benchmark)] == [run.protocol]


def test_an_older_version_stays_as_it_was() -> None:
    make_published_run(knows_first(2), model_name="First")
    before = places(BoardVersion.objects.get(number=1))
    make_published_run(model_name="Second")
    assert places(BoardVersion.objects.get(number=1)) == before == [("First", 1)]


def test_a_board_that_is_rolled_back_leaves_no_gap_in_the_numbers() -> None:
    make_published_run()
    version = newest()

    class Undo(Exception):
        """Rolls back."""

    def compute() -> None:
        with transaction.atomic():
            publish_board(version.benchmark, version.dataset, version.protocol, "will be undone")
            raise Undo

    with pytest.raises(Undo):
        compute()
    again = publish_board(version.benchmark, version.dataset, version.protocol, "again")
    assert again.number == 2


def test_an_empty_board_has_its_columns_and_no_row() -> None:
    run = make_published_run()
    reopen(run, make_reviewer(), "a second look")
    assert newest().rows.count() == 0
    assert newest().columns[0] == {
        "axis": "overall",
        "dimension": "overall",
        "metric": "circular",
    }


@pytest.mark.django_db(transaction=True)
def test_runs_approved_and_withdrawn_at_once_all_end_on_the_right_board() -> None:
    staying = [make_graded_run(model_name=f"Model {n}") for n in range(4)]
    leaving = [make_published_run(model_name=f"Leaver {n}") for n in range(4)]
    reviewer = make_reviewer()
    together = Barrier(8)

    def decide(run: Run) -> None:
        try:
            together.wait(timeout=30)
            if run in staying:
                approve(run, reviewer, "made by a test")
            else:
                reopen(run, reviewer, "at the same time")
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(decide, [*staying, *leaving]))
    numbers = list(BoardVersion.objects.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, 13))
    assert sorted(name for name, _ in places(newest())) == [f"Model {n}" for n in range(4)]


def test_the_number_of_queries_does_not_grow_with_the_board(
    django_assert_max_num_queries: Any,
) -> None:
    for n in range(3):
        make_published_run(model_name=f"Model {n}")
    version = newest()
    benchmark, dataset = version.benchmark, version.dataset
    with django_assert_max_num_queries(9):
        publish_board(benchmark, dataset, version.protocol, "again")
