"""Trying out a submission."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import permissions
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from leaderboard.accounts.models import User
from leaderboard.accounts.roles import Scope
from leaderboard.api.schema import problems
from leaderboard.api.serializers.dry_runs import DryRunSerializer
from leaderboard.api.serializers.requests import (
    SubmissionRequestSerializer,
    everything_wrong,
    placed,
    to_request,
)
from leaderboard.api.views.submissions import user_of
from leaderboard.core.text import storable
from leaderboard.runs import dry_run
from leaderboard.runs.services import checked_for
from leaderboard.runs.submission import SubmissionInvalid, SubmissionRequest

Errors = list[dict[str, str]]


class ValidateView(APIView):
    """A dry run."""

    permission_classes = [permissions.IsAuthenticated]
    change_scope = Scope.SUBMIT

    @extend_schema(
        operation_id="submissions_validate",
        summary="Try out a submission",
        request=SubmissionRequestSerializer,
        responses={200: DryRunSerializer} | problems(400, 401, 403, 415),
    )
    def post(self, request: Request) -> Response:
        """Say everything that is wrong with a submission, what it would amount to, and what is left of the quota.

        Nothing is stored or sent. As in submitting, the name of an endpoint is looked up; nothing is asked of it.
        """
        user = user_of(request)
        body = SubmissionRequestSerializer(data=request.data)
        wish, errors = _checked(user, body)
        quota = dry_run.quota_for(user, _owner(request.data))
        document = {
            "valid": not errors,
            "within_quota": not any(use.exhausted for use in quota),
            "errors": errors,
            "quota": quota,
            **_amount(wish),
        }
        return Response(DryRunSerializer(document).data)


def _checked(
    user: User, body: SubmissionRequestSerializer
) -> tuple[SubmissionRequest | None, Errors]:
    """Return the checked wish, or None and everything that is wrong with it."""
    if not body.is_valid():
        return None, everything_wrong(body, user)
    wish = to_request(body.validated_data)
    try:
        return checked_for(user, wish), []
    except SubmissionInvalid as error:
        return None, placed(error.errors, wish.kind)


def _amount(wish: SubmissionRequest | None) -> dict[str, Any]:
    runs = dry_run.plan(wish) if wish else []
    place = dry_run.place_of(wish) if wish else None
    return {
        "runs": runs,
        "requests": sum(run.requests for run in runs),
        "seconds": dry_run.total_seconds(runs),
        "queue": place and place.queue,
        "gpus": place and place.gpus,
        "waiting": place and place.waiting,
        "fit": dry_run.fit(wish) if wish else None,
    }


def _owner(body: Any) -> str:
    """Return the organisation that a body names, which need not be sound; empty for a text that none can be called."""
    owner = body.get("owner") if isinstance(body, dict) else None
    return owner.strip() if isinstance(owner, str) and storable(owner) == owner else ""
