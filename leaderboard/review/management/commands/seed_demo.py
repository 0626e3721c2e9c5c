"""``manage.py seed_demo``: submit the demo models, wait until they are evaluated, and say how to go on.

Called by ``make demo`` once everything runs. A second call submits nothing that was submitted before.

1. Make the admin (with a random password, printed once) and the two demo submitters, where they are missing, and say
   where to look on.
2. Submit what the trusted submitter has not submitted yet, as any submission is.
3. Until the workers are done with it, tell how each run ends, and publish those that the rule for trusted submitters
   left to a reviewer, with a reason.
4. Submit the untrusted one and leave it: it is there to be watched, and then reviewed.
5. Print the address, the login and a curl call with a fresh token.
"""

from __future__ import annotations

import os
import secrets
import time
from argparse import ArgumentParser
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db.models import QuerySet

from evaluator.errors import FAILURE_WORDS, FailureCode
from leaderboard.accounts.models import ApiToken, User
from leaderboard.catalog.models import Benchmark
from leaderboard.review.services import approve
from leaderboard.runs.demo import BENCHMARKS, DemoAddresses, demo_submissions
from leaderboard.runs.models import Pictures, Run, Submission
from leaderboard.runs.services import submit
from leaderboard.runs.states import ACTIVE, RunState
from leaderboard.runs.submission import SubmissionRequest

ADMIN, TRUSTED, VISITOR = "admin", "demo", "visitor"
ENDED = frozenset(RunState) - ACTIVE - {RunState.REVIEW}
APPROVAL = "Part of the demo: the toy model is known to answer past the options."
TOKEN_NAME = "make demo"  # noqa: S105 - a name, not a token


class Command(BaseCommand):
    help = "Submit the demo models, wait for their evaluation, and say how to go on."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--timeout", type=float, default=1800, help="seconds to wait at most")
        parser.add_argument("--no-wait", action="store_true", help="submit and return")

    def handle(self, *args: Any, **options: Any) -> None:
        password = self._admin()
        demos = demo_submissions(_addresses(), _available())
        user = _user(TRUSTED, trusted=True)
        trusted = _submitted(user, [demo.request for demo in demos if demo.trusted])
        if not options["no_wait"]:
            self._greeting(password, trusted)
            self._follow(trusted, options["timeout"])
        visitor = _user(VISITOR, trusted=False)
        rest = _submitted(visitor, [demo.request for demo in demos if not demo.trusted])
        self._farewell(password, _fresh_token(user), rest)

    def _admin(self) -> str | None:
        """Return the new admin's password, or None when there is an admin already."""
        if User.objects.filter(is_superuser=True).exists():
            return None
        password = secrets.token_urlsafe(12)
        User.objects.create_superuser(ADMIN, password=password)
        return password

    def _greeting(self, password: str | None, submissions: QuerySet[Submission]) -> None:
        """Say where to look on while the models are evaluated: who stops the demo then would never see the password."""
        runs = Run.objects.filter(submission__in=submissions).active()
        if password:
            self.stdout.write(f"  Login: {ADMIN} / {password}")
        if not runs:
            return
        models = len({run.submission.variant_id for run in runs.select_related("submission")})
        self.stdout.write(
            f"  {_url()} is open: sign in and watch the board fill.\n"
            f"  Evaluating {models} demo models, {len(runs)} runs in all: some minutes on two cores."
        )

    def _follow(self, submissions: QuerySet[Submission], timeout_s: float) -> None:
        """Follow the runs until none is active, one line for each that ends; publish what awaits review."""
        admin = User.objects.filter(is_superuser=True, is_active=True).first()
        started = time.monotonic()
        decided = Run.objects.filter(submission__in=submissions, state__in=ENDED)
        told = set(decided.values_list("pk", flat=True))
        while True:
            runs = list(Run.objects.for_display().filter(submission__in=submissions).order_by("id"))
            for run in runs:
                if run.state not in ACTIVE and run.pk not in told:
                    if run.state == RunState.REVIEW and admin and run.publishable:
                        approve(run, admin, APPROVAL)
                    told.add(run.pk)
                    count = f"{len(told):{len(str(len(runs)))}}/{len(runs)}"
                    seconds = time.monotonic() - started
                    self.stdout.write(f"  {seconds:5.0f} s  {count}  {_describe(run)}")
                    self.stdout.flush()
            if len(told) == len(runs):
                return
            if time.monotonic() > started + timeout_s:
                raise CommandError(f"The demo models were not done after {timeout_s:.0f} s.")
            time.sleep(1)

    def _farewell(self, password: str | None, token: str, rest: QuerySet[Submission]) -> None:
        url = _url()
        runs = Run.objects.for_display().filter(submission__in=rest).order_by("id")
        watch = "".join(
            f"  {run.get_state_display():13} {run.submission.variant}: {url}/runs/{run.public_id}/\n"
            f"  {'':13} (sign in first: until it is published only its submitter and reviewers see it)\n"
            for run in runs
        )
        login = (
            f"{ADMIN} / {password}   (shown once, stored nowhere in clear)"
            if password
            else f"{ADMIN}, with the password it has (`make password` gives a new one)"
        )
        body = (
            '{"model": {"name": "My VLM"}, '
            f'"endpoint": {{"base_url": "{_environment("DEMO_VLM_URL")}", "model": "toy-vlm-int4"}}, '
            f'"benchmarks": ["{BENCHMARKS[0]}"]}}'
        )
        self.stdout.write(
            f"\n  The site      {url}\n"
            f"  The admin     {url}/admin/\n"
            f"  Login         {login}\n{watch}\n"
            "  Submit one more (the token is new with each start; `make token` makes lasting ones):\n\n"
            f"    curl -X POST {url}/api/v1/submissions \\\n"
            f'      -H "Authorization: Bearer {token}" -H "Content-Type: application/json" \\\n'
            f"      -d '{body}'\n"
        )


def _url() -> str:
    return settings.PUBLIC_URL or "http://127.0.0.1:8000"


def _environment(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise CommandError(f"{name} is not set; `make demo` sets it.")
    return value


def _addresses() -> DemoAddresses:
    return DemoAddresses(
        baselines_url=_environment("DEMO_BASELINES_URL"),
        vlm_url=_environment("DEMO_VLM_URL"),
        checkpoint=Path(_environment("DEMO_CHECKPOINT")),
        int8_checkpoint=Path(_environment("DEMO_INT8_CHECKPOINT")),
        int2_checkpoint=Path(_environment("DEMO_INT2_CHECKPOINT")),
    )


def _available() -> set[str]:
    """Return the benchmarks that the site has, and data for."""
    data = Path(_environment("BENCHMARK_DATA_DIR"))
    slugs = Benchmark.objects.filter(active=True).values_list("slug", flat=True)
    return {slug for slug in slugs if (data / slug).is_dir()}


def _user(name: str, *, trusted: bool) -> User:
    user, created = User.objects.get_or_create(
        username=name, defaults={"trusted_submitter": trusted}
    )
    if created:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    return user


def _submitted(user: User, wanted: Iterable[SubmissionRequest]) -> QuerySet[Submission]:
    """Submit what is wanted and was not submitted before; return the user's submissions of these models.

    A model is known by its name and precision: its address may differ from one start to the next.
    """
    found: set[int] = set()
    for request in wanted:
        known = user.submissions.filter(
            variant__model__name=request.model_name, variant__precision=request.precision
        )
        runs = Run.objects.filter(submission__in=known)
        there = set(runs.values_list("benchmark__slug", flat=True))
        if missing := [slug for slug in request.benchmarks if slug not in there]:
            submit(user, replace(request, benchmarks=missing))
        found.update(known.values_list("pk", flat=True))
    return Submission.objects.filter(pk__in=found)


def _fresh_token(user: User) -> str:
    """Return a new token; those of earlier starts end here, because nobody can read them any more."""
    user.api_tokens.filter(name=TOKEN_NAME).delete()
    return ApiToken.issue(user, TOKEN_NAME)[1]


def _describe(run: Run) -> str:
    """Return one line on how the run ended."""
    shown = "" if run.pictures == Pictures.SHOWN else f", {run.get_pictures_display()}"
    title = f"{run.submission.variant} on {run.benchmark}{shown}: {run.get_state_display()}"
    if run.state == RunState.FAILED:
        words = FAILURE_WORDS[FailureCode(run.failure_code)]
        return f"{title}: {words.title_en}. {run.failure_detail}"
    return title
