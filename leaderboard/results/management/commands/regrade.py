"""``manage.py regrade --benchmark SLUG``: grade stored responses again after a grader or the judge has changed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from leaderboard.accounts.models import User
from leaderboard.catalog.declarations import declaration_of
from leaderboard.catalog.models import Benchmark
from leaderboard.core.judges import Judge, judge_of
from leaderboard.results.regrade import Regraded, RegradeRefused, regrade
from leaderboard.runs.models import Run
from leaderboard.runs.states import GRADED


class Command(BaseCommand):
    help = (
        "Grade the stored responses of a benchmark's runs again, without evaluating anything. Scores of other "
        "protocols stay. Safe to interrupt and to run again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--benchmark", required=True, help="slug of the benchmark")
        parser.add_argument(
            "--run",
            type=UUID,
            action="append",
            default=[],
            help="only this run (its id); may be repeated",
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="change nothing, ask no judge; say what would be"
        )
        which = parser.add_mutually_exclusive_group()
        which.add_argument(
            "--with-judge",
            action="store_const",
            const=True,
            dest="with_judge",
            help="use the judge in the settings; without this and the next, as new runs are graded",
        )
        which.add_argument(
            "--no-judge", action="store_const", const=False, dest="with_judge", help="rules only"
        )
        parser.add_argument("--reason", default="", help="kept with each run that changes")
        parser.add_argument("--by", help="user name of whoever does this, for the audit trail")
        parser.add_argument(
            "--allow-same-protocol",
            action="store_true",
            help="let scores change though the protocol keeps its name; needs --reason",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        benchmark = Benchmark.objects.filter(slug=options["benchmark"]).first()
        if benchmark is None:
            raise CommandError(f"There is no benchmark {options['benchmark']!r}.")
        if options["allow_same_protocol"] and not options["reason"].strip():
            raise CommandError("--allow-same-protocol needs a --reason, which is kept.")
        judge = _judge(benchmark, options["with_judge"])
        actor = _actor(options["by"])
        refused = 0
        for run in _runs(benchmark, options["run"]):
            try:
                result = regrade(
                    run,
                    judge,
                    actor=actor,
                    reason=options["reason"].strip(),
                    allow_same_protocol=options["allow_same_protocol"],
                    dry_run=options["dry_run"],
                )
            except RegradeRefused as error:
                refused += 1
                self.stderr.write(f"{run.public_id}: not graded again. {error}")
            else:
                self.stdout.write(f"{run.public_id}: {_words(result, options['dry_run'])}")
        if refused:
            raise CommandError(f"{refused} runs were not graded again.")


def _judge(benchmark: Benchmark, wanted: bool | None) -> Judge | None:
    if wanted is False:
        return None
    judge = judge_of(declaration_of(benchmark))
    if wanted and judge is None:
        raise CommandError(
            f"No judge is set for {benchmark.slug}. Set JUDGE_BASE_URL and JUDGE_MODEL; see docs/settings.md."
        )
    return judge


def _actor(name: str | None) -> User | None:
    if name is None:
        return None
    found = User.objects.filter(username=name).first()
    if found is None:
        raise CommandError(f"There is no user {name!r}.")
    return found


def _runs(benchmark: Benchmark, wanted: list[UUID]) -> list[Run]:
    """Return the benchmark's graded runs, or those of them that are wanted."""
    graded = Run.objects.filter(benchmark=benchmark).in_states(GRADED)
    graded = graded.select_related("benchmark", "dataset", "submission").order_by("id")
    if not wanted:
        return list(graded.defer("manifest", "log_tail"))
    found = {run.public_id: run for run in graded.filter(public_id__in=wanted)}
    if missing := [str(public_id) for public_id in wanted if public_id not in found]:
        raise CommandError(f"No graded runs of {benchmark.slug}: {', '.join(missing)}.")
    return list(found.values())


def _words(result: Regraded, dry_run: bool) -> str:
    if not result.changed:
        text = f"unchanged, {_percent(result.to_headline)} under {result.to_protocol}"
    else:
        text = (
            f"{result.from_protocol} {_percent(result.from_headline)} -> "
            f"{result.to_protocol} {_percent(result.to_headline)}, {result.responses} responses changed"
        )
    if result.asked:
        text += f", {result.asked} questions {'for' if dry_run else 'to'} the judge"
    if result.unjudged:
        text += f", {result.unjudged} answers that it failed on"
    return f"would be {text}" if dry_run else text


def _percent(value: float | None) -> str:
    return "—" if value is None else f"{100 * value:.2f} %"
