"""The measures of ``make bench`` cover every declared benchmark."""

import pytest

from evaluator.benchmarks import all_benchmarks
from evaluator.grading.marking import mark
from scripts.bench_items import answer_styles, drawn


@pytest.mark.parametrize("slug", all_benchmarks())
def test_every_benchmark_has_items_to_measure_with(slug):
    benchmark = all_benchmarks()[slug]
    for texts in answer_styles(benchmark).values():
        rows = [mark(benchmark, *pair) for pair in drawn(benchmark, 60, texts)]
        assert len({row.item.key for row in rows}) == 60
        assert benchmark.score([(row.item, row.graded) for row in rows])
