"""Rows of computed boards that never touch a database."""

from __future__ import annotations

from itertools import count
from typing import Any

from django.utils.text import slugify

from leaderboard.boards.rows import ComputedRow
from leaderboard.boards.serving import serving_of
from leaderboard.catalog.models import Variant, VlmModel
from leaderboard.runs.models import Run, Submission

_ids = count(1)


def make_row(
    name: str,
    *values: float | None,
    precision: str = "bf16",
    engine: str = "vllm",
    facts: dict[str, Any] | None = None,
    kind: str = Variant.Kind.CHECKPOINT,
    **model: Any,
) -> ComputedRow:
    """Return a row with these cells; ``facts`` is what its run's manifest says of serving."""
    number = next(_ids)
    parent = VlmModel(pk=sum(map(ord, name)), slug=slugify(name), name=name, **model)
    variant = Variant(pk=number, model=parent, engine=engine, precision=precision, kind=kind)
    run = Run(pk=number, submission=Submission(variant=variant), manifest=facts or {})
    cells = [None if v is None else {"value": v, "low": v - 0.1, "high": v + 0.1} for v in values]
    return ComputedRow(run=run, cells=cells, serving=serving_of(run), runs={"mmbench": run})


def name_of(row: ComputedRow) -> str:
    return row.run.submission.variant.model.name
