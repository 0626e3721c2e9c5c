"""One's own account: the answer."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from leaderboard.accounts.models import Membership
from leaderboard.accounts.roles import Scope
from leaderboard.runs.quota import QuotaKind


class QuotaSerializer(serializers.Serializer[Any]):
    """How much of one limit is used. `limit` and `left` are null where there is none."""

    quota = serializers.ChoiceField(
        source="kind", choices=[(kind.value, kind.value) for kind in QuotaKind]
    )
    organization = serializers.CharField(
        source="owner", help_text="Short name of the organisation; empty for one's own."
    )
    used = serializers.FloatField()
    limit = serializers.FloatField(allow_null=True)
    left = serializers.FloatField(allow_null=True)


class MembershipSerializer(serializers.Serializer[Membership]):
    """An organisation that one is in."""

    slug = serializers.CharField(source="organization.slug")
    name = serializers.CharField(source="organization.name")
    role = serializers.ChoiceField(choices=Membership.Role.choices)


class AccountSerializer(serializers.Serializer[Any]):
    """Who one is here, and what one may use."""

    username = serializers.CharField()
    email = serializers.CharField()
    roles = serializers.ListField(
        child=serializers.ChoiceField(
            choices=[(role, role) for role in ("submitter", "reviewer", "admin")]
        )
    )
    scopes = serializers.ListField(
        child=serializers.ChoiceField(choices=Scope.choices),
        allow_null=True,
        help_text="What the token of this request may do; null for a session.",
    )
    organizations = MembershipSerializer(many=True)
    quotas = QuotaSerializer(many=True)
