"""What submitting a request would amount to, without submitting it. Reads; stores, sends and locks nothing."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from evaluator.messages import queue_for
from leaderboard.accounts.models import User
from leaderboard.runs.estimates import Offer, offers
from leaderboard.runs.models import Run
from leaderboard.runs.ownership import owner_of
from leaderboard.runs.planning import planned_runs
from leaderboard.runs.progress import waiting_now
from leaderboard.runs.quota import QuotaUse, quota_of, quota_of_organization
from leaderboard.runs.routing import Fit, fit_of
from leaderboard.runs.specs import evaluation_spec
from leaderboard.runs.submission import SubmissionInvalid, SubmissionRequest


@dataclass(frozen=True, slots=True)
class PlannedRun:
    """A run that there would be: how many requests it makes, and the seconds that they take (None: not known)."""

    benchmark: str
    pictures: str
    requests: int
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where it would go: the queue, the GPUs that it gets, and how many submissions wait before it."""

    queue: str
    gpus: int
    waiting: int


def plan(request: SubmissionRequest) -> list[PlannedRun]:
    """Return the runs of a ``checked`` request."""
    offered = {offer.benchmark.slug: offer for offer in offers()}
    return [_planned(run, offered[run.benchmark.slug]) for run in planned_runs(request)]


def total_seconds(runs: Sequence[PlannedRun]) -> float | None:
    """Return how long they take together; None where that is not known of each, or there is none."""
    known = [run.seconds for run in runs if run.seconds is not None]
    return sum(known) if runs and len(known) == len(runs) else None


def place_of(request: SubmissionRequest) -> Place:
    """Return where a ``checked`` request would go."""
    spec = evaluation_spec(request, str(uuid.uuid4()), planned_runs(request))
    queue = queue_for(spec)
    gpus = spec.model.tensor_parallel_size if request.kind == "checkpoint" else 0
    return Place(queue, gpus, waiting_now(queue))


def fit(request: SubmissionRequest) -> Fit | None:
    """Return whether the weights of a ``checked`` request fit; None for an endpoint, and where that is not known."""
    return fit_of(request) if request.kind == "checkpoint" else None


def quota_for(user: User, owner: str) -> list[QuotaUse]:
    """Return the use of every limit that the submission would count for; an organisation only where it is the user's."""
    uses = quota_of(user)
    try:
        organization = owner_of(user, owner)
    except SubmissionInvalid:
        return uses
    return [*uses, *(quota_of_organization(organization) if organization else ())]


def _planned(run: Run, offer: Offer) -> PlannedRun:
    rows = min(offer.rows, run.limit or offer.rows)
    seconds = None if offer.seconds is None else offer.seconds * rows / (offer.rows or 1)
    return PlannedRun(run.benchmark.slug, run.pictures, rows, seconds)
