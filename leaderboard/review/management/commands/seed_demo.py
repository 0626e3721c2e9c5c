"""``manage.py seed_demo``: submit the demo models, wait until they are evaluated, and say how to go on.

Called by ``make demo`` once everything runs. A second call submits nothing that was submitted before.

1. Make the admin (with a random password, printed once) and the two demo submitters, where they are missing.
2. Submit each model of the trusted submitter that was not submitted yet, as any submission is.
3. Wait until the workers are done with them, telling every change.
4. Publish those that the rule for trusted submitters left to a reviewer, with a reason.
5. Submit the untrusted one and leave it: it is there to be watched, and then reviewed.
6. Print the address, the login and a curl call with a fresh token.
"""

from __future__ import annotations

import os
import secrets
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from evaluator.errors import FAILURE_WORDS, FailureCode
from leaderboard.accounts.models import ApiToken, User
from leaderboard.review.services import approve
from leaderboard.runs.demo import BENCHMARKS, DemoAddresses, demo_submissions
from leaderboard.runs.models import Run, Submission
from leaderboard.runs.progress import live
from leaderboard.runs.services import submit
from leaderboard.runs.states import ACTIVE, RunState
from leaderboard.runs.submission import SubmissionRequest

ADMIN, TRUSTED, VISITOR = "admin", "demo", "visitor"
APPROVAL = "Part of the demo: the toy model is known to answer past the options."
TOKEN_NAME = "make demo"  # noqa: S105 - a name, not a token


class Command(BaseCommand):
    help = "Submit the demo models, wait for their evaluation, and say how to go on."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--timeout", type=float, default=1800, help="seconds to wait at most")
        parser.add_argument("--no-wait", action="store_true", help="submit and return")

    def handle(self, *args: Any, **options: Any) -> None:
        password = self._admin()
        started = time.monotonic()
        demos = demo_submissions(_addresses())
        user = _user(TRUSTED, trusted=True)
        trusted = [_submitted(user, demo.request) for demo in demos if demo.trusted]
        if not options["no_wait"]:
            self._wait(trusted, options["timeout"], started)
            self._publish(trusted)
        visitor = _user(VISITOR, trusted=False)
        rest = [_submitted(visitor, demo.request) for demo in demos if not demo.trusted]
        self._farewell(password, _fresh_token(user), rest)

    def _admin(self) -> str | None:
        """Return the new admin's password, or None when there is an admin already."""
        if User.objects.filter(is_superuser=True).exists():
            return None
        password = secrets.token_urlsafe(12)
        User.objects.create_superuser(ADMIN, password=password)
        # Now too, not only at the end: who stops the demo before that would never have seen it.
        self.stdout.write(f"  Login: {ADMIN} / {password}")
        return password

    def _wait(self, submissions: list[Submission], timeout_s: float, started: float) -> None:
        """Follow the runs until none is active, one line per change."""
        told: dict[int, str] = {}
        wanted = [s.pk for s in submissions]
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            runs = list(Run.objects.for_display().filter(submission__in=wanted).order_by("id"))
            for run in runs:
                line = _describe(run)
                if told.get(run.pk) != line:
                    told[run.pk] = line
                    self.stdout.write(f"  {time.monotonic() - started:5.0f} s  {line}")
                    self.stdout.flush()
            if not any(run.state in ACTIVE for run in runs):
                return
            time.sleep(1)
        raise CommandError(f"The demo models were not done after {timeout_s:.0f} s.")

    def _publish(self, submissions: list[Submission]) -> None:
        """Decide, as the admin, on what awaits review: the toy model answers past the options, and a check says so."""
        admin = User.objects.filter(is_superuser=True, is_active=True).first()
        waiting = Run.objects.for_display().filter(
            submission__in=[s.pk for s in submissions], state=RunState.REVIEW
        )
        for run in waiting:
            if admin is not None and run.publishable:
                approve(run, admin, APPROVAL)
                self.stdout.write(f"           {_describe(run)}: {APPROVAL}")

    def _farewell(self, password: str | None, token: str, rest: list[Submission]) -> None:
        url = settings.PUBLIC_URL or "http://127.0.0.1:8000"
        runs = Run.objects.for_display().filter(submission__in=[s.pk for s in rest]).order_by("id")
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
        int2_checkpoint=Path(_environment("DEMO_INT2_CHECKPOINT")),
    )


def _user(name: str, *, trusted: bool) -> User:
    user, created = User.objects.get_or_create(
        username=name, defaults={"trusted_submitter": trusted}
    )
    if created:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    return user


def _submitted(user: User, wanted: SubmissionRequest) -> Submission:
    """Return the user's submission of this model, made now unless it was made before.

    It is known by its name and precision: its address may differ from one start to the next.
    """
    known = user.submissions.filter(
        variant__model__name=wanted.model_name, variant__precision=wanted.precision
    )
    return known.order_by("id").first() or submit(user, wanted)


def _fresh_token(user: User) -> str:
    """Return a new token; those of earlier starts end here, because nobody can read them any more."""
    user.api_tokens.filter(name=TOKEN_NAME).delete()
    return ApiToken.issue(user, TOKEN_NAME)[1]


def _describe(run: Run) -> str:
    """Return one line on where the run stands. Progress is told in steps of a quarter."""
    title = f"{run.submission.variant}: {run.get_state_display()}"
    if run.state == RunState.FAILED:
        words = FAILURE_WORDS[FailureCode(run.failure_code)]
        return f"{title}: {words.title_en}. {run.failure_detail}"
    if run.state == RunState.EVALUATING and (progress := live(run.submission)):
        figures = progress.runs.get(str(run.public_id))
        if figures and figures.total:
            quarters = 4 * figures.done // figures.total
            return f"{title}, {25 * quarters} %" if quarters else title
    return title
