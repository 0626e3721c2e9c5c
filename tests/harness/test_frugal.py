"""Frugal CircularEval asks less and comes to the same circular score."""

from __future__ import annotations

import os
import re
import signal
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from evaluator.benchmarks import get_benchmark
from evaluator.grading.marking import mark
from evaluator.harness.frugal import chains, not_asked, settles
from evaluator.metrics.run import run_scores
from evaluator.records import Item, Marked, Response, Score
from tests import small_set
from tests.harness.conftest import SLUG, Harness, draw, write_data

QUESTIONS = 12
COLOURS = ("red", "green", "blue", "yellow")
BENCHMARK = get_benchmark(SLUG)


def answer(prompt: str) -> str:
    """Know every fourth question; say A to another fourth, nothing readable to the third, and a colour to the last."""
    found = re.search(r"Question (\d+):", prompt)
    assert found
    number = int(found[1])
    [letter] = re.findall(rf"([A-D])\. {COLOURS[number % 4]}\b", prompt)
    return {0: letter, 1: "A", 2: "I would rather not say.", 3: "red"}[number // 4 % 4]


def circular_data(folder: Path) -> Path:
    rows = [
        row | {"image": {"bytes": draw("red"), "path": None}} for row in small_set.rows(QUESTIONS)
    ]
    return write_data(folder, rows)


@pytest.fixture
def circular(harness: Harness) -> Harness:
    circular_data(harness.data_dir)
    harness.server.answer = answer
    return harness


def run(harness: Harness, **changes: Any) -> dict[str, Any]:
    status, output = harness.run(**changes)
    assert status == 0, output
    counts: dict[str, Any] = harness.read("result.json")["counts"]
    return counts


def responses(harness: Harness) -> dict[str, Response]:
    lines = [Response.from_json(line) for line in harness.responses()]
    assert len({r.key for r in lines}) == len(lines)
    return {r.key: r for r in lines}


def scores(found: dict[str, Response]) -> dict[tuple[str, str, str], Score]:
    items = {
        BENCHMARK.key(row): Item(BENCHMARK.key(row), position, BENCHMARK.fields(row))
        for position, row in enumerate(small_set.rows(QUESTIONS))
    }
    marked: list[Marked] = [mark(BENCHMARK, items[key], r) for key, r in found.items()]
    return {(s.axis, s.dimension, s.metric): s for s in run_scores(BENCHMARK, marked)}


def passes(key: str) -> tuple[int, int]:
    """Return the number of the question, and of the pass."""
    return int(key) % small_set.PASS, int(key) // small_set.PASS


@pytest.mark.harness
@pytest.mark.slow
def test_circular_score_is_the_same_with_fewer_requests(circular: Harness, tmp_path: Path) -> None:
    counts = run(circular)
    everything, asked_all = responses(circular), len(circular.server.received)
    assert counts["skipped"] == 0
    assert asked_all == 4 * QUESTIONS

    circular.server.received.clear()
    circular.out = tmp_path / "frugal"
    counts = run(circular, frugal=True)
    frugal, asked = responses(circular), len(circular.server.received)

    assert frugal.keys() == everything.keys()
    skipped = {key for key, response in frugal.items() if response.skipped}
    assert counts["skipped"] == len(skipped) == asked_all - asked > 0
    assert all(frugal[key].text == everything[key].text for key in frugal.keys() - skipped)
    full, spared = scores(everything), scores(frugal)
    compared = [place for place in full if place[2] in ("circular", "vanilla")]
    assert len(compared) > 10
    for place in compared:
        assert spared[place] == full[place]
    assert 0 < (full["overall", "overall", "circular"].correct or 0) < QUESTIONS


@pytest.mark.harness
@pytest.mark.slow
def test_passes_are_asked_in_order_and_only_after_passes_that_may_still_be_right(
    circular: Harness,
) -> None:
    run(circular, frugal=True)
    found = responses(circular)
    items = {item.key: item for item in small_set.small_set(SLUG, QUESTIONS).items}
    asked: dict[int, list[int]] = {}
    for line in circular.responses():
        question, number = passes(line["key"])
        asked.setdefault(question, []).append(number)
    assert set(map(tuple, asked.values())) == {(0, 1, 2, 3)}
    for key, response in found.items():
        question, number = passes(key)
        earlier = [str(question + n * small_set.PASS) for n in range(number)]
        decided = any(
            not found[k].skipped and settles(BENCHMARK, items[k], found[k]) for k in earlier
        )
        assert response.skipped == decided


@pytest.mark.harness
@pytest.mark.slow
def test_killed_in_the_middle_it_ends_as_if_it_had_not_been(
    circular: Harness, tmp_path: Path
) -> None:
    run(circular, frugal=True)
    undisturbed = responses(circular)
    once = circular.server.asked.copy()

    circular.server.received.clear()
    circular.server.delay_s = 0.3
    circular.out = tmp_path / "killed"
    process = circular.start(frugal=True)
    path = circular.out / "responses.jsonl"
    deadline = time.monotonic() + 60
    while not path.exists() or b'skipped": true' not in path.read_bytes():
        assert time.monotonic() < deadline, "nothing was left out"
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    kept = sum(not r["skipped"] for r in circular.responses() if "skipped" in r)
    assert 0 < kept < len(once)

    circular.server.delay_s = 0.0
    counts = run(circular, frugal=True)
    assert counts["resumed"] == kept
    again = responses(circular)
    assert {k: (r.text, r.skipped) for k, r in again.items()} == {
        k: (r.text, r.skipped) for k, r in undisturbed.items()
    }
    assert set(circular.server.asked) == set(once)


@pytest.mark.harness
@pytest.mark.slow
def test_a_run_that_was_frugal_goes_on_in_full(circular: Harness) -> None:
    frugal = run(circular, frugal=True)
    whole = run(circular)
    assert whole["skipped"] == 0
    assert whole["resumed"] == 4 * QUESTIONS - frugal["skipped"]
    assert set(Counter(circular.server.asked).values()) == {1}


@pytest.mark.harness
def test_benchmarks_without_passes_are_refused(harness: Harness) -> None:
    declaration = {
        "slug": "chartqa",
        "title": {"en": "ChartQA", "zh": "ChartQA"},
        "task": "chartqa",
        "metric": "relaxed_overall",
        "data": {"path": "p", "split": "test", "rows": 1},
    }
    failure = harness.failure(benchmark="chartqa", declaration=declaration, frugal=True)
    assert failure["code"] == "spec_invalid"
    assert "frugal: chartqa" in failure["detail"]


ITEM = small_set.small_set(SLUG, 1).items[0]
WRONG = next(letter for letter in "ABCD" if letter != ITEM.fields["answer"])


@pytest.mark.parametrize(
    ("response", "decides"),
    [
        (Response(ITEM.key, 0, WRONG), True),
        (Response(ITEM.key, 0, str(ITEM.fields["answer"])), False),
        (Response(ITEM.key, 0, "I would rather not say."), False),
        (Response(ITEM.key, 0, error="HTTP 500"), False),
        (not_asked(ITEM), False),
    ],
)
def test_only_an_answer_that_no_judge_can_turn_right_decides(
    response: Response, decides: bool
) -> None:
    assert settles(BENCHMARK, ITEM, response) is decides


def test_what_cannot_be_read_decides_where_nothing_is_left_to_a_judge(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(type(BENCHMARK), "judge_prompt_version", None)
    assert settles(BENCHMARK, ITEM, Response(ITEM.key, 0, "I would rather not say."))


def test_chains_are_questions_and_keep_the_order_of_passes() -> None:
    items = list(reversed(small_set.small_set(SLUG, 3).items))
    assert chains(BENCHMARK, items, frugal=False) == [[item] for item in items]
    found = chains(BENCHMARK, items, frugal=True)
    assert len(found) == 3
    for chain in found:
        assert [passes(item.key)[1] for item in chain] == [0, 1, 2, 3]
        assert len({passes(item.key)[0] for item in chain}) == 1
