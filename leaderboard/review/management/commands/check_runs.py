"""``manage.py check_runs``: make the automatic checks of graded runs anew."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from leaderboard.review.attaching import refresh_checks
from leaderboard.runs.models import Run, RunQuerySet
from leaderboard.runs.states import GRADED


class Command(BaseCommand):
    help = (
        "Make the automatic checks of graded runs anew: after an upgrade that brings other checks or limits, or to "
        "hold older runs against those that came later. Decides nothing. Safe to interrupt and to run again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--benchmark", help="only runs of the benchmark with this slug")
        parser.add_argument(
            "--run",
            type=UUID,
            action="append",
            default=[],
            help="only this run (its id); may be repeated",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        runs = _wanted(options["benchmark"], options["run"])
        changed = 0
        # One at a time: a run's manifest is large, and each is its own transaction.
        for key in runs.values_list("pk", flat=True):
            run = Run.objects.select_related("benchmark", "dataset", "submission").get(pk=key)
            if found := refresh_checks(run):
                changed += 1
                told = ", ".join(
                    f"{c} {old or '-'} -> {new or '-'}" for c, (old, new) in found.items()
                )
                self.stdout.write(f"{run.public_id}: {told}")
        self.stdout.write(f"{changed} runs have other checks than before.")


def _wanted(slug: str | None, ids: list[UUID]) -> RunQuerySet:
    """Return the graded runs that were asked for. Raises CommandError where there is none, or not each of ``ids``."""
    runs = Run.objects.in_states(GRADED).order_by("id")
    if slug:
        runs = runs.filter(benchmark__slug=slug)
    if ids:
        runs = runs.filter(public_id__in=ids)
        missing = set(ids) - set(runs.values_list("public_id", flat=True))
        if missing:
            raise CommandError(f"Not a graded run: {', '.join(map(str, sorted(missing)))}.")
    if not runs.exists():
        raise CommandError("There is no such graded run.")
    return runs
