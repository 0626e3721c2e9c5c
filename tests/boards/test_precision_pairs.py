"""Which variants are held against which, and what is stored of it when a board changes."""

from __future__ import annotations

from typing import Any

import pytest

from leaderboard.boards.models import BoardRow, BoardVersion, PrecisionDifference
from leaderboard.boards.precisions import pairs
from leaderboard.catalog.models import Variant, VlmModel
from leaderboard.review.services import reopen
from leaderboard.runs.models import Run, Submission
from tests.factories import make_published_run, make_reviewer
from tests.small_set import knows_first

MODEL = VlmModel(pk=1, name="Kestrel")


def row(precision: str, pk: int = 1, engine: str = "vllm", hardware: str = "1x H200") -> BoardRow:
    variant = Variant(pk=pk, model=MODEL, engine=engine, precision=precision)
    return BoardRow(
        run=Run(submission=Submission(variant=variant)), cells=[], serving={"host_class": hardware}
    )


def told(rows: list[BoardRow]) -> list[tuple[str, str]]:
    def precision(of: BoardRow) -> str:
        return of.run.submission.variant.precision

    return [(precision(row), precision(baseline)) for row, baseline in pairs(rows)]


def test_every_lower_precision_is_held_against_the_highest() -> None:
    rows = [row("awq_int4", 1), row("fp8", 2), row("bf16", 3)]
    assert set(told(rows)) == {("awq_int4", "bf16"), ("fp8", "bf16")}


def test_the_same_bits_are_no_pair() -> None:
    assert told([row("bf16", 1), row("fp16", 2)]) == []


def test_other_engines_and_other_hardware_are_no_pair() -> None:
    assert told([row("bf16", 1), row("fp8", 2, engine="sglang")]) == []
    assert told([row("bf16", 1), row("fp8", 2, hardware="1x L4")]) == []


def test_an_undisclosed_precision_is_in_no_pair() -> None:
    assert told([row("unknown", 1), row("fp8", 2)]) == []


def test_gguf_is_held_against_others_and_never_the_other_way_round() -> None:
    assert told([row("gguf", 1), row("fp8", 2)]) == [("gguf", "fp8")]
    assert told([row("gguf", 1), row("gguf", 2)]) == []


def test_of_two_baselines_the_older_variant_is_taken() -> None:
    found = pairs([row("bf16", 9), row("fp16", 4), row("fp8", 5)])
    assert [(a.run.submission.variant.pk, b.run.submission.variant.pk) for a, b in found] == [
        (5, 4)
    ]


def published(precision: str, knows: int) -> Any:
    return make_published_run(knows_first(knows), model_name="Kestrel", precision=precision)


@pytest.mark.django_db
def test_publishing_a_lower_precision_stores_its_difference() -> None:
    baseline, run = published("bf16", 6), published("fp8", 4)

    stored = PrecisionDifference.objects.get()
    assert (stored.run, stored.baseline) == (run, baseline)
    assert stored.difference == pytest.approx(-2 / 8)
    assert (stored.better, stored.worse, stored.n) == (0, 2, 8)
    assert stored.p == pytest.approx(0.5)
    by_dimension = {d["dimension"]: d for d in stored.dimensions}
    assert sum(d["n"] for d in by_dimension.values()) == 8
    assert all(
        set(d) >= {"difference", "low", "high", "p", "p_adjusted"} for d in stored.dimensions
    )


@pytest.mark.django_db
def test_the_higher_precision_may_come_later() -> None:
    run, baseline = published("fp8", 4), published("bf16", 6)
    stored = PrecisionDifference.objects.get()
    assert (stored.run, stored.baseline) == (run, baseline)


@pytest.mark.django_db
def test_withdrawing_the_baseline_makes_the_next_one_the_baseline() -> None:
    best = published("bf16", 6)
    middle, low = published("int8", 5), published("awq_int4", 3)

    reopen(best, make_reviewer(), "to look again")

    rows = BoardVersion.objects.order_by("-pk")[0].rows.for_display()
    (pair,) = pairs(list(rows))
    assert (pair[0].run, pair[1].run) == (low, middle)
    assert PrecisionDifference.objects.filter(run=low, baseline=middle).exists()


@pytest.mark.django_db
def test_other_models_are_not_compared() -> None:
    published("bf16", 6)
    make_published_run(knows_first(3), model_name="Ibis", precision="fp8")
    assert not PrecisionDifference.objects.exists()
