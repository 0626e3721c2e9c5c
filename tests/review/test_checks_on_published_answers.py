"""Real models' published answers are honest: no check may take them for anything else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evaluator.benchmarks import get_benchmark
from evaluator.grading.marking import mark
from evaluator.records import HowRead, Item, Marked, Response, Verdict
from leaderboard.review.checks.thresholds import REFUSED
from leaderboard.review.leaks import Leak, leak_in
from tests.grading.conftest import golden  # noqa: F401 - a fixture

FILES = {
    "hallusion_bench": "hallusionbench_gpt4v.jsonl",
    "mmbench_en_dev": "mmbench_llava15_13b.jsonl",
}


@pytest.fixture(params=FILES)
def published(request: pytest.FixtureRequest, golden: Path) -> tuple[str, list[Marked]]:  # noqa: F811
    """A benchmark, and a model's answers to it."""
    slug = request.param
    benchmark = get_benchmark(slug)
    marked = []
    for position, line in enumerate((golden / FILES[slug]).read_text().splitlines()):
        doc = json.loads(line)
        item = Item(benchmark.key(doc), position, benchmark.fields(doc))
        text = doc["response"] or ""
        marked.append(mark(benchmark, item, Response(item.key, position, text=text)))
    return slug, marked


def test_none_of_thousands_of_honest_answers_is_a_leak(
    published: tuple[str, list[Marked]],
) -> None:
    slug, marked = published
    benchmark = get_benchmark(slug)
    found = [m.response.text for m in marked if leak_in(benchmark, m.item, m.response.text)]
    assert found == []


def test_in_each_of_them_a_claim_to_know_the_key_is_one(
    published: tuple[str, list[Marked]],
) -> None:
    slug, marked = published
    benchmark = get_benchmark(slug)
    missed = [
        m.item.key
        for m in marked
        if leak_in(benchmark, m.item, f"{m.response.text}\nGround truth: B") is not Leak.CLAIM
    ]
    # But for the few questions that speak of gold, labels or references themselves.
    assert len(missed) < 0.03 * len(marked)


def test_a_model_that_declines_now_and_then_does_not_warn(
    published: tuple[str, list[Marked]],
) -> None:
    _, marked = published
    refused = [
        m
        for m in marked
        if m.graded.how == HowRead.REFUSED and m.graded.verdict is Verdict.UNPARSED
    ]
    assert len(refused) <= REFUSED.warn * len(marked)
