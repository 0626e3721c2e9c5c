"""Two runs on the same questions."""

from __future__ import annotations

from typing import Any

import pytest

from leaderboard.results.comparison import NotComparable, compare_runs
from leaderboard.results.ingest import ingest
from leaderboard.results.models import Score
from leaderboard.runs.models import Run
from leaderboard.runs.states import RunState
from tests.factories import deliver, make_graded_run, make_run
from tests.small_set import knows_first, small_set

pytestmark = pytest.mark.django_db


def value(run: Run, axis: str, dimension: str) -> float | None:
    return Score.objects.get(run=run, axis=axis, dimension=dimension, metric="circular").value


def test_the_difference_is_that_of_the_headlines_with_its_flips() -> None:
    first, second = make_graded_run(knows_first(6)), make_graded_run(knows_first(2))

    found = compare_runs(first, second)

    assert found.metric == "circular"
    whole = found.whole
    assert (whole.first, whole.second) == (6 / 8, 2 / 8)
    assert (whole.difference, whole.n, whole.clusters) == (4 / 8, 8, 8)
    assert (whole.first_better, whole.second_better) == (4, 0)
    assert whole.p == 2 * 0.5**4
    assert whole.low is not None
    assert whole.low > 0


def test_turning_the_runs_round_turns_the_sign() -> None:
    first, second = make_graded_run(knows_first(6)), make_graded_run(knows_first(2))
    there, back = compare_runs(first, second).whole, compare_runs(second, first).whole
    assert there.difference == -(back.difference or 0)
    assert (there.first_better, there.p) == (back.second_better, back.p)


def test_each_dimension_of_the_board_is_compared_and_corrected_for_being_several() -> None:
    first, second = make_graded_run(knows_first(6)), make_graded_run(knows_first(2))

    found = compare_runs(first, second)

    assert found.axis == "L2"
    assert len(found.dimensions) == 6
    for entry in found.dimensions:
        assert entry.result.first == value(first, "L2", entry.dimension)
        assert entry.result.second == value(second, "L2", entry.dimension)
        assert entry.p_adjusted is not None
        assert entry.result.p is not None
        assert entry.p_adjusted >= entry.result.p
    assert sum(entry.result.n for entry in found.dimensions) == found.whole.n


def test_what_only_one_run_answered_is_counted_and_left_out() -> None:
    first = make_graded_run(lambda i: None if i.position == 0 else knows_first(6)(i))
    second = make_graded_run(knows_first(2))
    whole = compare_runs(first, second).whole
    assert (whole.n, whole.first_only, whole.second_only) == (7, 0, 1)


def code_of(first: Run, second: Run) -> str:
    with pytest.raises(NotComparable) as refused:
        compare_runs(first, second)
    assert str(refused.value)
    return refused.value.code


def test_runs_of_different_benchmarks_are_refused() -> None:
    other = make_graded_run(benchmarks=["mmbench_cn_dev"])
    assert code_of(make_graded_run(), other) == "other_benchmark"


def test_runs_on_different_data_are_refused() -> None:
    run = make_run(RunState.EVALUATING)
    other = ingest(run, **deliver(run, data=small_set(questions=4)).arguments())
    assert code_of(make_graded_run(), other) == "other_dataset"


def test_runs_of_different_protocols_are_refused() -> None:
    first, second = make_graded_run(), make_graded_run()
    Run.objects.filter(pk=second.pk).update(protocol="rules-0")
    second.refresh_from_db()
    assert code_of(first, second) == "other_protocol"


def test_a_run_without_verdicts_is_refused() -> None:
    assert code_of(make_graded_run(), make_run(RunState.EVALUATING)) == "not_graded"


def test_a_comparison_costs_a_fixed_number_of_queries(django_assert_num_queries: Any) -> None:
    make_graded_run(), make_graded_run(knows_first(3))
    first, second = Run.objects.select_related("benchmark")
    with django_assert_num_queries(4):
        compare_runs(first, second)
