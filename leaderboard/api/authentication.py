"""Bearer tokens and their scopes."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request

from leaderboard.accounts.models import ApiToken, User
from leaderboard.accounts.roles import Scope

SCHEME = "Bearer"
LAST_USED_EVERY = timedelta(minutes=1)


class MissingScope(PermissionDenied):
    """The token is good, but not for this."""

    def __init__(self, scope: Scope, granted: frozenset[str]) -> None:
        super().__init__(
            _("This needs a token with the scope “%(scope)s”; make one on your account page.")
            % {"scope": scope.value}
        )
        self.scope = scope
        self.granted = sorted(granted)


def scope_needed(view: object, method: str) -> Scope:
    """Return the scope that a token needs for a request: READ to read, and to change what the view says.

    A view that changes something and says nothing (``change_scope``) is for administrators.
    """
    if method in SAFE_METHODS:
        return Scope.READ
    return Scope(getattr(view, "change_scope", Scope.ADMIN))


class TokenAuthentication(BaseAuthentication):
    """``Authorization: Bearer vlmlb_...``. The token is looked up by its sha256; the clear text is stored nowhere."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """Return the token's user and the token; None without a bearer token, so that a session may apply.

        Raises AuthenticationFailed for a malformed header and for a token that is unknown, revoked or expired; the
        answer does not tell which. Raises MissingScope for one that may not do this. It is here, and not among a
        view's permissions, so that no view can leave it out.
        """
        words = get_authorization_header(request).split()
        if not words or words[0].lower() != SCHEME.lower().encode():
            return None
        if len(words) != 2:
            raise AuthenticationFailed(_("The Authorization header must be: Bearer TOKEN."))
        digest = ApiToken.digest_of(words[1].decode("latin-1"))
        token = ApiToken.objects.live().select_related("user").filter(digest=digest).first()
        if token is None:
            raise AuthenticationFailed(_("The token is unknown, revoked or expired."))
        _note_use(token)
        scopes = frozenset(token.scopes)
        scope = scope_needed(request.parser_context.get("view"), request.method or "")
        if scope not in scopes:
            raise MissingScope(scope, scopes)
        token.user.token_scopes = scopes
        return token.user, token

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002 - the signature is the framework's
        """What a 401 says in ``WWW-Authenticate``."""
        return f'{SCHEME} realm="VLM Leaderboard"'


def _note_use(token: ApiToken) -> None:
    """Store when the token was used, at most once a minute: reading must not cost a write each time."""
    now = timezone.now()
    stale = Q(last_used_at=None) | Q(last_used_at__lt=now - LAST_USED_EVERY)
    if token.last_used_at is None or token.last_used_at < now - LAST_USED_EVERY:
        ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)
