"""The live figures come from the file that the harness appends to."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evaluator.progress import ResponsesTail


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "responses.jsonl"


def append(path: Path, *answers: dict[str, object], end: str = "\n") -> None:
    with path.open("a") as file:
        file.write("\n".join(json.dumps(a) for a in answers) + end)


def test_counts_each_item_once(path: Path) -> None:
    tail = ResponsesTail(path, Clock())
    append(path, {"key": "1", "error": "timeout"}, {"key": "2"})
    assert (tail.read().done, tail.read().errored) == (2, 1)
    append(path, {"key": "1"}, {"key": "2"})
    figures = tail.read()
    assert (figures.done, figures.errored) == (2, 0)


def test_a_line_that_is_still_being_written_waits(path: Path) -> None:
    tail = ResponsesTail(path, Clock())
    append(path, {"key": "1"}, end="\n" + json.dumps({"key": "2"})[:5])
    assert tail.read().done == 1
    with path.open("a") as file:
        file.write(json.dumps({"key": "2"})[5:] + "\n")
    assert tail.read().done == 2


def test_a_torn_line_of_an_earlier_attempt_is_passed_over(path: Path) -> None:
    append(path, {"key": "1"}, end='\n{"key": "tor\n')
    append(path, {"key": "2"})
    assert ResponsesTail(path, Clock()).read().done == 2


def test_rate_leaves_out_what_was_there_at_the_start(path: Path) -> None:
    clock = Clock()
    append(path, *({"key": str(n)} for n in range(50)))
    tail = ResponsesTail(path, clock)
    tail.total = 100
    tail.read()
    clock.now += 10
    append(path, *({"key": str(n)} for n in range(50, 70)))
    figures = tail.read()
    assert figures.resumed == 50
    assert figures.done == 70
    assert figures.rate == pytest.approx(2.0)
    assert figures.eta_s == pytest.approx(15.0)


def test_what_was_not_asked_is_done_and_no_request(path: Path) -> None:
    clock = Clock()
    tail = ResponsesTail(path, clock)
    tail.total = 10
    tail.read()
    clock.now += 10
    append(path, {"key": "1"}, {"key": "2"}, *({"key": str(n), "skipped": True} for n in (3, 4, 5)))
    figures = tail.read()
    assert (figures.done, figures.skipped, figures.errored) == (5, 3, 0)
    assert figures.rate == pytest.approx(0.2)


def test_a_file_that_the_harness_replaced_is_read_anew(path: Path) -> None:
    clock = Clock()
    failed = ({"key": str(n), "error": "a long story of what went wrong"} for n in range(5))
    append(path, *({"key": str(n)} for n in range(5, 15)), *failed)
    tail = ResponsesTail(path, clock)
    assert tail.read().errored == 5
    new = path.with_suffix(".new")
    append(new, *({"key": str(n)} for n in range(5, 15)))
    new.replace(path)
    clock.now += 10
    append(path, {"key": "0"}, {"key": "1"})
    figures = tail.read()
    assert (figures.done, figures.errored, figures.resumed) == (12, 0, 10)
    assert figures.rate == pytest.approx(0.2)


def test_rate_and_eta_are_unknown_before_anything_arrived(path: Path) -> None:
    figures = ResponsesTail(path, Clock()).read()
    assert (figures.done, figures.total, figures.rate, figures.eta_s) == (0, None, None, None)
    assert figures.ttft_ms_p50 is None


def test_speed_is_tokens_after_the_first_over_the_time_after_the_first(path: Path) -> None:
    append(path, {"key": "1", "ttft_ms": 100.0, "latency_ms": 600.0, "completion_tokens": 11})
    figures = ResponsesTail(path, Clock()).read()
    assert figures.tokens_per_s == pytest.approx(20.0)
    assert figures.ttft_ms_p50 == figures.ttft_ms_p95 == 100.0
