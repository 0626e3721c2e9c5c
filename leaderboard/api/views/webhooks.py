"""One's webhooks: list, make, change, test, delete, and what was sent to them."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import generics, permissions, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from leaderboard.accounts.roles import Scope
from leaderboard.api.pagination import LatestFirst
from leaderboard.api.schema import problems
from leaderboard.api.serializers.webhooks import (
    DeliverySerializer,
    NewWebhookSerializer,
    WebhookRequestSerializer,
    WebhookSerializer,
)
from leaderboard.api.views.submissions import user_of
from leaderboard.notifications.models import Delivery, Webhook
from leaderboard.notifications.services import (
    MOST_WEBHOOKS,
    TooManyWebhooks,
    create_webhook,
    send_test,
)

LOCATION = OpenApiParameter(
    "Location", str, OpenApiParameter.HEADER, response=[201], description="The webhook."
)


class WebhooksView(APIView):
    """One's webhooks."""

    permission_classes = [permissions.IsAuthenticated]
    change_scope = Scope.SUBMIT

    @extend_schema(
        operation_id="webhooks_list",
        summary="List your webhooks",
        responses={200: WebhookSerializer(many=True)} | problems(401, 403),
    )
    def get(self, request: Request) -> Response:
        """Return all of them; there are never many."""
        return Response(WebhookSerializer(user_of(request).webhooks.all(), many=True).data)

    @extend_schema(
        operation_id="webhooks_create",
        summary="Make a webhook",
        request=WebhookRequestSerializer,
        parameters=[LOCATION],
        responses={201: NewWebhookSerializer} | problems(400, 401, 403, 415),
    )
    def post(self, request: Request) -> Response:
        """Make a webhook. Its `secret` is in this answer and in no other."""
        body = WebhookRequestSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        try:
            hook, secret = create_webhook(user_of(request), **body.validated_data)
        except TooManyWebhooks:
            text = _("At most %d webhooks.") % MOST_WEBHOOKS
            raise serializers.ValidationError(text, code="too_many") from None
        hook.secret = secret
        location = request.build_absolute_uri(reverse("api:webhook", args=[hook.pk]))
        return Response(
            NewWebhookSerializer(hook).data,
            status.HTTP_201_CREATED,
            headers={"Location": location, "Cache-Control": "no-store"},
        )


class WebhookView(APIView):
    """One webhook."""

    permission_classes = [permissions.IsAuthenticated]
    change_scope = Scope.SUBMIT

    @extend_schema(
        operation_id="webhooks_read",
        summary="Read a webhook",
        responses={200: WebhookSerializer} | problems(401, 403, 404),
    )
    def get(self, request: Request, pk: int) -> Response:
        """Return its address and events."""
        return Response(WebhookSerializer(own(pk, request)).data)

    @extend_schema(
        operation_id="webhooks_update",
        summary="Change a webhook",
        request=WebhookRequestSerializer(partial=True),
        responses={200: WebhookSerializer} | problems(400, 401, 403, 404, 415),
    )
    def patch(self, request: Request, pk: int) -> Response:
        """Change its address, its events, or both; what waits to be sent goes to the new address."""
        hook = own(pk, request)
        body = WebhookRequestSerializer(data=request.data, partial=True)
        body.is_valid(raise_exception=True)
        for name, value in body.validated_data.items():
            setattr(hook, name, value)
        hook.save(update_fields=list(body.validated_data))
        return Response(WebhookSerializer(hook).data)

    @extend_schema(
        operation_id="webhooks_delete",
        summary="Delete a webhook",
        responses={204: OpenApiResponse(description="It is gone.")} | problems(401, 403, 404),
    )
    def delete(self, request: Request, pk: int) -> Response:
        """Delete it with its deliveries; nothing more is sent."""
        own(pk, request).delete()
        return Response(status=status.HTTP_204_NO_CONTENT)


class WebhookTestView(APIView):
    """Trying a webhook."""

    permission_classes = [permissions.IsAuthenticated]
    change_scope = Scope.SUBMIT

    @extend_schema(
        operation_id="webhooks_test",
        summary="Send a test message",
        request=None,
        responses={202: DeliverySerializer} | problems(401, 403, 404),
    )
    def post(self, request: Request, pk: int) -> Response:
        """Send a signed message of the type `test`; the deliveries tell what came of it."""
        delivery = send_test(own(pk, request))
        return Response(DeliverySerializer(delivery).data, status.HTTP_202_ACCEPTED)


class DeliveriesView(generics.ListAPIView[Delivery]):
    """What was sent to a webhook, newest first."""

    permission_classes = [permissions.IsAuthenticated]
    serializer_class = DeliverySerializer
    pagination_class = LatestFirst

    def get_queryset(self) -> QuerySet[Delivery]:
        """The deliveries of one's own webhook."""
        return own(self.kwargs["pk"], self.request).deliveries.all()

    @extend_schema(
        operation_id="webhooks_deliveries",
        summary="List the deliveries of a webhook",
        responses={200: DeliverySerializer(many=True)} | problems(400, 401, 403, 404),
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return one page: what was sent, how often it was tried, and what the receiver answered."""
        return super().get(request, *args, **kwargs)


def own(pk: int, request: Request) -> Webhook:
    """Return a webhook of the user's. Raises Http404, for administrators too: an address may hold a secret."""
    return get_object_or_404(Webhook, pk=pk, user=user_of(request))
