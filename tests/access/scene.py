"""People of every role, and a submission of every visibility and state, all by the same submitter for the same lab."""

from __future__ import annotations

from dataclasses import dataclass, field

from leaderboard.accounts.models import ApiToken, Membership, Organization, User
from leaderboard.catalog.models import Image, Item
from leaderboard.notifications.models import Webhook
from leaderboard.notifications.services import create_webhook
from leaderboard.results.ingest import ingest
from leaderboard.review.services import approve
from leaderboard.runs.models import Run
from leaderboard.runs.states import RunState
from tests.factories import PUBLIC_URL, deliver, make_reviewer, make_run, make_user
from tests.hallusion_set import BENCHMARK, hallusion_set, knows_sets

ROLES = ("anonymous", "stranger", "submitter", "member", "reviewer", "admin")
STATES = ("private", "organization", "public unreviewed", "public published")
SEES = {
    "anonymous": {"public published"},
    "stranger": {"public published"},
    "submitter": set(STATES),
    "member": {"organization", "public unreviewed", "public published"},
    "reviewer": set(STATES),
    "admin": set(STATES),
}
"""Which of the submissions anything may tell a role of."""


@dataclass
class Scene:
    """``users`` by role (anonymous: None), graded ``runs`` by state, a published run of somebody else to compare with.

    ``queued`` is a private one that still waits, ``token`` and ``hook`` the submitter's.
    """

    users: dict[str, User | None]
    runs: dict[str, Run]
    other: Run
    queued: Run
    token: ApiToken
    hook: Webhook
    sessions: dict[str, str] = field(default_factory=dict)

    def marks(self, state: str) -> tuple[str, ...]:
        """Return the texts by which a page tells of this submission."""
        runs = [self.runs[state], *([self.queued] if state == "private" else [])]
        found: list[str] = []
        for run in runs:
            submission = run.submission
            found += [str(run.public_id), str(submission.public_id), submission.variant.model.name]
        return tuple(found)

    @property
    def item(self) -> Item:
        """A question with pictures and a counterpart."""
        dataset = self.other.dataset
        assert dataset is not None
        return dataset.items.order_by("position")[0]

    @property
    def image(self) -> str:
        """The name of a picture."""
        return str(Image.objects.order_by("sha256")[0].sha256)


def build() -> Scene:
    """Return the scene, made by the services."""
    lab = Organization.objects.create(slug="lab", name="Lab")
    submitter, member = make_user("submitter"), make_user("member")
    for user in (submitter, member):
        Membership.objects.create(organization=lab, user=user)
    publisher = make_reviewer("publisher")
    runs = {
        state: _graded(submitter, f"Model {state}", state.partition(" ")[0], "lab")
        for state in STATES
    }
    other = _graded(make_user("somebody"), "Model of somebody", "public", "")
    for run in (runs["public published"], other):
        approve(run, publisher, "made by a test")
        run.refresh_from_db()
    users = {
        "anonymous": None,
        "stranger": make_user("stranger", is_staff=True),
        "submitter": submitter,
        "member": member,
        "reviewer": make_reviewer("reviewer"),
        "admin": make_user("admin", is_staff=True, is_superuser=True),
    }
    queued = make_run(user=submitter, model_name="Unseen Okapi", visibility="private")
    return Scene(
        users,
        runs,
        other,
        queued,
        ApiToken.issue(submitter, "tests")[0],
        create_webhook(submitter, PUBLIC_URL, ["run.failed"])[0],
    )


def _graded(user: User, name: str, visibility: str, owner: str) -> Run:
    run = make_run(
        RunState.EVALUATING,
        user,
        model_name=name,
        served_name=name.replace(" ", "-").lower(),
        benchmarks=[BENCHMARK],
        owner=owner,
        visibility=visibility,
    )
    return ingest(run, **deliver(run, knows_sets(2), data=hallusion_set()).arguments())
