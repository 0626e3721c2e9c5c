"""``manage.py export_results RUN --format F --out PATH``: write a run's scores or responses to a file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from leaderboard.core.tables import Format, Table, write
from leaderboard.results.exports.tables import responses_table, scores_table
from leaderboard.runs.models import Run

TABLES = ("scores", "responses")


class Command(BaseCommand):
    help = "Write a run's scores or responses as CSV, JSON, JSON lines or Parquet."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("run", type=UUID, help="the run's id, as in its page's address")
        parser.add_argument("--what", choices=TABLES, default="scores")
        parser.add_argument("--format", choices=list(Format), default=Format.CSV.value)
        parser.add_argument("--out", type=Path, help="a file; standard output when left out")
        parser.add_argument(
            "--mark", action="store_true", help="begin a CSV with a byte order mark, for Excel"
        )

    def handle(self, *_args: Any, run: UUID, out: Path | None, **options: Any) -> None:
        """Write the file. Raises CommandError for an unknown run and a path that cannot be written."""
        found = Run.objects.for_display().filter(public_id=run).first()
        if found is None:
            raise CommandError(f"There is no run {run}.")
        # The responses come through a cursor, which must see one state of the run.
        with transaction.atomic():
            table = _table(found, options["what"])
            parts = write(table, Format(options["format"]), mark=options["mark"])
            if out is None:
                sys.stdout.buffer.writelines(parts)
                return
            try:
                with out.open("wb") as target:
                    target.writelines(parts)
            except OSError as error:
                raise CommandError(f"{out}: {error.strerror}") from error
        self.stderr.write(f"{out}: {out.stat().st_size:,} bytes")


def _table(run: Run, what: str) -> Table:
    """Return the table with everything in it: whoever may run commands may see it."""
    return scores_table(run) if what == "scores" else responses_table(run, private=True)
