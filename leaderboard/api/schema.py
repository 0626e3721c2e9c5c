"""What the OpenAPI document needs to be told."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers

from leaderboard.api.problems import CONTENT_TYPE
from leaderboard.runs.quota import QuotaKind


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Describes the bearer token."""

    target_class = "leaderboard.api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:  # noqa: ARG002
        """Return the security scheme."""
        return {"type": "http", "scheme": "bearer", "description": "An API token, `vlmlb_…`."}


class FieldErrorSerializer(serializers.Serializer[Any]):
    """One wrong field."""

    field = serializers.CharField(help_text="Dotted path; empty for the whole body.")
    code = serializers.CharField()
    message = serializers.CharField()


class ProblemSerializer(serializers.Serializer[Any]):
    """RFC 9457. `type` is stable; `title` and `detail` are in the request's language."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    errors = FieldErrorSerializer(many=True, required=False)  # type: ignore[assignment] # RFC 9457's name


class QuotaProblemSerializer(ProblemSerializer):
    """Comes with `Retry-After`. `organization` is empty where the quota is one's own."""

    quota = serializers.ChoiceField(choices=[(kind.value, kind.value) for kind in QuotaKind])
    organization = serializers.CharField()
    used = serializers.FloatField()
    limit = serializers.FloatField()
    retry_after_s = serializers.IntegerField()


class ConflictProblemSerializer(ProblemSerializer):
    """The state that was found and the one that was wanted; without them where the `Idempotency-Key` is in use."""

    run = serializers.UUIDField(required=False)
    state = serializers.CharField(required=False)
    wanted = serializers.CharField(required=False)


class ImportedBeforeProblemSerializer(ProblemSerializer):
    """The run that the file is already; without it where the `Idempotency-Key` is in use."""

    run = serializers.UUIDField(required=False)


def problems(*statuses: int) -> dict[tuple[int, str], type[ProblemSerializer]]:
    """Return the response declarations of these problems, for ``extend_schema(responses=...)``."""
    own = {409: ConflictProblemSerializer, 429: QuotaProblemSerializer}
    return {(status, CONTENT_TYPE): own.get(status, ProblemSerializer) for status in statuses}
