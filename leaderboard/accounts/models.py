"""Users, the organisations that they are in, and their API tokens."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import timedelta
from typing import Self

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from leaderboard.accounts.roles import USUAL_SCOPES, Scope

TOKEN_PREFIX = "vlmlb_"  # noqa: S105 - a visible prefix by which secret scanners know our tokens


class QuotaLimits(models.Model):
    """What somebody may use. A limit that is null is the site's, for a user, and none, for an organisation."""

    submissions_per_day = models.PositiveIntegerField(
        _("submissions per day"), null=True, blank=True, help_text=_("In any 24 hours.")
    )
    active_submissions = models.PositiveIntegerField(
        _("submissions at once"),
        null=True,
        blank=True,
        help_text=_("That wait or run."),
    )
    gpu_hours = models.FloatField(
        _("GPU hours"),
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text=_("In any 30 days."),
    )

    class Meta:
        abstract = True


class User(AbstractUser, QuotaLimits):  # noqa: DJ008 - AbstractUser has it
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


class OrganizationQuerySet(models.QuerySet["Organization"]):
    def of(self, user: User) -> Self:
        """Those that ``user`` is in."""
        return self.filter(memberships__user=user)


class Organization(QuotaLimits):
    """People who share submissions, and a quota."""

    slug = models.SlugField(_("short name"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=120)
    members = models.ManyToManyField(
        User, through="Membership", related_name="organizations", verbose_name=_("members")
    )

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        ordering = ("name",)
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """That a user is in an organisation. Its admins act on its submissions; members see them."""

    class Role(models.TextChoices):
        MEMBER = "member", _("member")
        ADMIN = "admin", _("admin")

    organization = models.ForeignKey(
        Organization,
        verbose_name=_("organisation"),
        on_delete=models.CASCADE,
        related_name="memberships",
    )
    user = models.ForeignKey(
        User, verbose_name=_("user"), on_delete=models.CASCADE, related_name="memberships"
    )
    role = models.CharField(_("role"), max_length=8, choices=Role.choices, default=Role.MEMBER)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "user"], name="accounts_membership_is_unique"
            )
        ]
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")

    def __str__(self) -> str:
        return f"{self.user} in {self.organization}"


class Invitation(models.Model):
    """That somebody may make an account. Its link is signed (``accounts.signup``), works once and expires."""

    note = models.CharField(_("for whom"), max_length=120)
    organization = models.ForeignKey(
        Organization,
        verbose_name=_("organisation"),
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="invitations",
    )
    role = models.CharField(
        _("role"),
        max_length=8,
        choices=Membership.Role.choices,
        default=Membership.Role.MEMBER,
        help_text=_("In the organisation."),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    used_by = models.OneToOneField(
        User,
        verbose_name=_("used by"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="invitation",
    )

    class Meta:
        ordering = ("-created_at",)
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")

    def __str__(self) -> str:
        return self.note


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
