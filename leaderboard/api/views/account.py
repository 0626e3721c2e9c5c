"""One's own account."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import permissions
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from leaderboard.accounts.models import User
from leaderboard.accounts.roles import is_reviewer
from leaderboard.api.schema import problems
from leaderboard.api.serializers.account import AccountSerializer
from leaderboard.api.views.submissions import user_of
from leaderboard.runs.quota import quota_of, quota_of_organization


class AccountView(APIView):
    """Who is asking."""

    permission_classes = [permissions.IsAuthenticated]

    @extend_schema(
        operation_id="account_read",
        summary="Read your account",
        responses={200: AccountSerializer} | problems(401, 403),
    )
    def get(self, request: Request) -> Response:
        """Return your roles, the token's scopes, your organisations, and what is left of every quota."""
        user = user_of(request)
        memberships = list(user.memberships.select_related("organization").order_by("organization"))
        document = {
            "username": user.get_username(),
            "email": user.email,
            "roles": _roles(user),
            "scopes": None if user.token_scopes is None else sorted(user.token_scopes),
            "organizations": memberships,
            "quotas": [
                *quota_of(user),
                *(use for m in memberships for use in quota_of_organization(m.organization)),
            ],
        }
        return Response(AccountSerializer(document).data)


def _roles(user: User) -> list[str]:
    roles = ["submitter"]
    if is_reviewer(user):
        roles.append("reviewer")
    if user.is_superuser:
        roles.append("admin")
    return roles
