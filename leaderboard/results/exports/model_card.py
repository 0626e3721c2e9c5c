"""A ``model-index`` for the model card of a model: its published scores, ready to paste. Pure: runs in, YAML out.

The format is the hub's (github.com/huggingface/hub-docs, ``modelcard.md``): one result per benchmark and data set with
its metrics. Values are percent with two decimals, as such cards have them, and never verified: that word is the hub's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import yaml
from django.utils.translation import override

from evaluator.benchmarks import Benchmark
from leaderboard.catalog.labels import metric_title
from leaderboard.results.models import Score
from leaderboard.runs.models import Run

TASK = "image-text-to-text"
DECIMALS = 2


@dataclass(frozen=True, slots=True)
class CardResult:
    """A published run with its benchmark's declaration, its scores of the whole set, and its page's address."""

    run: Run
    declaration: Benchmark
    scores: Sequence[Score]
    url: str


def model_index(name: str, results: Iterable[CardResult], site: str) -> str:
    """Return the block between the two ``---`` of a model card, in English. Scores without a value are left out.

    Raises ValueError when there is no result.
    """
    entries = [_entry(result, site) for result in results]
    if not entries:
        raise ValueError("a model index needs a result")
    block = {"model-index": [{"name": name, "results": entries}]}
    text: str = yaml.safe_dump(block, allow_unicode=True, sort_keys=False, width=10_000)
    return text


def _entry(result: CardResult, site: str) -> dict[str, Any]:
    with override("en"):
        metrics = [_metric(score) for score in result.scores if score.value is not None]
    return {
        "task": {"type": TASK},
        "dataset": _dataset(result),
        "metrics": metrics,
        "source": {"name": site, "url": result.url},
    }


def _dataset(result: CardResult) -> dict[str, Any]:
    """Name the hub's data set where the run was on it; another set (a demo, say) goes by its benchmark and label."""
    declaration, dataset = result.declaration, result.run.dataset
    data = declaration.data
    if dataset is None:
        raise ValueError(f"run {result.run.public_id} has no data set")
    name, arguments = declaration.title.en, {"rows": dataset.rows, "sha256": dataset.fingerprint}
    if dataset.official_size and not dataset.label:
        config = {} if data.name is None else {"config": data.name}
        return {"type": data.path, "name": name, **config, "split": data.split, "args": arguments}
    named = f"{name}, {dataset.label}" if dataset.label else name
    return {"type": declaration.slug, "name": named, "args": arguments}


def _metric(score: Score) -> dict[str, Any]:
    return {
        "type": score.metric,
        "name": metric_title(score.metric),
        "value": round(100 * (score.value or 0.0), DECIMALS),
        "args": {"protocol": score.protocol, "unit": "percent", "n": score.total},
        "verified": False,
    }
