"""``manage.py import_results PATH --benchmark SLUG --model NAME``: take in answers that were given elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from evaluator.errors import EvaluationError
from leaderboard.accounts.models import User
from leaderboard.catalog.models import Precision
from leaderboard.results.imports.request import AlreadyImported, ImportRequest
from leaderboard.results.imports.services import import_results
from leaderboard.runs.models import Run
from leaderboard.runs.states import RunState
from leaderboard.runs.submission import SubmissionInvalid

OPTIONS = {"model_name": "model"}
"""Options that are not called as the request's fields are."""


class Command(BaseCommand):
    """Prints the new run's id alone on standard output, so that a script can take it; words go to standard error."""

    help = (
        "Import a model's answers: lmms-eval's output folder (--log_samples), a result file of VLMEvalKit (xlsx, tsv, "
        "json), or JSON lines as `python -m evaluator grade` reads them. The run awaits review like any other."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("path", type=Path, help="a file, a folder, or a zip file of one")
        parser.add_argument("--benchmark", required=True, help="such as mmbench_en_dev")
        parser.add_argument("--model", required=True, help="the model's name")
        parser.add_argument("--user", required=True, help="whose import it is")
        parser.add_argument("--organization", default="")
        parser.add_argument("--homepage", default="")
        parser.add_argument("--parameters-b", type=float, help="billions of parameters")
        parser.add_argument("--open-weights", action="store_true", default=None)
        parser.add_argument("--baseline", action="store_true", help="shown, never ranked")
        parser.add_argument("--precision", default="unknown", help=", ".join(Precision.values))
        parser.add_argument("--engine", default="", help="what served the model, if known")
        parser.add_argument("--revision", default="")
        parser.add_argument("--note", default="")
        parser.add_argument(
            "--own-items",
            action="store_true",
            help="make a data set of the file's items where they are not those of the site's",
        )

    def handle(self, *_args: Any, path: Path, **options: Any) -> None:
        """Import. Raises CommandError saying what is wrong and what to do; nothing is stored then."""
        run = self._import(_user(options["user"]), path, _request(options))
        if run.state == RunState.FAILED:
            raise CommandError(
                f"Run {run.public_id} failed: {run.failure_code}. {run.failure_detail}"
            )
        for blocker in run.blockers:
            self.stderr.write(f"Cannot be published: {blocker['detail']}")
        answers, label = run.counts.get("responses"), run.get_state_display()
        self.stderr.write(f"{answers} answers, {run.dataset}. {label}.")
        self.stdout.write(str(run.public_id))

    def _import(self, user: User, path: Path, request: ImportRequest) -> Run:
        try:
            return import_results(user, path, request, within_quota=False)
        except SubmissionInvalid as error:
            told = (
                f"--{OPTIONS.get(e['field'], e['field'])}: {e['message']}" for e in error.errors
            )
            raise CommandError("\n".join(told).replace("_", "-")) from error
        except EvaluationError as error:
            raise CommandError(
                f"{path}: {error.detail}\n{error.words.title()}. {error.words.advice()}"
            ) from error
        except (AlreadyImported, OSError) as error:
            raise CommandError(str(error)) from error


def _user(name: str) -> User:
    user = User.objects.filter(username=name, is_active=True).first()
    if user is None:
        raise CommandError(f"There is no active user {name!r}.")
    return user


def _request(options: dict[str, Any]) -> ImportRequest:
    return ImportRequest(
        benchmark=options["benchmark"],
        model_name=options["model"],
        organization=options["organization"],
        homepage=options["homepage"],
        parameters_b=options["parameters_b"],
        open_weights=options["open_weights"],
        is_baseline=options["baseline"],
        precision=options["precision"],
        engine=options["engine"],
        revision=options["revision"],
        note=options["note"],
        own_items=options["own_items"],
    )
