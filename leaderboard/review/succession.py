"""Which run takes the place of an older one."""

from __future__ import annotations

from django.db.models import Case, QuerySet, Value, When
from django.db.models.functions import Coalesce

from leaderboard.runs.models import Run

_MADE = Coalesce("finished_at", "created_at")


def successors_of(run: Run) -> QuerySet[Run]:
    """Return the runs that can supersede ``run``, the most like it first and of those the newest.

    They are published, newer, and say the same: of the same model, on the same data set, under the same protocol, with
    the pictures shown in the same way. Of the same variant come first, then those of the same precision.
    """
    variant = run.submission.variant
    return (
        Run.objects.published()
        .filter(
            submission__variant__model=variant.model_id,
            benchmark=run.benchmark_id,
            dataset=run.dataset_id,
            protocol=run.protocol,
            pictures=run.pictures,
        )
        .exclude(pk=run.pk)
        .annotate(made=_MADE)
        .filter(made__gt=run.finished_at or run.created_at)
        .select_related("submission__variant__model", "benchmark")
        .order_by(
            Case(
                When(submission__variant=variant.pk, then=Value(0)),
                When(submission__variant__precision=variant.precision, then=Value(1)),
                default=Value(2),
            ),
            "-made",
            "-pk",
        )
    )


def successor_of(run: Run) -> Run | None:
    """Return the run that supersedes ``run`` unless another is named; None when nobody but a person can tell.

    It is of the same variant or at least of the same precision: that another precision of the model says the same is
    for a reviewer to claim.
    """
    precision = run.submission.variant.precision
    return successors_of(run).filter(submission__variant__precision=precision).first()


def locked_successor(run: Run, named: Run | None) -> Run | None:
    """Return the ``named`` successor, or the one that is found, held until the transaction ends; None if there is none.

    Held, so that it is not withdrawn while it takes the place of another.
    """
    chosen = named or successor_of(run)
    if chosen is None:
        return None
    Run.objects.select_for_update(of=("self",), no_key=True).get(pk=chosen.pk)
    return successors_of(run).filter(pk=chosen.pk).first()
