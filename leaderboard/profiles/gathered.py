"""What the page of a model is made of: its variants, and the newest published run of each benchmark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, QuerySet

from leaderboard.catalog.models import Variant, VlmModel
from leaderboard.results.models import Score
from leaderboard.runs.models import Pictures, Run
from leaderboard.runs.scores import Scores, by_place
from leaderboard.runs.verification import with_verified

HISTORY = 20
"""Runs in the history."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A variant's newest published run of one benchmark, with its scores."""

    run: Run
    scores: Scores

    @property
    def headline(self) -> Any:
        """The score that ranks the run, or None."""
        benchmark = self.run.benchmark
        place = (benchmark.headline_axis, benchmark.headline_dimension, benchmark.headline_metric)
        return self.scores.get(place)


def shown_models(user: Any) -> QuerySet[VlmModel]:
    """Return the models of which ``user`` may see a run."""
    visible = Run.objects.visible_to(user).filter(submission__variant__model=OuterRef("pk"))
    return VlmModel.objects.filter(Exists(visible))


def shown_variants(model: VlmModel, user: Any) -> list[Variant]:
    """Return the variants of which ``user`` may see a run; those with published runs first."""
    visible = Run.objects.visible_to(user).filter(submission__variant__model=model)
    published = set(
        Run.objects.published()
        .filter(submission__variant__model=model)
        .values_list("submission__variant", flat=True)
    )
    found = Variant.objects.filter(pk__in=visible.values("submission__variant"))
    variants = found.select_related("model").order_by("pk")
    return sorted(variants, key=lambda v: (v.pk not in published, -(v.precision_bits or 0), v.pk))


def chosen(variants: Sequence[Variant], text: str) -> Variant | None:
    """Return the variant whose key ``text`` is, else the first; None of none."""
    wanted = (variant for variant in variants if str(variant.pk) == text)
    return next(wanted, variants[0] if variants else None)


def standings(variants: Sequence[Variant | None]) -> dict[int, dict[int, Standing]]:
    """Return by variant and benchmark the newest published whole run, with the scores by its protocol. Two queries."""
    keys = {variant.pk for variant in variants if variant}
    published = Run.objects.published().filter(
        submission__variant__in=keys, pictures=Pictures.SHOWN, limit=None
    )
    runs = (
        with_verified(published.for_display())
        .prefetch_related(Prefetch("scores", Score.objects.order_by("id")))
        .order_by("benchmark__position", "benchmark__slug", "id")
    )
    found: dict[int, dict[int, Standing]] = {key: {} for key in keys}
    for run in runs:
        scores = by_place(s for s in run.scores.all() if s.protocol == run.protocol)
        found[run.submission.variant_id][run.benchmark_id] = Standing(run, scores)
    return found


def baselines(variant: Variant) -> list[Variant]:
    """Return what the variant may be set against: other variants of its model, then baselines, then other models.

    Only of those with a published run; at most 60.
    """
    published = Run.objects.published().values("submission__variant")
    others = Variant.objects.filter(pk__in=published).exclude(pk=variant.pk).select_related("model")

    def order(other: Variant) -> tuple[bool, int, bool, str, int]:
        own = other.model_id == variant.model_id
        bits = other.precision_bits or 0
        return (
            not own,
            -bits if own else 0,
            not other.model.is_baseline,
            other.model.name,
            other.pk,
        )

    return sorted(others, key=order)[:60]


def history(model: VlmModel, user: Any) -> list[Run]:
    """Return the model's newest runs that ``user`` may see."""
    runs = Run.objects.visible_to(user).filter(submission__variant__model=model)
    return list(runs.for_display().order_by("-id")[:HISTORY])
