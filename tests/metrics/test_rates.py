"""The rates that every run has, their denominators, and how long its answers are."""

import json

import pytest

from evaluator.benchmarks import get_benchmark
from evaluator.grading.marking import mark
from evaluator.metrics.intervals import wilson
from evaluator.metrics.rates import answer_lengths, run_rates
from evaluator.metrics.run import run_scores
from evaluator.records import Item, Response, Ruling

BENCHMARK = get_benchmark("mmbench_en_dev")


def marked(index, text="A", ruling=None, **response):
    fields = {"index": index, "question": "?", "A": "cat", "B": "dog", "answer": "A"}
    item = Item(str(index), 0, fields)
    return mark(BENCHMARK, item, Response(item.key, 0, text, **response), ruling)


RUN = [
    marked(1, finish_reason="stop"),
    marked(2, "B", finish_reason="length"),
    marked(3, "both"),
    marked(4, "I'm sorry, I can't see the image.", finish_reason="stop"),
    marked(5, "hm", Ruling("A", "judge")),
    marked(6, "hm", Ruling(None, "judge", "timeout")),
    marked(7, "", error="ENDPOINT_ERROR: 500"),
    marked(8, "", skipped=True),
]


def rates(rows):
    return {score.metric: score for score in run_rates(BENCHMARK, rows)}


def test_every_rate_has_its_own_denominator():
    assert {name: (s.correct, s.total) for name, s in rates(RUN).items()} == {
        "unparsed": (2, 6),
        "refused": (1, 6),
        "judged": (1, 6),
        "unjudged": (1, 6),
        "truncated": (1, 3),
        "errored": (1, 7),
        "skipped": (1, 8),
    }


def test_rates_are_overall_with_an_interval_around_them():
    for score in rates(RUN).values():
        assert (score.axis, score.dimension) == ("overall", "overall")
        assert score.value == pytest.approx(score.correct / score.total)
        assert score.low <= score.value <= score.high


def test_rows_of_one_question_widen_the_interval():
    together = [
        marked(i + p * 1_000_000, "A" if i % 3 else "both") for i in range(60) for p in range(4)
    ]
    apart = [marked(i, "A" if i % 3 else "both") for i in range(240)]
    wide, narrow = rates(together)["unparsed"], rates(apart)["unparsed"]
    assert wide.value == narrow.value
    assert wide.high - wide.low > 1.5 * (narrow.high - narrow.low)


def test_a_rare_event_among_independent_rows_is_known_to_occur():
    few = rates([marked(i, "both" if i < 2 else "A") for i in range(900)])["unparsed"]
    assert (few.low, few.high) == wilson(2, 900)
    assert few.low > 0


def test_a_rate_of_nothing_is_null():
    found = rates([marked(1, "", error="timeout")])
    assert found["unparsed"].value is None
    assert found["truncated"].value is None
    assert found["errored"].value == 1.0
    assert rates([marked(1)])["truncated"].value is None


def test_a_runs_scores_are_the_benchmarks_own_and_the_rates():
    metrics = [s.metric for s in run_scores(BENCHMARK, RUN) if s.axis == "overall"]
    assert {"circular", "vanilla", "truncated", "skipped"} <= set(metrics)
    assert len(metrics) == len(set(metrics))


def test_no_rows_have_no_rates():
    assert run_rates(BENCHMARK, []) == []


def test_lengths_are_of_the_answers_that_there_are():
    rows = [
        marked(1, "A", completion_tokens=1),
        marked(2, "A, I say", completion_tokens=3),
        marked(3, "", completion_tokens=None),
        marked(4, "", error="timeout", completion_tokens=99),
        marked(5, "", skipped=True),
    ]
    lengths = answer_lengths(rows)
    assert lengths["answers"] == 3
    assert lengths["characters"] == {
        "n": 3,
        "mean": 3.0,
        "p50": 1.0,
        "p95": pytest.approx(7.3),
        "max": 8,
    }
    assert lengths["completion_tokens"] == {
        "n": 2,
        "mean": 2.0,
        "p50": 2.0,
        "p95": pytest.approx(2.9),
        "max": 3,
    }
    assert lengths["reasoning"] == {"answers": 0, "share": 0.0, "tokens": None}


def test_reasoning_is_counted_in_the_raw_text():
    thought = "<think>It purrs.</think>"
    rows = [
        marked(1, thought + "A" * len(thought), completion_tokens=10),
        marked(2, "B" * 2 * len(thought)),
    ]
    reasoning = answer_lengths(rows)["reasoning"]
    assert reasoning == {"answers": 1, "share": pytest.approx(1 / 4), "tokens": 5}


def test_what_is_not_known_of_lengths_is_null_and_all_of_it_is_json():
    lengths = answer_lengths([marked(1, "", error="timeout")])
    assert json.loads(json.dumps(lengths)) == {
        "answers": 0,
        "characters": None,
        "completion_tokens": None,
        "reasoning": {"answers": 0, "share": None, "tokens": None},
    }
    assert json.loads(json.dumps(answer_lengths(RUN))) == answer_lengths(RUN)
