"""``manage.py ingest_again RUN``: grade the kept bundle of a run that failed after its bundle had arrived."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from leaderboard.results.ingest import ingest_again
from leaderboard.runs.models import Run, TransitionRefused
from leaderboard.runs.states import RunState


class Command(BaseCommand):
    help = "Grade the kept bundle of a failed run once more, for example after a grader was mended."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("run", type=UUID, help="the run's id, as in its page's address")

    def handle(self, *_args: Any, run: UUID, **_options: Any) -> None:
        found = Run.objects.select_related("benchmark", "submission").filter(public_id=run).first()
        if found is None:
            raise CommandError(f"There is no run {run}.")
        try:
            ingest_again(found, actor=None)
        except TransitionRefused as refused:
            raise CommandError(
                f"Only a failed run with a bundle can be ingested again: {refused}."
            ) from refused
        if found.state == RunState.FAILED:
            raise CommandError(f"Failed again: {found.failure_code}. {found.failure_detail}")
        self.stdout.write(f"The run is now: {found.get_state_display()}.")
