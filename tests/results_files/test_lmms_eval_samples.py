"""lmms-eval's samples: the shapes in which 0.7.3 writes an answer, and matching a prompt to its item."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evaluator.benchmarks import get_benchmark
from evaluator.results_files.answers import BadResults
from evaluator.results_files.lmms_eval import Facts, Sample, asks, read_facts, read_samples
from tests.small_set import BENCHMARK, small_set

PLAIN = {"doc_id": 3, "input": "What?", "target": "A", "filtered_resps": "A", "doc_hash": "x"}


def read(**changes: Any) -> Sample:
    (sample,) = read_samples([json.dumps(PLAIN | changes).encode()])
    return sample


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, "A"),
        ({"filtered_resps": ["A"]}, "A"),
        ({"filtered_resps": [["A"]]}, "A"),
        ({"resps": ["<think>hm</think>A"]}, "<think>hm</think>A"),
        ({"resps": [["<think>hm</think>A"]]}, "<think>hm</think>A"),
        ({"filtered_resps": ""}, ""),
    ],
)
def test_the_raw_answer_is_taken(changes: dict[str, Any], text: str) -> None:
    assert read(**changes).text == text


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"filtered_resps": []}, "no answer"),
        ({"filtered_resps": None}, "no answer"),
        ({"filtered_resps": [["A", "B"]]}, "2 answers to one question"),
        ({"doc_id": "3"}, "doc_id is '3'"),
        ({"doc_id": -1}, "doc_id is '-1'"),
        ({"doc_id": True}, "doc_id is 'True'"),
        ({"input": None}, "not the prompt's text"),
    ],
)
def test_a_sample_of_another_shape_is_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(BadResults, match="line 1: ") as refused:
        read(**changes)
    assert said in str(refused.value)


def test_a_failed_request_has_neither_text_nor_tokens() -> None:
    failed = "[LMMS_EVAL_REQUEST_FAILED after 5 retries] Connection error."
    sample = read(filtered_resps=failed, token_counts=[{"input_tokens": 0, "output_tokens": 0}])
    assert (sample.text, sample.error) == ("", failed)
    assert (sample.prompt_tokens, sample.completion_tokens) == (None, None)


@pytest.mark.parametrize("counts", [None, [], [None], "many", [{"output_tokens": -1}], [{}, {}]])
def test_token_counts_that_are_none_are_not_told(counts: Any) -> None:
    assert read(token_counts=counts).completion_tokens is None


def test_values_of_the_task_are_kept_where_they_are_asked_for() -> None:
    line = json.dumps(PLAIN | {"exact_match": 1.0, "submission": {"id": 1}}).encode()
    assert [s.metrics for s in read_samples([line])] == [{}]
    assert [s.metrics for s in read_samples([line], ["exact_match"])] == [{"exact_match": 1.0}]


def prompt(text: str) -> Sample:
    return read(input=text)


def test_a_prompt_asks_an_item_whatever_the_task_writes_around_it() -> None:
    benchmark, item = get_benchmark(BENCHMARK), small_set().items[0]
    a, b, c, d = (item.fields[letter] for letter in "ABCD")
    question = item.fields["question"]
    assert asks(prompt(f"<image> {question}\nA) {a}\nB) {b}\nC) {c}\nD) {d}"), benchmark, item)
    assert asks(prompt(f"{question.upper()}  (A){a}(B){b}(C){c}(D){d}!"), benchmark, item)
    assert not asks(prompt(f"{question}\nA) {b}\nB) {a}\nC) {c}\nD) {d}"), benchmark, item)
    assert not asks(prompt(f"A) {a}\nB) {b}\nC) {c}\nD) {d}"), benchmark, item)
    assert not asks(prompt(""), benchmark, item)


@pytest.mark.parametrize(
    ("limit", "said"), [(None, None), (20.0, 20), (0.1, None), (True, None), ("20", None)]
)
def test_a_limit_is_a_number_of_rows(tmp_path: Path, limit: Any, said: int | None) -> None:
    path = tmp_path / "x_results.json"
    path.write_text(json.dumps({"config": {"limit": limit}}))
    assert read_facts(path, BENCHMARK) == Facts(limit=said)


@pytest.mark.parametrize("text", ["", "[]", "{", "\0"])
def test_results_that_cannot_be_read_are_refused_by_their_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x_results.json"
    path.write_text(text)
    with pytest.raises(BadResults, match=r"x_results\.json: line 1: not"):
        read_facts(path, BENCHMARK)
