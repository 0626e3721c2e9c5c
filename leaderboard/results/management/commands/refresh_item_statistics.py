"""``manage.py refresh_item_statistics``: compute anew what the published models made of each question."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from leaderboard.catalog.models import DatasetVersion
from leaderboard.results.statistics import refresh
from leaderboard.runs.models import Run


class Command(BaseCommand):
    help = "Compute the explorer's statistics of every data set that has a published run."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Refresh them, one data set per transaction."""
        published = Run.objects.published().values("dataset")
        datasets = DatasetVersion.objects.filter(pk__in=published).select_related("benchmark")
        for dataset in datasets:
            refresh(dataset)
            self.stdout.write(str(dataset))
