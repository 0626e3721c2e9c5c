"""Benchmarks are found by themselves; two of one name are refused; near misses are suggested."""

import sys

import pytest

from evaluator import benchmarks
from evaluator.errors import EvaluationError, FailureCode

DECLARATION = """
from evaluator.benchmarks.mmbench import MMBenchEnDev


class Another(MMBenchEnDev):
    slug = "{slug}"


class NotDeclaredAgain(Another):
    pass
"""


@pytest.fixture
def declare(tmp_path, monkeypatch):
    """Add a module to the package of benchmarks for one test."""

    def add(module, slug):
        (tmp_path / f"{module}.py").write_text(DECLARATION.format(slug=slug))
        monkeypatch.setattr(benchmarks, "__path__", [*benchmarks.__path__, str(tmp_path)])
        monkeypatch.delitem(sys.modules, f"evaluator.benchmarks.{module}", raising=False)
        added.append(module)
        benchmarks.all_benchmarks.cache_clear()

    added = []
    yield add
    for module in added:
        sys.modules.pop(f"evaluator.benchmarks.{module}", None)
        vars(benchmarks).pop(module, None)
    benchmarks.all_benchmarks.cache_clear()


def test_every_benchmark_is_complete_and_under_its_own_name():
    for slug, benchmark in benchmarks.all_benchmarks().items():
        assert benchmark.slug == slug
        assert benchmark.title.en
        assert benchmark.title.zh
        assert benchmark.protocol
        assert benchmark.data.rows > 0
        axes = {dimension.axis for dimension in benchmark.dimensions}
        assert benchmark.board_axis in axes
        places = [(dimension.axis, dimension.key) for dimension in benchmark.dimensions]
        assert len(set(places)) == len(places)
        parents = {dimension.key for dimension in benchmark.dimensions}
        assert all(d.parent is None or d.parent in parents for d in benchmark.dimensions)


def test_a_new_file_is_a_new_benchmark(declare):
    declare("brand_new", "brand_new_dev")
    found = benchmarks.all_benchmarks()
    assert type(found["brand_new_dev"]).__name__ == "Another"
    assert list(found) == sorted(found)


def test_two_benchmarks_of_one_name_are_refused(declare):
    declare("copycat", "mmbench_en_dev")
    with pytest.raises(RuntimeError, match="two benchmarks are called 'mmbench_en_dev'"):
        benchmarks.all_benchmarks()


def test_a_near_miss_is_suggested():
    with pytest.raises(EvaluationError) as caught:
        benchmarks.get_benchmark("mmbench_en")
    assert caught.value.code is FailureCode.BENCHMARK_UNKNOWN
    assert "Did you mean mmbench_en_dev" in caught.value.detail


def test_a_name_like_no_other_gets_the_list_of_all():
    with pytest.raises(EvaluationError) as caught:
        benchmarks.get_benchmark("xyzzy")
    assert all(slug in caught.value.detail for slug in benchmarks.all_benchmarks())
