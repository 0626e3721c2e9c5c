"""On whose behalf something is submitted, and who may see it."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from leaderboard.accounts.models import Organization, User
from leaderboard.runs.attempts import locked
from leaderboard.runs.models import Run, RunEvent, Submission
from leaderboard.runs.signals import visibility_changed
from leaderboard.runs.states import PUBLIC
from leaderboard.runs.submission import SubmissionInvalid
from leaderboard.runs.visibility import Visibility


def owner_of(user: User, slug: str) -> Organization | None:
    """Return the organisation of this slug, None for an empty one. Raises SubmissionInvalid unless ``user`` is in it."""
    if not slug:
        return None
    found = Organization.objects.of(user).filter(slug=slug).first()
    if found is None:
        raise SubmissionInvalid([_error("owner", "unknown", _("You are in no such organisation."))])
    return found


def ownership_errors(user: User, owner: str, visibility: str) -> list[dict[str, str]]:
    """Return what is wrong with the choice of owner and visibility."""
    errors = []
    try:
        owner_of(user, owner)
    except SubmissionInvalid as error:
        errors += error.errors
    if visibility not in Visibility.values:
        known = ", ".join(Visibility.values)
        errors.append(_error("visibility", "invalid_choice", _("One of: %s.") % known))
    if visibility == Visibility.ORGANIZATION and not owner:
        told = _("Name the organisation that may see it.")
        errors.append(_error("owner", "required", told))
    return errors


def set_visibility(submission: Submission, visibility: Visibility, actor: User) -> Submission:
    """Change who may see a submission, and write it into its runs' history. Raises SubmissionInvalid where that cannot be.

    What is published or superseded stays public until a reviewer has withdrawn it: readers of the board, or of an
    earlier version of it, rely on it.
    """
    with transaction.atomic():
        submission = locked(submission.pk)
        errors = []
        if visibility == Visibility.ORGANIZATION and submission.organization_id is None:
            told = _("The submission belongs to no organisation.")
            errors.append(_error("visibility", "no_owner", told))
        # Locked: one that is just being published shows afterwards whether it was.
        runs = list(submission.runs.select_for_update(no_key=True).order_by("id"))
        published = any(run.state in PUBLIC for run in runs)
        if visibility != Visibility.PUBLIC and published:
            told = _("A run of it is published. Ask a reviewer to withdraw it first.")
            errors.append(_error("visibility", "published", told))
        if errors:
            raise SubmissionInvalid(errors)
        if visibility == submission.visibility:
            return submission
        _write_events(runs, submission.visibility, visibility, actor)
        submission.visibility = visibility
        submission.save(update_fields=["visibility"])
        visibility_changed.send(sender=Submission, submission=submission)
        return submission


def _write_events(runs: Iterable[Run], old: str, new: Visibility, actor: User) -> None:
    RunEvent.objects.bulk_create(
        RunEvent(
            run=run,
            kind=RunEvent.Kind.NOTE,
            attempt=run.attempt,
            actor=actor,
            data={"visibility": {"from": old, "to": new.value}},
        )
        for run in runs
    )


def _error(field: str, code: str, message: str) -> dict[str, str]:
    return {"field": field, "code": code, "message": message}
