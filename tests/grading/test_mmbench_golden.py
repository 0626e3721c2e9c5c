"""LLaVA-1.5-13B's real answers on MMBench, against the official scorer's numbers."""

import json
from collections import Counter

import pytest

from evaluator.benchmarks import get_benchmark
from evaluator.grading.marking import mark
from evaluator.metrics.run import run_scores
from evaluator.records import Item, Response


@pytest.fixture(scope="module")
def lines(golden):
    text = (golden / "mmbench_llava15_13b.jsonl").read_text()
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture(scope="module")
def official(expected):
    return expected["mmbench_llava15_13b"]


def score(lines, response_of):
    benchmark = get_benchmark("mmbench_en_dev")
    rows = []
    for position, line in enumerate(lines):
        item = Item(benchmark.key(line), position, benchmark.fields(line))
        answer = Response(item.key, position, response_of(line))
        rows.append(mark(benchmark, item, answer))
    return {s.metric: (s.correct, s.total) for s in run_scores(benchmark, rows)}


def numbers(official):
    first, every = official["vanilla_first_pass"], official["vanilla_all_passes"]
    circular = official["circular"]
    return {
        "circular": (circular["correct"], circular["groups"]),
        "vanilla": (first["correct"], first["rows"]),
        "pass_1": (first["correct"], first["rows"]),
        "all_rows": (every["correct"], every["rows"]),
    }


def check(found, official):
    for metric, pair in numbers(official).items():
        assert found[metric] == pair, metric


def test_circular_first_pass_and_all_rows_match_exactly(lines, official):
    found = score(lines, lambda line: line["response"])
    check(found, official)
    assert found["unparsed"] == (0, official["vanilla_all_passes"]["rows"])


def test_passes_have_the_rows_that_the_group_sizes_say(lines, official):
    found = score(lines, lambda line: line["response"])
    sizes = {int(size): count for size, count in official["group_sizes"].items()}
    for number in range(1, max(sizes) + 1):
        rows = sum(count for size, count in sizes.items() if size >= number)
        assert found[f"pass_{number}"][1] == rows


@pytest.mark.parametrize(
    "dress",
    [
        "({})",
        "**{}.**",
        "The answer is {}.",
        "Answer: {}\n\nA picture says more than words.",
        "<think>A or B? Not C.</think>\n{}",
        "$\\boxed{{{}}}$",
        "答案是{}。",
        "Option {}",
    ],
)
def test_the_same_letters_in_other_words_score_the_same(lines, official, dress):
    check(score(lines, lambda line: dress.format(line["response"])), official)


def test_answering_with_the_options_text_scores_the_same(lines, official):
    check(score(lines, lambda line: line["options"][line["response"]]), official)


def test_the_letter_with_its_text_scores_the_same(lines, official):
    def letter_and_text(line):
        return f"{line['response']}. {line['options'][line['response']]}"

    check(score(lines, letter_and_text), official)


def test_scoring_does_not_depend_on_the_order_of_rows(lines):
    def response(line):
        return line["response"]

    assert score(lines, response) == score(lines[::-1], response)


def test_letter_biases_are_the_counted_differences(lines):
    benchmark = get_benchmark("mmbench_en_dev")
    rows = []
    for position, line in enumerate(lines):
        item = Item(benchmark.key(line), position, benchmark.fields(line))
        rows.append((item, benchmark.grade(item, Response(item.key, position, line["response"]))))
    said = Counter(line["response"] for line in lines)
    true = Counter(line["answer"] for line in lines)
    found = {s.metric: s.value for s in benchmark.score(rows)}
    for letter in "ABCD":
        difference = (said[letter] - true[letter]) / len(lines)
        assert found[f"letter_bias_{letter}"] == pytest.approx(difference)
