"""Finding the facts that the automatic checks are made from. A bounded number of queries, whatever there is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from django.conf import settings
from django.db.models import Case, Q, Value, When
from django.db.models.functions import Coalesce

from evaluator.errors import EvaluationError
from evaluator.metrics.shares import OVERALL
from leaderboard.catalog.declarations import declaration_of
from leaderboard.catalog.models import Variant, VlmModel
from leaderboard.results.ablation import BLIND, counterpart_of
from leaderboard.results.headline import with_headline
from leaderboard.results.items import items_of
from leaderboard.results.models import Score
from leaderboard.results.published import on_board
from leaderboard.review.chance import chance_of
from leaderboard.review.checks.facts import (
    Alike,
    Blind,
    Facts,
    OtherModel,
    OtherRun,
    ScoreFact,
    SizeClass,
)
from leaderboard.review.checks.thresholds import PEER_FACTOR
from leaderboard.review.models import AnswerSketch
from leaderboard.review.reading import read_answers
from leaderboard.review.sketches import Codes, most_alike
from leaderboard.runs import visibility
from leaderboard.runs.models import Pictures, Run

MOST_COMPARED = 2000
"""Runs of other models whose answers are compared, the newest first: 8 MB of sketches."""

_LITTLE_ENDIAN = "<u4"
_MODEL = "submission__variant__model"


def facts_of(run: Run) -> Facts:
    """Return what is known of a graded run, and store the sketch of its answers for the runs to come.

    Call it in a transaction. At most ten queries of a run with its benchmark and data set at hand; one reads its answers.
    """
    variant = Variant.objects.select_related("model").get(pk=run.submission.variant_id)
    model = variant.model
    checkpoint = run.manifest.get("checkpoint") or {}
    answers, sketch = read_answers(run)
    _keep(run, sketch)
    scores, headline = _scores(run)
    whole = run.limit is None and not model.is_baseline
    return Facts(
        limit=run.limit,
        counts=run.counts,
        max_errored_share=settings.MAX_ERRORED_SHARE,
        max_unjudged_share=settings.MAX_UNJUDGED_SHARE,
        declared_precision=variant.precision,
        declared_components={
            name: told["declared"]
            for name, told in variant.components.items()
            if told.get("declared")
        },
        declared_parameters_b=model.parameters_b,
        checkpoint=checkpoint,
        baseline=model.is_baseline,
        pictures_shown=run.pictures == Pictures.SHOWN,
        answers=answers,
        scores=scores,
        headline=headline,
        previous=_previous(run, variant) if whole else None,
        size_class=_size_class(run, variant) if whole else None,
        same_weights=_same_weights(model, checkpoint),
        alike=_alike(run, model, sketch),
        blind=_blind(run, model, scores, headline) if whole else None,
    )


# --- Scores ---------------------------------------------------------------------------------------


def _scores(run: Run) -> tuple[dict[str, ScoreFact], ScoreFact | None]:
    """Return the scores over the whole set by metric, and the headline, as far as they have a value."""
    axis, dimension = OVERALL
    benchmark = run.benchmark
    ranks = (benchmark.headline_axis, benchmark.headline_dimension, benchmark.headline_metric)
    found = Score.objects.filter(run=run, protocol=run.protocol).filter(
        Q(axis=axis, dimension=dimension)
        | Q(axis=ranks[0], dimension=ranks[1], metric__in=(ranks[2], BLIND))
    )
    known = [
        (score, ScoreFact(score.value, score.low, score.high, score.total))
        for score in found
        if score.value is not None
    ]
    headline = (f for s, f in known if (s.axis, s.dimension, s.metric) == ranks)
    return {score.metric: fact for score, fact in known}, next(headline, None)


def _other(run: Run) -> OtherRun:
    """Return a run that has its model and, if it was asked for, its headline at hand."""
    told: Mapping[str, Any] = getattr(run, "headline", None) or {}
    value = told.get("value")
    return OtherRun(
        str(run.public_id),
        run.submission.variant.model.name,
        None if value is None else ScoreFact(value, told["low"], told["high"], told["total"]),
    )


def _previous(run: Run, variant: Variant) -> OtherRun | None:
    """Return the last run before this one of the model at this precision that was published, if there is one.

    On the same data, under the same protocol, with pictures or without as this one; of the same variant first.
    """
    made = Coalesce("finished_at", "created_at")
    earlier = (
        Run.objects.filter(
            visibility.readable_by_all(),
            submission__variant__model=variant.model_id,
            submission__variant__precision=variant.precision,
            benchmark=run.benchmark_id,
            dataset=run.dataset_id,
            protocol=run.protocol,
            pictures=run.pictures,
        )
        .annotate(made=made)
        .filter(made__lt=run.finished_at or run.created_at)
        .exclude(pk=run.pk)
        .select_related(_MODEL)
        .order_by(
            Case(When(submission__variant=variant.pk, then=Value(0)), default=Value(1)), "-made"
        )
    )
    found = with_headline(earlier).first()
    return None if found is None else _other(found)


def _size_class(run: Run, variant: Variant) -> SizeClass | None:
    """Return the best published run of each other model of about this size; None where the size is not known."""
    size = _parameters_b(variant)
    if size is None or run.dataset is None or run.pictures != Pictures.SHOWN:
        return None
    best: dict[int, OtherRun] = {}
    board = on_board(run.benchmark, run.dataset, run.protocol)
    others = board.exclude(**{_MODEL: variant.model_id}).exclude(**{f"{_MODEL}__is_baseline": True})
    for other in with_headline(others.defer("manifest", "log_tail", "submission__spec")):
        model_size = _parameters_b(other.submission.variant)
        peer = _other(other)
        if model_size is None or peer.headline is None:
            continue
        if size / PEER_FACTOR <= model_size <= size * PEER_FACTOR:
            known = best.get(other.submission.variant.model_id)
            if known is None or _value(peer) > _value(known):
                best[other.submission.variant.model_id] = peer
    return SizeClass(size, tuple(best.values()))


def _value(run: OtherRun) -> float:
    return -1.0 if run.headline is None else run.headline.value


def _parameters_b(variant: Variant) -> float | None:
    """Return the parameters in billions: as read of the checkpoint, else as declared."""
    return variant.parameters / 1e9 if variant.parameters else variant.model.parameters_b


def _blind(
    run: Run, model: VlmModel, scores: Mapping[str, ScoreFact], headline: ScoreFact | None
) -> Blind | None:
    """Return the score without pictures, of this run or of its counterpart, and what guessing scores on the data."""
    own = run.pictures != Pictures.SHOWN
    found = headline if own else scores.get(BLIND)
    if found is None or run.dataset is None or run.benchmark.declaration is not None:
        return None
    try:
        declared = declaration_of(run.benchmark)
    except EvaluationError:
        return None
    items, _ids = items_of(run.dataset)
    chance = chance_of(declared, items.values())
    if chance is None:
        return None
    other = None if own else counterpart_of(run)
    where = None if other is None else OtherRun(str(other.public_id), model.name)
    return Blind(found.value, chance, where)


# --- Copies ---------------------------------------------------------------------------------------


def _same_weights(model: VlmModel, checkpoint: Mapping[str, Any]) -> tuple[OtherModel, ...] | None:
    """Return the other models with a variant of these weights; None where nothing tells them."""
    told = {
        name: value
        for name in ("weights_sha256", "commit")
        if isinstance(value := checkpoint.get(name), str) and value
    }
    if not told:
        return None
    same = Q(*told.items(), _connector=Q.OR)
    others = Variant.objects.filter(same).exclude(model=model).order_by("model__name")
    names = others.values_list("model__slug", "model__name").distinct()
    return tuple(OtherModel(slug, name) for slug, name in names)


def _keep(run: Run, sketch: Codes) -> None:
    AnswerSketch.objects.bulk_create(
        [AnswerSketch(run=run, codes=sketch.astype(_LITTLE_ENDIAN).tobytes())],
        update_conflicts=True,
        unique_fields=["run"],
        update_fields=["codes"],
    )


def _alike(run: Run, model: VlmModel, sketch: Codes) -> Alike | None:
    """Return the run of another model whose answers are most alike, if there is anything to compare.

    Yardsticks are no models, and without pictures all that were made of one language model say the same.
    """
    if model.is_baseline or run.pictures != Pictures.SHOWN:
        return None
    others = list(
        AnswerSketch.objects.filter(run__dataset=run.dataset_id, run__pictures=Pictures.SHOWN)
        .exclude(**{f"run__{_MODEL}": model})
        .exclude(**{f"run__{_MODEL}__is_baseline": True})
        .order_by("-run_id")
        .values_list("codes", "run__public_id", f"run__{_MODEL}__name")[:MOST_COMPARED]
    )
    found = most_alike(sketch, [np.frombuffer(codes, _LITTLE_ENDIAN) for codes, _, _ in others])
    if found is None:
        return None
    _codes, public_id, name = others[found.other]
    return Alike(
        run=OtherRun(str(public_id), name),
        equal=found.equal,
        compared=found.compared,
        agreement=found.agreement,
        runs=len(others),
    )
