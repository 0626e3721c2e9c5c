"""Who may see a submission and its runs. The one place that decides; the querysets' methods only call it.

| visibility | until it is published | published |
|---|---|---|
| private | submitter, reviewers | never is |
| organization | and the members of its organisation | never is |
| public | as organization | everybody |

"Published" means approved by a reviewer and not withdrawn: superseded runs stay readable. A quarantined run is seen as
before it was published. What belongs to a run (responses, scores, comparisons, files) is reached through a run that is
visible. Boards and model cards show what ``published`` says, whoever looks: no superseded runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from leaderboard.accounts.models import Membership
from leaderboard.accounts.roles import is_reviewer
from leaderboard.runs.states import PUBLIC, RunState

if TYPE_CHECKING:
    from leaderboard.runs.models import Submission


class Visibility(models.TextChoices):
    PRIVATE = "private", _("private")
    ORGANIZATION = "organization", _("organisation")
    PUBLIC = "public", _("public after review")


SHARED = (Visibility.ORGANIZATION, Visibility.PUBLIC)
"""What the members of the owning organisation see before it is published."""


def inside(user: Any, submission: str = "") -> Q:
    """Return the condition under which ``user`` sees a submission whole, its unpublished runs and its details.

    ``submission`` is the lookup that leads to it, with two underscores behind: empty for a query of submissions.
    """
    if is_reviewer(user):
        return ~Q(pk__in=[])
    if not user.is_authenticated:
        return Q(pk__in=[])
    organizations = Membership.objects.filter(user=user.pk).values("organization")
    return Q(**{f"{submission}submitter": user.pk}) | Q(
        **{
            f"{submission}organization__in": organizations,
            f"{submission}visibility__in": SHARED,
        }
    )


def published() -> Q:
    """Return the condition under which a run is on boards and model cards."""
    return Q(state=RunState.PUBLISHED, submission__visibility=Visibility.PUBLIC)


def readable_by_all() -> Q:
    """Return the condition under which everybody sees a run: published, or superseded since."""
    return Q(state__in=PUBLIC, submission__visibility=Visibility.PUBLIC)


def is_inside(user: Any, submission: Submission) -> bool:
    """Whether ``inside`` holds for this submission."""
    if submission.submitter_id == user.pk or is_reviewer(user):
        return True
    return submission.visibility in SHARED and _is_member(user, submission)


def may_change(user: Any, submission: Submission) -> bool:
    """Whether ``user`` may cancel, retry, or change who sees it: submitter, organisation admins, reviewers."""
    if submission.submitter_id == user.pk or is_reviewer(user):
        return True
    return submission.visibility in SHARED and _is_member(user, submission, Membership.Role.ADMIN)


def _is_member(user: Any, submission: Submission, *roles: str) -> bool:
    if submission.organization_id is None or not user.is_authenticated:
        return False
    found = Membership.objects.filter(user=user.pk, organization=submission.organization_id)
    return (found.filter(role__in=roles) if roles else found).exists()
