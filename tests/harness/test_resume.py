"""A run that was killed or that failed goes on where it stopped and asks for no answered item again."""

from __future__ import annotations

import json
import os
import signal
import time

import pytest

from tests.harness.conftest import Harness, rows, write_data
from tests.support.openai_server import fails_on

pytestmark = [pytest.mark.harness, pytest.mark.slow]


def wait_for_lines(harness: Harness, count: int) -> None:
    path = harness.out / "responses.jsonl"
    deadline = time.monotonic() + 60
    while not path.exists() or path.read_bytes().count(b"\n") < count:
        assert time.monotonic() < deadline, "the run answered nothing"
        time.sleep(0.02)


def test_killed_in_the_middle_it_asks_only_what_was_not_answered(harness: Harness) -> None:
    write_data(harness.data_dir, rows(40))
    harness.server.delay_s = 0.25
    process = harness.start()
    wait_for_lines(harness, 10)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    answered_before = {r["prompt_sha256"] for r in harness.responses()}
    kept = (harness.out / "responses.jsonl").read_text().splitlines()
    asked_before = harness.server.asked.copy()
    assert 10 <= len(kept) < 40

    harness.server.delay_s = 0.0
    status, output = harness.run()
    assert status == 0, output

    again = harness.server.asked - asked_before
    assert sum(again.values()) == 40 - len(kept)
    assert len(harness.responses()) == 40
    assert {r["position"] for r in harness.responses()} == set(range(40))
    assert answered_before <= {r["prompt_sha256"] for r in harness.responses()}
    assert [json.loads(line) for line in kept] == harness.responses()[: len(kept)]
    counts = harness.read("result.json")["counts"]
    assert counts == {
        "items": 40,
        "responses": 40,
        "errored": 0,
        "skipped": 0,
        "resumed": len(kept),
    }


def test_failed_items_are_asked_again_and_answered_ones_are_not(harness: Harness) -> None:
    write_data(harness.data_dir, rows(24))
    harness.server.mode = "fails_some"
    status, output = harness.run(generation={"max_retries": 0})
    assert status == 0, output
    failed = [text for text in harness.server.asked if fails_on(text)]
    assert 0 < len(failed) < 24
    errored = [r for r in harness.responses() if r["error"]]
    assert len(errored) == len(failed) == harness.read("result.json")["counts"]["errored"]
    assert all(r["text"] == "" for r in errored)
    assert all("The engine is out of order" in r["error"] for r in errored)

    harness.server.mode = "normal"
    before = harness.server.asked.copy()
    assert harness.run()[0] == 0
    assert sorted(harness.server.asked - before) == sorted(failed)
    assert [r for r in harness.responses() if r["error"]] == []
    assert len(harness.responses()) == 24


def test_torn_last_line_is_dropped_and_its_item_asked_again(harness: Harness) -> None:
    assert harness.run()[0] == 0
    path = harness.out / "responses.jsonl"
    torn = json.loads(path.read_text().splitlines()[-1])
    path.write_bytes(path.read_bytes()[:-25])
    before = harness.server.asked.copy()
    assert harness.run()[0] == 0
    again = harness.server.asked - before
    assert sum(again.values()) == 1
    assert f"Question {torn['position']}:" in next(iter(again))
    assert len(harness.responses()) == 12


def test_answers_to_other_data_are_not_taken_over(harness: Harness) -> None:
    assert harness.run()[0] == 0
    other = rows(12)
    other[0]["question"] = "Question 0: another one?"
    write_data(harness.data_dir, other)
    assert harness.run()[0] == 0
    assert len(harness.server.received) == 24
    assert harness.read("result.json")["counts"]["resumed"] == 0
    assert (harness.out / "responses.stale.jsonl").exists()


def test_a_finished_run_asks_nothing(harness: Harness) -> None:
    assert harness.run()[0] == 0
    first = harness.read("result.json")
    assert harness.run()[0] == 0
    assert len(harness.server.received) == 12
    second = harness.read("result.json")
    assert second["counts"] == {
        "items": 12,
        "responses": 12,
        "errored": 0,
        "skipped": 0,
        "resumed": 12,
    }
    assert second["prompts_sha256"] == first["prompts_sha256"]
