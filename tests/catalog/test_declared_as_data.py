"""Benchmarks that are declared as data: taken up, synced, kept, and refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from evaluator.errors import EvaluationError
from evaluator.records import Item as ItemRecord
from leaderboard.catalog.declarations import (
    DeclarationsUnreadable,
    add_found_dimensions,
    declaration_of,
)
from leaderboard.catalog.models import Benchmark
from leaderboard.catalog.sync import declare, sync_benchmarks
from leaderboard.results.partitions import partition_name
from leaderboard.runs.specs import benchmark_spec
from tests.factories import make_submission

pytestmark = pytest.mark.django_db

POPE: dict[str, Any] = {
    "slug": "pope",
    "title": {"en": "POPE", "zh": "POPE"},
    "task": "pope",
    "metric": "pope_accuracy",
    "value_path": "score",
    "data": {"path": "lmms-lab/POPE", "split": "test", "rows": 9000},
    "dimension_fields": ["category"],
}


def pope(**changes: Any) -> dict[str, Any]:
    return {**POPE, **changes}


def test_a_declared_benchmark_is_a_benchmark_like_others() -> None:
    benchmark = declare(POPE)

    assert benchmark.active
    assert declaration_of(benchmark).task == "pope"
    assert (benchmark.title_en, benchmark.official_rows) == ("POPE", 9000)
    assert benchmark.headline_metric == "pope_accuracy"
    assert "lmms-eval" in benchmark.protocol
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [partition_name(benchmark)])
        assert cursor.fetchone() == (True,)


def test_a_sync_keeps_what_the_catalogue_declares_itself() -> None:
    declare(POPE)

    synced = sync_benchmarks()

    assert "pope" in synced.active
    assert synced.deactivated == ()
    assert Benchmark.objects.get(slug="pope").declaration == POPE


def test_a_sync_puts_none_back_into_use() -> None:
    declare(POPE)
    Benchmark.objects.filter(slug="pope").update(active=False)

    assert "pope" not in sync_benchmarks().active


def test_a_declaration_that_cannot_be_read_any_more_is_put_out_of_use() -> None:
    declare(POPE)
    Benchmark.objects.filter(slug="pope").update(declaration={"slug": "pope"})

    assert sync_benchmarks().deactivated == ("pope",)


def test_a_benchmark_with_a_file_cannot_be_declared_as_data() -> None:
    sync_benchmarks()
    with pytest.raises(EvaluationError, match="slug"):
        declare(pope(slug="mmbench_en_dev"))
    assert Benchmark.objects.get(slug="mmbench_en_dev").declaration is None


def test_a_declaration_may_change_until_there_is_a_run() -> None:
    declare(POPE)
    declare(pope(scale=100))
    make_submission(benchmarks=["pope"])

    with pytest.raises(EvaluationError, match="only title and summary may change"):
        declare(POPE)
    renamed = declare(pope(scale=100, title={"en": "POPE 2", "zh": "POPE 2"}))
    assert renamed.title_en == "POPE 2"


def test_workers_are_sent_the_declaration() -> None:
    declare(POPE)
    run = make_submission(benchmarks=["pope"]).runs.get()

    assert benchmark_spec(run).declaration == POPE


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("more.json", json.dumps([POPE])),
        (
            "more.toml",
            '[[benchmarks]]\nslug = "pope"\ntask = "pope"\nmetric = "pope_accuracy"\n'
            'title = {en = "POPE", zh = "POPE"}\n'
            'data = {path = "lmms-lab/POPE", split = "test", rows = 9000}\n',
        ),
    ],
)
def test_the_settings_may_name_a_file_of_declarations(
    tmp_path: Path, settings: Any, capsys: Any, name: str, text: str
) -> None:
    settings.GENERIC_BENCHMARKS = str(tmp_path / name)
    (tmp_path / name).write_text(text)

    call_command("sync_benchmarks")

    assert "pope" in capsys.readouterr().out
    assert declaration_of(Benchmark.objects.get(slug="pope")).metric == "pope_accuracy"


@pytest.mark.parametrize("text", ["{", "[1]", "{}", None])
def test_a_file_that_declares_nothing_is_refused_by_name(
    tmp_path: Path, settings: Any, text: str | None
) -> None:
    settings.GENERIC_BENCHMARKS = str(tmp_path / "more.json")
    if text is not None:
        (tmp_path / "more.json").write_text(text)

    with pytest.raises(DeclarationsUnreadable, match=r"more\.json"):
        sync_benchmarks()


def found(benchmark: Benchmark) -> list[tuple[str, str]]:
    rows = benchmark.dimensions.filter(declared=False).order_by("position")
    return list(rows.values_list("axis", "key"))


def take_in(benchmark: Benchmark, *docs: dict[str, Any]) -> Benchmark:
    """Let the benchmark see the values of these rows, as an import does."""
    declaration = declaration_of(benchmark)
    items = [ItemRecord(str(n), n, declaration.fields(doc)) for n, doc in enumerate(docs)]
    values = [declaration.dimension_values(item.fields) for item in items]
    add_found_dimensions(benchmark, declaration, values)
    return Benchmark.objects.get(pk=benchmark.pk)


def test_values_in_the_data_become_the_boards_columns() -> None:
    benchmark = take_in(declare(POPE), {"category": "random"}, {"category": "adversarial"}, {})

    assert found(benchmark) == [("category", "adversarial"), ("category", "random")]
    assert benchmark.board_axis == "category"


def test_a_second_data_set_adds_its_values_and_a_sync_keeps_all() -> None:
    benchmark = take_in(declare(POPE), {"category": "random"})
    benchmark = take_in(benchmark, {"category": "random"}, {"category": "popular"})
    sync_benchmarks()

    benchmark.refresh_from_db()
    assert found(benchmark) == [("category", "random"), ("category", "popular")]
    assert benchmark.board_axis == "category"


def test_an_axis_whose_values_are_declared_takes_no_others() -> None:
    benchmark = take_in(declare(POPE), {"category": "random"})
    benchmark = declare(pope(dimension_fields={"category": ["popular"]}))
    benchmark = take_in(benchmark, {"category": "adversarial"})

    assert found(benchmark) == []
    assert benchmark.board_axis == "category"
    assert list(benchmark.dimensions.filter(axis="category").values_list("key", flat=True)) == [
        "popular"
    ]


def test_a_column_of_as_many_values_as_rows_is_no_axis() -> None:
    rows = [{"category": f"value {number}"} for number in range(501)]
    benchmark = take_in(declare(POPE), *rows)

    assert found(benchmark) == []
    assert benchmark.board_axis == "overall"


def test_an_axis_too_wide_for_a_board_is_an_axis_without_columns() -> None:
    rows = [{"category": f"value {number}"} for number in range(41)]
    benchmark = take_in(declare(POPE), *rows)

    assert len(found(benchmark)) == 41
    assert benchmark.board_axis == "overall"
