"""``manage.py sync_benchmarks``: copy the benchmarks' declarations into the database. Run it after ``migrate``."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from leaderboard.catalog.sync import sync_benchmarks


class Command(BaseCommand):
    help = "Copy the benchmarks' declarations into the database. Safe to run again."

    def handle(self, *_args: Any, **_options: Any) -> None:
        synced = sync_benchmarks()
        self.stdout.write(f"Benchmarks: {', '.join(synced.active) or 'none'}")
        if synced.deactivated:
            self.stdout.write(
                f"No longer declared, put out of use: {', '.join(synced.deactivated)}"
            )
