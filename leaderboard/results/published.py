"""Which runs speak for their variants in public."""

from __future__ import annotations

from django.db.models import F

from leaderboard.catalog.models import Benchmark, DatasetVersion
from leaderboard.runs.models import Pictures, Run, RunQuerySet


def on_board(benchmark: Benchmark, dataset: DatasetVersion, protocol: str) -> RunQuerySet:
    """Return the newest published run of each variant on exactly this data set under exactly this protocol.

    Only of runs that saw the pictures. With the variant and its model.
    """
    return (
        Run.objects.published()
        .filter(benchmark=benchmark, dataset=dataset, protocol=protocol, pictures=Pictures.SHOWN)
        .select_related("submission__variant__model")
        .order_by(
            "submission__variant_id",
            F("finished_at").desc(nulls_last=True),
            "-created_at",
            "-id",
        )
        .distinct("submission__variant_id")
    )
