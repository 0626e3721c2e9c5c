"""Ingest: a delivery becomes verdicts, scores and a state."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from evaluator.benchmarks import get_benchmark
from evaluator.grading.marking import mark
from evaluator.metrics.run import run_scores
from evaluator.records import Response
from leaderboard.catalog.models import DatasetVersion
from leaderboard.results.ingest import ingest
from leaderboard.results.models import Response as ResponseRow
from leaderboard.results.models import Score
from leaderboard.results.signals import run_graded
from leaderboard.runs.models import Run
from leaderboard.runs.states import RunState
from tests.factories import deliver, make_graded_run, make_run
from tests.results.stored import headline
from tests.small_set import knows_first, respond, right, small_set

pytestmark = pytest.mark.django_db

ITEMS = small_set().items


@pytest.mark.parametrize("state", [RunState.QUEUED, RunState.STARTING, RunState.EVALUATING])
def test_a_delivery_moves_the_run_to_review_with_everything(state: RunState) -> None:
    run = make_run(state)

    run = ingest(run, **deliver(run, knows_first(3)).arguments())

    assert run.state == RunState.REVIEW
    assert run.dataset == DatasetVersion.objects.get()
    assert run.protocol == run.benchmark.protocol
    assert run.blockers == []
    assert run.publishable
    assert run.finished_at is not None
    lengths = run.counts.pop("lengths")
    assert (lengths["answers"], lengths["characters"]["max"]) == (32, 1)
    assert lengths["completion_tokens"]["mean"] == 2
    assert run.counts == {
        "items": 32,
        "responses": 32,
        "missing": 0,
        "correct": 12,
        "incorrect": 20,
        "unparsed": 0,
        "errored": 0,
        "unjudged": 0,
        "skipped": 0,
    }
    assert run.manifest["run"] == str(run.public_id)
    assert run.manifest["serving"]["ttft_ms_p50"] == 41.0
    assert [e.to_state for e in run.events.order_by("-id")[:2]] == ["review", "scoring"]


def test_the_scores_are_what_the_declaration_computes() -> None:
    run = make_graded_run(knows_first(3))
    declaration = get_benchmark(run.benchmark.slug)
    answer = knows_first(3)

    marked = [mark(declaration, i, respond(i, answer(i))) for i in ITEMS]

    expected = {(s.axis, s.dimension, s.metric): s for s in run_scores(declaration, marked)}
    rows = {(s.axis, s.dimension, s.metric): s for s in Score.objects.filter(run=run)}
    assert rows.keys() == expected.keys()
    for key, row in rows.items():
        score = expected[key]
        assert (row.value, row.correct, row.total, row.low, row.high) == (
            score.value,
            score.correct,
            score.total,
            score.low,
            score.high,
        )
    assert (headline(run).correct, headline(run).total) == (3, 8)


def test_every_response_is_stored_with_its_verdict_and_timings() -> None:
    run = make_graded_run(knows_first(3))

    rows = list(ResponseRow.objects.of_run(run).for_samples())

    assert [row.item.key for row in rows] == [item.key for item in ITEMS]
    first = rows[0]
    assert (first.verdict, first.points, first.text) == ("correct", 1.0, right(ITEMS[0]))
    assert (first.parsed, first.error, first.finish_reason) == (right(ITEMS[0]), None, "stop")
    assert (first.ttft_ms, first.latency_ms) == (40.0, 90.0)
    assert (first.prompt_tokens, first.completion_tokens, first.retries) == (120, 2, 0)


def test_texts_that_the_database_refuses_are_stored_all_the_same() -> None:
    run = make_run(RunState.EVALUATING)
    odd = Response(ITEMS[0].key, 0, text="A\x00 \ud83d\\N\t\nend", finish_reason="x" * 50)
    rest = [respond(item, right(item)) for item in ITEMS[1:]]

    ingest(run, **deliver(run, responses=[odd, *rest]).arguments())

    row = ResponseRow.objects.of_run(run).get(item__key=ITEMS[0].key)
    assert row.text == "A\ufffd \ufffd\\N\t\nend"
    assert row.finish_reason == "x" * 20


def test_listeners_hear_of_the_graded_run_inside_the_transaction() -> None:
    heard: list[tuple[str, int, bool]] = []

    def listen(run: Run, **_extra: Any) -> None:
        heard.append((run.state, run.scores.count(), connection.in_atomic_block))

    run_graded.connect(listen)
    try:
        run = make_graded_run()
    finally:
        run_graded.disconnect(listen)

    assert heard == [(RunState.REVIEW, run.scores.count(), True)]
    assert run.scores.count() > 0
