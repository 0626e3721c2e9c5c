"""Making accounts: who may, and invitations.

``settings.SIGN_UP``: ``open`` (anybody), ``invite`` (who has a link from the admin), ``closed`` (the admin makes them).
A link names an ``Invitation`` and is signed; it works once and for ``settings.INVITATION_DAYS``.
"""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.db import transaction
from django.utils import timezone

from leaderboard.accounts.models import Invitation, Membership, User

SALT = "leaderboard.accounts.invitation"


class InvitationInvalid(Exception):
    """The link is not one of ours, has expired, or was used. Which, is not told."""


def may_sign_up(token: str) -> bool:
    """Whether an account may be made now with this invitation ("" without one)."""
    if settings.SIGN_UP == "open":
        return True
    if settings.SIGN_UP == "closed":
        return False
    try:
        invitation_of(token)
    except InvitationInvalid:
        return False
    return True


def token_of(invitation: Invitation) -> str:
    """Return what a link to this invitation holds."""
    return TimestampSigner(salt=SALT).sign(str(invitation.pk))


def invitation_of(token: str) -> Invitation:
    """Return the invitation that a link names. Raises InvitationInvalid."""
    life = timedelta(days=settings.INVITATION_DAYS)
    try:
        pk = TimestampSigner(salt=SALT).unsign(token, max_age=life)
    except BadSignature:
        raise InvitationInvalid from None
    # The signature is of when the page was looked at; the invitation itself must be young enough too.
    fresh = Invitation.objects.filter(used_by=None, created_at__gt=timezone.now() - life)
    found = fresh.filter(pk=pk).first()
    if found is None:
        raise InvitationInvalid
    return found


@transaction.atomic
def sign_up(user: User, token: str) -> User:
    """Store a new user, and what their invitation promises. Raises InvitationInvalid; nothing is stored then.

    With open sign-up a token is not needed, but counts.
    """
    user.save()
    if token or settings.SIGN_UP != "open":
        redeem(user, token)
    return user


@transaction.atomic
def redeem(user: User, token: str) -> None:
    """Give a new, stored user what their invitation promises, once. Raises InvitationInvalid."""
    pk = invitation_of(token).pk
    # Of two who use the same link at once, one is late.
    invitation = Invitation.objects.select_for_update(no_key=True).get(pk=pk)
    if invitation.used_by_id is not None:
        raise InvitationInvalid
    invitation.used_by = user
    invitation.save(update_fields=["used_by"])
    if invitation.organization_id is not None:
        Membership.objects.create(
            user=user, organization_id=invitation.organization_id, role=invitation.role
        )
