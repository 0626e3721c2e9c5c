"""Benchmarks that are declared as data: what is refused and how, and how lmms-eval's values become scores."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.benchmarks import GenericBenchmark, all_benchmarks, benchmark_of
from evaluator.benchmarks.generic import LMMS_EVAL, MAX_VALUES
from evaluator.errors import EvaluationError, FailureCode
from evaluator.grading.marking import mark
from evaluator.records import Item, Response, Score, Verdict

ROOT = Path(__file__).resolve().parents[2]
CHARTQA: dict[str, Any] = {
    "slug": "chartqa",
    "title": {"en": "ChartQA", "zh": "图表问答"},
    "task": "chartqa",
    "metric": "relaxed_overall",
    "dimension_fields": ["type"],
    "data": {"path": "lmms-lab-encoder/ChartQA", "split": "test", "rows": 2500},
}


def refusal(declaration: Any) -> str:
    with pytest.raises(EvaluationError) as caught:
        GenericBenchmark(declaration)
    assert caught.value.code is FailureCode.SPEC_INVALID
    return caught.value.detail


@pytest.mark.parametrize("name", ["slug", "title", "task", "metric", "data"])
def test_a_missing_field_is_named(name: str) -> None:
    without = {field: value for field, value in CHARTQA.items() if field != name}
    assert f"declaration: {name} is missing" in refusal(without)


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("slug", "Chart QA", "slug"),
        ("title", {"en": "ChartQA"}, "title.zh"),
        ("title", "ChartQA", "title"),
        ("task", "../chartqa", "task"),
        ("task_folder", "../../etc", "task_folder"),
        ("task_folder", "/etc", "task_folder"),
        ("metric", "m" * 60, "metric"),
        ("metric", 3, "metric"),
        ("scale", 0, "scale"),
        ("scale", "100", "scale"),
        ("scale", float("inf"), "scale"),
        ("scale", True, "scale"),
        ("higher_is_better", "yes", "higher_is_better"),
        ("value_path", ["score"], "value_path"),
        ("dimension_fields", "type", "dimension_fields"),
        ("dimension_fields", [1], "dimension_fields"),
        ("dimension_fields", {"type": ["a", "a"]}, "dimension_fields.type"),
        ("dimension_fields", ["overall"], "dimension_fields"),
        ("data", {"path": "p", "split": "test"}, "data.rows"),
        ("data", {"path": "p", "split": "test", "rows": 0}, "data.rows"),
        ("data", {"path": "p", "split": "a b", "rows": 1}, "data.split"),
        ("data", {"path": "p", "split": "a", "rows": 1, "columns": "x"}, "data.columns"),
        ("data", {"path": "p", "split": "a", "rows": 1, "colums": []}, "data.colums"),
        ("metrics", "typo", "metrics"),
    ],
)
def test_a_wrong_field_is_named(field: str, value: Any, named: str) -> None:
    assert refusal(CHARTQA | {field: value}).startswith(f"declaration: {named} ")


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_any_json_is_read_or_refused_with_a_reason(document: Any) -> None:
    assert refusal(document)


@given(
    st.sampled_from(sorted(CHARTQA)), st.none() | st.text() | st.lists(st.text()) | st.integers()
)
def test_any_value_of_a_field_is_read_or_refused(name: str, value: Any) -> None:
    detail = ""
    try:
        GenericBenchmark(CHARTQA | {name: value})
    except EvaluationError as error:
        detail = error.detail
    assert not detail or detail.startswith(f"declaration: {name}")


def test_protocol_and_words_say_that_the_grading_is_lmms_evals_own() -> None:
    benchmark = GenericBenchmark(CHARTQA)
    assert benchmark.protocol == f"lmms-eval-relaxed_overall@{LMMS_EVAL}"
    assert "lmms-eval's own metric relaxed_overall" in benchmark.summary.en
    assert "relaxed_overall" in benchmark.summary.zh
    assert benchmark.headline == ("overall", "overall", "relaxed_overall")
    assert benchmark.data.columns == {"type"}


def test_the_named_release_is_the_one_that_the_harness_installs() -> None:
    pinned = (ROOT / "requirements" / "harness.txt").read_text()
    assert f"lmms-eval=={LMMS_EVAL}" in pinned


def test_declared_values_are_columns_of_the_board() -> None:
    benchmark = GenericBenchmark(CHARTQA | {"dimension_fields": {"type": ["human", "augmented"]}})
    assert [d.key for d in benchmark.dimensions] == ["overall", "human", "augmented"]
    assert benchmark.board_axis == "type"


def test_a_declaration_has_the_slug_of_its_run_and_of_no_other_benchmark() -> None:
    assert benchmark_of("chartqa", CHARTQA).slug == "chartqa"
    assert benchmark_of("mmbench_en_dev") is all_benchmarks()["mmbench_en_dev"]
    with pytest.raises(EvaluationError, match="not 'pope'"):
        benchmark_of("pope", CHARTQA)
    with pytest.raises(EvaluationError, match="benchmark of its own"):
        benchmark_of("mmbench_en_dev", CHARTQA | {"slug": "mmbench_en_dev"})
    with pytest.raises(EvaluationError, match="no benchmark"):
        benchmark_of("chartqa")


def test_items_are_the_rows_without_their_pictures() -> None:
    row = {
        "question": "How high?",
        "image": {"bytes": b"x", "path": None},
        "pictures": [{"bytes": b"x", "path": None}],
        "options": ["1", "2"],
        "weight": float("nan"),
    }
    benchmark = GenericBenchmark(CHARTQA)
    fields = benchmark.fields(row)
    assert fields == {"question": "How high?", "options": ["1", "2"], "weight": None}
    assert json.loads(json.dumps(fields)) == fields


def test_key_is_the_declared_column_or_else_the_position() -> None:
    row = {"question_id": 12}
    assert GenericBenchmark(CHARTQA).row_key(row, 7) == "7"
    keyed = GenericBenchmark(CHARTQA | {"key_field": "question_id"})
    assert keyed.row_key(row, 7) == "12" == keyed.key(keyed.fields(row))
    with pytest.raises(KeyError, match="question_id"):
        keyed.row_key({}, 7)


@pytest.mark.parametrize(
    ("declared", "value", "verdict", "points"),
    [
        ({}, 1.0, Verdict.CORRECT, 1.0),
        ({}, True, Verdict.CORRECT, 1.0),
        ({}, 0.0, Verdict.INCORRECT, 0.0),
        ({}, 0.3, Verdict.INCORRECT, 0.3),
        ({"scale": 100}, 100, Verdict.CORRECT, 1.0),
        ({"scale": 100}, 25, Verdict.INCORRECT, 0.25),
        ({"scale": 10}, 12, Verdict.CORRECT, 1.0),
        ({}, -3, Verdict.INCORRECT, 0.0),
        ({"higher_is_better": False}, 0, Verdict.CORRECT, 1.0),
        ({"higher_is_better": False, "scale": 4}, 1, Verdict.INCORRECT, 0.75),
        ({}, None, Verdict.UNPARSED, 0.0),
        ({}, "high", Verdict.UNPARSED, 0.0),
        ({}, float("nan"), Verdict.UNPARSED, 0.0),
    ],
)
def test_value_becomes_points(
    declared: dict[str, Any], value: Any, verdict: Verdict, points: float
) -> None:
    response = Response("0", 0, "an answer", metrics={"relaxed_overall": value})
    graded = GenericBenchmark(CHARTQA | declared).grade(Item("0", 0, {}), response)
    assert (graded.verdict, graded.points) == (verdict, points)


def test_value_is_found_inside_an_object() -> None:
    benchmark = GenericBenchmark(CHARTQA | {"value_path": "judged.score"})
    assert benchmark.number({"judged": {"score": 0.5}}) == 0.5
    assert benchmark.number({"judged": 0.5}) is None
    assert benchmark.number(0.5) is None


def scores_of(
    benchmark: GenericBenchmark, values: list[tuple[str, float | None]]
) -> dict[tuple[str, str], Score]:
    rows = []
    for position, (kind, value) in enumerate(values):
        item = Item(str(position), position, {"type": kind})
        response = (
            Response(item.key, position, error="HTTP 500")
            if value is None
            else Response(item.key, position, "text", metrics={"relaxed_overall": value})
        )
        marked = mark(benchmark, item, response)
        rows.append((marked.item, marked.graded))
    return {(s.axis, s.dimension): s for s in benchmark.score(rows)}


def test_means_are_over_samples_that_were_answered() -> None:
    values = [("human", 1.0), ("human", 0.0), ("augmented", 1.0), ("augmented", None)]
    scores = scores_of(GenericBenchmark(CHARTQA), values)
    assert {place: (s.correct, s.total) for place, s in scores.items()} == {
        ("overall", "overall"): (2, 3),
        ("type", "human"): (1, 2),
        ("type", "augmented"): (1, 1),
    }
    assert {s.metric for s in scores.values()} == {"relaxed_overall"}


def test_fractions_are_averaged_and_count_nothing() -> None:
    scores = scores_of(GenericBenchmark(CHARTQA), [("a", 0.5), ("a", 1.0), ("a", 0.0), ("a", 0.25)])
    overall = scores["overall", "overall"]
    assert (overall.value, overall.correct, overall.total) == (0.4375, None, 4)
    assert overall.low is not None
    assert overall.high is not None
    assert overall.low < 0.4375 < overall.high


def test_a_metric_of_which_less_is_better_is_shown_as_its_complement() -> None:
    benchmark = GenericBenchmark(CHARTQA | {"higher_is_better": False})
    overall = scores_of(benchmark, [("a", 0.0), ("a", 0.0), ("a", 1.0)])["overall", "overall"]
    assert overall.metric == "1-relaxed_overall" == benchmark.headline[2]
    assert (overall.correct, overall.total) == (2, 3)


def test_a_column_of_single_values_is_no_axis() -> None:
    values = [(f"kind {number}", 1.0) for number in range(MAX_VALUES + 1)]
    assert list(scores_of(GenericBenchmark(CHARTQA), values)) == [("overall", "overall")]


def test_without_rows_there_are_no_scores() -> None:
    assert GenericBenchmark(CHARTQA).score([]) == []
