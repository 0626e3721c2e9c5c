"""The board over all benchmarks: a mean only of what is complete, and never of different kinds of data."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.boards.models import BoardRow, BoardVersion
from leaderboard.boards.overall import families_of, mean_of, overall_columns, overall_rows
from leaderboard.catalog.models import Benchmark, DatasetVersion, Variant, VlmModel
from leaderboard.runs.models import Run, Submission

shares = st.floats(0, 1)


def version(pk: int, family: str, label: str = "", title: str = "") -> BoardVersion:
    benchmark = Benchmark(pk=pk, slug=f"{family}-{pk}", family=family, title_en=title or family.title())  # fmt: skip
    dataset = DatasetVersion(pk=pk, benchmark=benchmark, label=label)
    columns = [{"axis": "overall", "dimension": "overall", "metric": "accuracy"}]
    return BoardVersion(pk=pk, benchmark=benchmark, dataset=dataset, columns=columns)


VERSIONS = [version(1, "mmbench"), version(2, "docvqa"), version(3, "mmmu")]
FAMILIES = families_of(VERSIONS, [v.benchmark for v in VERSIONS])[0]


def row(of: int, variant: int, value: float | None, baseline: bool = False) -> BoardRow:
    model = VlmModel(pk=variant, name=f"Model {variant}", is_baseline=baseline)
    run = Run(submission=Submission(variant=Variant(pk=variant, model=model, engine="vllm")))
    found = BoardRow(version=VERSIONS[of], run=run, serving={})
    found.headline = None if value is None else {"value": value, "low": value - 0.1, "high": value + 0.1, "total": 9}  # type: ignore[attr-defined]  # fmt: skip
    return found


def test_core_families_come_first_and_each_has_one_column() -> None:
    versions = [version(1, "docvqa"), version(2, "mmmu"), version(3, "mmbench"), version(4, "mmbench")]  # fmt: skip
    families, left_out = families_of(versions, [v.benchmark for v in versions])
    assert [(f.name, f.version.pk) for f in families] == [("mmbench", 3), ("mmmu", 2), ("docvqa", 1)]  # fmt: skip
    assert left_out == []


def test_the_board_that_ranks_the_most_stands_for_its_family() -> None:
    versions = [version(1, "mmbench"), version(2, "mmbench"), version(3, "mmbench"), version(4, "mmmu")]  # fmt: skip
    ranked = {2: 5, 3: 5, 1: 2}
    families, left_out = families_of(versions, [v.benchmark for v in versions], ranked)
    assert [f.version.pk for f in families] == [2, 4]
    assert left_out == []


def test_a_family_is_called_what_its_benchmarks_have_in_common() -> None:
    english, chinese = version(1, "mmbench", title="MMBench (English)"), version(2, "mmbench", title="MMBench (Chinese)")  # fmt: skip
    families, _ = families_of([english], [english.benchmark, chinese.benchmark])
    assert families[0].title == "MMBench"


def test_a_demo_is_never_beside_official_data() -> None:
    versions = [version(1, "mmbench", "demo"), version(2, "mmmu"), version(3, "vqav2")]
    families, left_out = families_of(versions, [v.benchmark for v in versions])
    assert [f.name for f in families] == ["mmmu", "vqav2"]
    assert left_out == [versions[0]]


def test_of_two_kinds_as_common_the_official_one_is_shown() -> None:
    versions = [version(1, "mmbench", "demo"), version(2, "mmmu")]
    assert [f.name for f in families_of(versions, [v.benchmark for v in versions])[0]] == ["mmmu"]


def test_without_boards_there_is_no_family() -> None:
    assert families_of([], []) == ([], [])


def test_the_mean_is_of_the_core_families_and_ranks() -> None:
    rows = [row(0, 1, 0.8), row(2, 1, 0.6), row(1, 1, 0.1), row(0, 2, 0.9), row(2, 2, 0.7)]
    best, second = overall_rows(FAMILIES, rows)
    assert [cell and cell["value"] for cell in best.cells] == [pytest.approx(0.8), 0.9, 0.7, None]
    assert [cell and cell["value"] for cell in second.cells] == [pytest.approx(0.7), 0.8, 0.6, 0.1]
    assert (best.rank, second.rank) == (1, 2)


def test_who_lacks_a_core_family_has_no_mean_and_no_rank() -> None:
    partial, whole = row(0, 1, 0.99), [row(0, 2, 0.2), row(2, 2, 0.2)]
    first, last = overall_rows(FAMILIES, [partial, *whole])
    assert first.rank == 1
    assert (last.cells[0], last.rank) == (None, None)


def test_a_headline_that_could_not_be_computed_is_not_zero() -> None:
    (only,) = overall_rows(FAMILIES, [row(0, 1, None), row(2, 1, 0.5)])
    assert only.cells[0] is None


def test_a_baseline_has_a_mean_and_no_rank() -> None:
    (only,) = overall_rows(FAMILIES, [row(0, 1, 0.4, baseline=True), row(2, 1, 0.2, baseline=True)])
    assert only.cells[0] is not None
    assert only.rank is None


def test_the_mean_says_of_how_many_and_of_which() -> None:
    mean = overall_columns(FAMILIES, [])[0]
    assert mean.hint == "of 2 headlines"
    assert "Mmbench, Mmmu" in mean.tooltip


@given(st.lists(shares, min_size=1, max_size=6))
def test_a_mean_lies_between_its_values_and_its_interval_is_no_wider_than_theirs(
    values: list[float],
) -> None:
    cells = [{"value": v, "low": max(0.0, v - 0.05), "high": min(1.0, v + 0.05)} for v in values]
    mean = mean_of(cells)
    assert mean is not None
    assert min(values) - 1e-9 <= mean["value"] <= max(values) + 1e-9
    assert 0 <= mean["low"] <= mean["value"] <= mean["high"] <= 1
    assert mean["high"] - mean["low"] <= 0.1 + 1e-9


def test_a_mean_without_all_intervals_has_none() -> None:
    assert mean_of([{"value": 0.5, "low": 0.4, "high": 0.6}, {"value": 0.7}]) == {
        "value": pytest.approx(0.6)
    }
