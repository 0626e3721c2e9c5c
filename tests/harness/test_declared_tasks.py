"""Built-in tasks of lmms-eval that are declared as data: their own prompts, their own metrics, our records."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from evaluator.benchmarks import GenericBenchmark
from evaluator.grading.marking import mark
from evaluator.records import Item, Response, Score, Verdict
from tests.harness.conftest import Harness, draw

pytestmark = [pytest.mark.harness, pytest.mark.slow]

POPE: dict[str, Any] = {
    "slug": "pope",
    "title": {"en": "POPE", "zh": "POPE"},
    "task": "pope",
    "data": {
        "path": "lmms-lab-encoder/POPE",
        "split": "test",
        "rows": 9000,
        "columns": ["question", "answer", "image"],
    },
    "metric": "pope_accuracy",
    "value_path": "score",
    "key_field": "question_id",
    "dimension_fields": ["category"],
}
CHARTQA: dict[str, Any] = {
    "slug": "chartqa",
    "title": {"en": "ChartQA", "zh": "ChartQA"},
    "task": "chartqa",
    "task_folder": "chartqa",
    "data": {"path": "lmms-lab-encoder/ChartQA", "split": "test", "rows": 2500},
    "metric": "relaxed_overall",
    "dimension_fields": ["type"],
}
MMVET: dict[str, Any] = {
    "slug": "mmvet",
    "title": {"en": "MM-Vet", "zh": "MM-Vet"},
    "task": "mmvet",
    "data": {"path": "lmms-lab-encoder/MMVet", "split": "test", "rows": 218},
    "metric": "gpt_eval_score",
    "value_path": "score",
}


def picture(colour: str) -> dict[str, Any]:
    return {"bytes": draw(colour), "path": None}


def pope_rows() -> list[dict[str, Any]]:
    """Return questions about what is in the picture; every third is of another way to choose what to ask for."""
    return [
        {
            "id": str(number),
            "question_id": str(100 + number),
            "question": f"Is there a {('dog', 'car')[number % 2]} number {number} in the image?",
            "answer": ("yes", "no")[number % 2],
            "image_source": f"COCO_val2014_{number:012}",
            "image": picture(("red", "green")[number % 2]),
            "category": ("random", "popular", "adversarial")[number % 3],
        }
        for number in range(12)
    ]


def pope_answer(prompt: str) -> str:
    """Be right about the first eight questions; then say yes to all but the last, which gets no plain answer."""
    found = re.search(r"number (\d+)", prompt)
    assert found
    number = int(found[1])
    if number < 8:
        return ("yes", "no")[number % 2]
    return "Yes" if number < 11 else "I see nothing of that kind."


def chart_rows() -> list[dict[str, Any]]:
    return [
        {
            "type": ("human_test", "augmented_test")[number % 2],
            "question": f"How high is bar {number}?",
            "answer": str(10 * (number + 1)),
            "image": picture("blue"),
        }
        for number in range(10)
    ]


def chart_answer(prompt: str) -> str:
    """Be 4 % off for the first six bars (which still is right), and 6 % off for the others."""
    found = re.search(r"bar (\d+)", prompt)
    assert found
    number = int(found[1])
    return str(10 * (number + 1) * (1.04 if number < 6 else 1.06))


def run(harness: Harness, declaration: dict[str, Any], rows: list[dict[str, Any]]) -> Path:
    """Run a declared benchmark to its end and return its items pack."""
    write(harness, declaration, rows)
    status, output = harness.run(benchmark=declaration["slug"], declaration=declaration)
    assert status == 0, output
    return harness.items_dir / str(harness.read("dataset.json")["fingerprint"])


def write(harness: Harness, declaration: dict[str, Any], rows: list[dict[str, Any]]) -> None:
    folder = harness.data_dir / declaration["slug"]
    folder.mkdir()
    pq.write_table(pa.Table.from_pylist(rows), folder / f"{declaration['data']['split']}.parquet")


def responses(harness: Harness) -> list[Response]:
    return [Response.from_json(line) for line in harness.responses()]


def scores(declaration: dict[str, Any], harness: Harness, pack: Path) -> dict[str, Score]:
    """Return the scores by dimension, computed as the site does: from the items pack and the responses."""
    benchmark = GenericBenchmark(declaration)
    lines = (pack / "items.jsonl").read_text().splitlines()
    items = {item["key"]: Item.from_json(item) for item in map(json.loads, lines)}
    marked = [mark(benchmark, items[r.key], r) for r in responses(harness)]
    return {s.dimension: s for s in benchmark.score([(m.item, m.graded) for m in marked])}


def test_pope_is_scored_by_its_own_accuracy(harness: Harness) -> None:
    harness.server.answer = pope_answer
    pack = run(harness, POPE, pope_rows())

    assert {r.text for r in harness.server.received} == {
        f"{row['question']}\nAnswer the question using a single word or phrase."
        for row in pope_rows()
    }
    found = responses(harness)
    assert [r.key for r in found] == [str(100 + number) for number in range(12)]
    assert [r.metrics for r in found] == [
        {"pope_accuracy": float(number not in (9, 11))} for number in range(12)
    ]
    by_dimension = scores(POPE, harness, pack)
    assert (by_dimension["overall"].correct, by_dimension["overall"].total) == (10, 12)
    assert {
        name: (s.correct, s.total) for name, s in by_dimension.items() if s.axis != "overall"
    } == {
        "random": (3, 4),
        "popular": (4, 4),
        "adversarial": (3, 4),
    }
    aggregates = harness.read("result.json")["aggregates"]
    assert aggregates["pope_accuracy"] == by_dimension["overall"].value
    # lmms-eval's own: six of the seven that were told yes are so, and all six that are so were told.
    assert aggregates["pope_precision"] == pytest.approx(6 / 7)
    assert aggregates["pope_recall"] == 1.0
    assert aggregates["pope_f1_score"] == pytest.approx(12 / 13)


def test_chartqa_is_scored_by_its_own_relaxed_accuracy(harness: Harness) -> None:
    harness.server.answer = chart_answer
    pack = run(harness, CHARTQA, chart_rows())
    found = responses(harness)
    assert [r.key for r in found] == [str(position) for position in range(10)]
    assert found[0].metrics == {"relaxed_overall": 1.0, "relaxed_human_split": 1.0}
    assert found[9].metrics == {"relaxed_overall": 0.0, "relaxed_augmented_split": 0.0}
    by_dimension = scores(CHARTQA, harness, pack)
    assert {name: (s.correct, s.total) for name, s in by_dimension.items()} == {
        "overall": (6, 10),
        "human_test": (3, 5),
        "augmented_test": (3, 5),
    }
    aggregates = harness.read("result.json")["aggregates"]
    assert aggregates == {
        "relaxed_overall": by_dimension["overall"].value,
        "relaxed_human_split": by_dimension["human_test"].value,
        "relaxed_augmented_split": by_dimension["augmented_test"].value,
    }


def test_failed_requests_have_no_metrics_and_are_scored_when_they_are_answered(
    harness: Harness,
) -> None:
    harness.server.answer = chart_answer
    harness.server.mode = "fails_some"
    write(harness, CHARTQA, chart_rows())
    changes: dict[str, Any] = {"benchmark": "chartqa", "declaration": CHARTQA}
    assert harness.run(**changes, generation={"max_retries": 0})[0] == 0
    failed = {r.key for r in responses(harness) if r.error is not None}
    assert 0 < len(failed) < 10
    assert all((r.metrics is None) == (r.key in failed) for r in responses(harness))

    harness.server.mode = "normal"
    assert harness.run(**changes)[0] == 0
    assert harness.read("result.json")["counts"]["resumed"] == 10 - len(failed)
    assert [bool(r.metrics and r.metrics["relaxed_overall"]) for r in responses(harness)] == [
        number < 6 for number in range(10)
    ]


def test_answers_that_the_task_fails_on_are_unparsed(harness: Harness) -> None:
    harness.server.answer = pope_answer
    rows = pope_rows()
    rows[3]["answer"] = "perhaps"  # which POPE's own code refuses
    pack = run(harness, POPE, rows)
    [odd] = [r for r in responses(harness) if r.key == "103"]
    assert odd.metrics is None
    item = Item("103", 3, {})
    assert GenericBenchmark(POPE).grade(item, odd).verdict is Verdict.UNPARSED
    assert (scores(POPE, harness, pack)["overall"].correct or 0) == 9


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"metric": "pope_acuracy"}, "no metric 'pope_acuracy'; it has pope_accuracy"),
        ({"value_path": None}, "holds no number at value_path"),
        ({"value_path": "prediction"}, "holds no number at value_path"),
    ],
)
def test_metric_that_the_task_does_not_give_is_refused(
    harness: Harness, changes: dict[str, Any], says: str
) -> None:
    harness.server.answer = pope_answer
    write(harness, POPE, pope_rows()[:4])
    failure = harness.failure(benchmark="pope", declaration=POPE | changes)
    assert failure["code"] == "metric_unavailable"
    assert says in failure["detail"]
    # The answers stay, for when another metric is declared.
    assert len(harness.responses()) == 4


def test_metric_that_asks_a_judge_is_refused_at_once(harness: Harness) -> None:
    rows = [
        {
            "question_id": "v1_0",
            "image": picture("red"),
            "question": "What is x?",
            "answer": "-1 <AND> -5",
            "capability": "ocr",
        }
    ]
    write(harness, MMVET, rows)
    failure = harness.failure(benchmark="mmvet", declaration=MMVET)
    assert failure["code"] == "metric_unavailable"
    assert "judge" in failure["detail"]


def test_unknown_task_is_named(harness: Harness) -> None:
    write(harness, CHARTQA, chart_rows())
    declaration = {n: v for n, v in CHARTQA.items() if n != "task_folder"} | {"task": "chart_qa"}
    failure = harness.failure(benchmark="chartqa", declaration=declaration)
    assert failure["code"] == "harness_failed"
    assert "chart_qa" in failure["detail"]


def test_missing_dimension_column_is_named(harness: Harness) -> None:
    write(harness, CHARTQA, chart_rows())
    failure = harness.failure(
        benchmark="chartqa", declaration=CHARTQA | {"dimension_fields": ["kind"]}
    )
    assert failure["code"] == "dataset_schema"
    assert "kind" in failure["detail"]
