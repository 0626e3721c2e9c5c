"""Webhooks and their deliveries."""

from __future__ import annotations

import json
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from evaluator.errors import EvaluationError
from leaderboard.api.serializers.strict import StrictSerializer
from leaderboard.notifications.models import TEST, Delivery, Event, Webhook
from leaderboard.notifications.sending import checked_url

EVENTS = [(event.value, event.value) for event in Event]
STATES = [(state.value, state.value) for state in Delivery.State]


class WebhookRequestSerializer(StrictSerializer):
    """Where to post, and what of."""

    url = serializers.CharField(
        max_length=Webhook._meta.get_field("url").max_length,
        help_text="http or https, on a public address or one that the site allows.",
    )
    events = serializers.ListField(
        child=serializers.ChoiceField(choices=EVENTS),
        allow_empty=False,
        max_length=len(EVENTS),
        help_text="`run.needs_review` is told to reviewers, the others to who submitted the run.",
    )

    def validate_url(self, value: str) -> str:
        """Return the address as the guard reads it; refuse one that may not be asked."""
        try:
            return checked_url(value).url
        except EvaluationError as error:
            raise serializers.ValidationError(error.detail, code=error.code.value) from None

    def validate_events(self, value: list[str]) -> list[str]:
        """Refuse an event that is named twice."""
        if len(set(value)) != len(value):
            raise serializers.ValidationError(_("Name each event once."), code="twice")
        return value


class WebhookSerializer(serializers.ModelSerializer[Webhook]):
    """A webhook of yours. Its secret is not told again."""

    events = serializers.ListField(child=serializers.ChoiceField(choices=EVENTS), read_only=True)

    class Meta:
        model = Webhook
        fields: tuple[str, ...] = ("id", "url", "events", "created_at")


class NewWebhookSerializer(WebhookSerializer):
    """A webhook that was just made. Keep `secret`: with it you check signatures, and it is told this once."""

    secret = serializers.CharField()

    class Meta(WebhookSerializer.Meta):
        fields = (*WebhookSerializer.Meta.fields, "secret")


class DeliverySerializer(serializers.ModelSerializer[Delivery]):
    """A message to a webhook. `id` is its `webhook-id`; `next_at` is null unless it will be tried again."""

    id = serializers.UUIDField(source="message_id", read_only=True)
    event = serializers.ChoiceField(choices=[*EVENTS, (TEST, TEST)], read_only=True)
    state = serializers.ChoiceField(choices=STATES, read_only=True)
    next_at = serializers.SerializerMethodField()
    body = serializers.SerializerMethodField()

    class Meta:
        model = Delivery
        fields = (
            "id",
            "event",
            "state",
            "attempts",
            "status_code",
            "error",
            "created_at",
            "tried_at",
            "next_at",
            "body",
        )

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_next_at(self, delivery: Delivery) -> Any:
        """Return when it is tried next."""
        if delivery.state != Delivery.State.PENDING:
            return None
        return serializers.DateTimeField().to_representation(delivery.next_at)

    def get_body(self, delivery: Delivery) -> dict[str, Any]:
        """Return what is posted: `type`, `timestamp` and `data`."""
        body: dict[str, Any] = json.loads(delivery.body)
        return body
