"""A site on which the examples of the OpenAPI document can be sent as they stand: it has what they name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from evaluator.metrics.rates import TRUNCATED
from leaderboard.accounts.models import Membership, Organization, User
from leaderboard.api.examples import examples
from leaderboard.catalog.models import Image
from leaderboard.core.artifacts import image_key, store, thumb_key
from leaderboard.notifications.models import Event
from leaderboard.notifications.services import create_webhook
from leaderboard.results.ingest import ingest
from leaderboard.results.models import Response, Verdict
from leaderboard.review.services import correct_score
from leaderboard.runs.models import Run, RunEvent, Submission
from leaderboard.runs.states import RunState
from tests.board_scene import QUESTIONS, publish_checkpoint
from tests.factories import (
    PUBLIC_URL,
    deliver,
    make_reviewer,
    make_run,
    make_submission,
    make_user,
)
from tests.results.result_files import jsonl
from tests.small_set import right, small_set


@dataclass(frozen=True, slots=True)
class People:
    """Who sends the examples, by what these say in ``as``."""

    user: User
    reviewer: User
    admin: User


def build(folder: Path) -> tuple[People, dict[str, bytes]]:
    """Make the scene in an empty database; return the people, and the files that examples send, by name."""
    ana = make_user("ana", email="ana@example.org")
    reviewer = make_reviewer("rita")
    people = People(ana, reviewer, make_user("root", is_staff=True, is_superuser=True))
    lab = Organization.objects.create(slug="lab", name="Lab")
    Membership.objects.create(user=ana, organization=lab)
    create_webhook(ana, PUBLIC_URL, [event.value for event in Event])
    _await_review(reviewer)
    own: dict[str, Any] = {"organization": "Acme", "user": ana}
    (first,) = publish_checkpoint("Tiny VLM", "bf16", knows=6, reviewer=reviewer, **own)
    (second,) = publish_checkpoint("Tiny VLM", "fp8", knows=4, reviewer=reviewer, **own)
    ids = examples()["comparisons_read"].query["runs"].split(",")
    for run, named in zip((first, second), ids, strict=True):
        Run.objects.filter(pk=run.pk).update(public_id=UUID(named))
        _cut_off_wrong_answers(run)
    named = examples()["submissions_events"].path["public_id"]
    Submission.objects.filter(pk=first.submission_id).update(public_id=UUID(named))
    waiting = make_submission(ana, model_name="Waiting VLM", organization="Acme")
    named = examples()["submissions_read"].path["public_id"]
    Submission.objects.filter(pk=waiting.pk).update(public_id=UUID(named))
    _name_picture(examples()["pictures_read"].path["sha256"], folder)
    items = small_set(questions=QUESTIONS).items
    return people, {"answers.jsonl": jsonl(folder, right, items).read_bytes()}


def _cut_off_wrong_answers(run: Run) -> None:
    """Let every wrong answer have run into the limit on new tokens, so that an example can ask for such."""
    wrong = Response.objects.of_run(run).filter(verdict=Verdict.INCORRECT)
    wrong.update(finish_reason=TRUNCATED)


def _await_review(reviewer: User) -> None:
    """Make the runs that examples decide on, and the version of each that they have seen."""
    corrected = examples()["runs_correct"]
    (bulk,) = examples()["reviews_decide"].body["runs"]
    decided = examples()["runs_decide"]
    seen = {
        bulk["id"]: bulk["etag"],
        decided.path["public_id"]: decided.headers["If-Match"],
        corrected.path["public_id"]: corrected.headers["If-Match"],
    }
    data = small_set(questions=QUESTIONS)
    for number, (named, tag) in enumerate(seen.items()):
        run = make_run(RunState.EVALUATING, model_name=f"New VLM {number}", organization="Acme")
        run = ingest(run, **deliver(run, right, data=data).arguments())
        if named == corrected.path["public_id"]:
            correct_score(run, reviewer, ("overall", "overall", "vanilla"), 0.9, "A wrong key.")
        Run.objects.filter(pk=run.pk).update(public_id=UUID(named))
        RunEvent.objects.filter(pk=run.events.latest("id").pk).update(id=int(tag.strip('"')))


def _name_picture(sha256: str, folder: Path) -> None:
    """Give a picture another name: that of its content depends on the encoder's version."""
    picture = Image.objects.earliest("id")
    for key in (image_key, thumb_key):
        store().fetch(key(picture.sha256), folder / "picture")
        store().put_file(folder / "picture", key(sha256))
    Image.objects.filter(pk=picture.pk).update(sha256=sha256)
