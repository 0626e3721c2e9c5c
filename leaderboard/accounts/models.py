"""Users and their API tokens."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import timedelta
from typing import Self

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from leaderboard.accounts.roles import USUAL_SCOPES, Scope

TOKEN_PREFIX = "vlmlb_"  # noqa: S105 - a visible prefix by which secret scanners know our tokens


class User(AbstractUser):
    """A person or a program that submits, or reviews.

    What makes a reviewer is in ``accounts.roles``. A trusted submitter's clean runs are published without a reviewer.
    ``token_scopes`` is of this request, not stored: those of the token that the user came with, None without one.
    """

    token_scopes: frozenset[str] | None = None

    trusted_submitter = models.BooleanField(
        _("trusted submitter"),
        default=False,
        help_text=_("Runs of this user that pass every check are published without a reviewer."),
    )
    submissions_per_day = models.PositiveIntegerField(
        _("submissions per day"),
        null=True,
        blank=True,
        help_text=_("Empty: the site's default."),
    )

    @property
    def daily_quota(self) -> int:
        """How many submissions this user may make in 24 hours."""
        own = self.submissions_per_day
        return settings.SUBMISSIONS_PER_DAY if own is None else own


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def live(self) -> Self:
        """Tokens that are neither revoked nor expired, of users who may still sign in."""
        return self.filter(
            models.Q(expires_at=None) | models.Q(expires_at__gt=timezone.now()),
            revoked_at=None,
            user__is_active=True,
        )


class ApiToken(models.Model):
    """A bearer token. Only its sha256 is stored: the token itself is shown once, when it is made.

    Its scopes are what was granted; what its user may no longer do, it cannot do either.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(_("name"), max_length=80)
    prefix = models.CharField(_("prefix"), max_length=16, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scopes = ArrayField(
        models.CharField(max_length=12, choices=Scope.choices),
        verbose_name=_("scopes"),
        default=list,
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True, editable=False)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at",)
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @property
    def scope_labels(self) -> list[str]:
        """The scopes in words."""
        return [str(Scope(scope).label) for scope in self.scopes]

    @property
    def live(self) -> bool:
        """Whether it is neither revoked nor expired."""
        expired = self.expires_at is not None and self.expires_at <= timezone.now()
        return self.revoked_at is None and not expired

    @staticmethod
    def digest_of(token: str) -> str:
        """Return what is stored of a token. The token has 256 random bits, so a plain hash suffices."""
        return hashlib.sha256(token.encode()).hexdigest()

    @classmethod
    def issue(
        cls,
        user: User,
        name: str,
        *,
        days: int | None = None,
        scopes: Iterable[Scope] = USUAL_SCOPES,
    ) -> tuple[ApiToken, str]:
        """Make a token and return it with its clear text, which cannot be read again.

        Whether the user may have the scopes is for ``services.issue_token``.
        """
        text = TOKEN_PREFIX + secrets.token_urlsafe(32)
        token = cls.objects.create(
            user=user,
            name=name,
            prefix=text[: len(TOKEN_PREFIX) + 6],
            digest=cls.digest_of(text),
            scopes=[scope.value for scope in scopes],
            expires_at=None if days is None else timezone.now() + timedelta(days=days),
        )
        return token, text
