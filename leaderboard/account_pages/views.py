"""The account page, and making and revoking tokens on it."""

from __future__ import annotations

from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from leaderboard.account_pages.presenters import quota_rows
from leaderboard.accounts.forms import TokenForm
from leaderboard.accounts.models import ApiToken
from leaderboard.accounts.requests import signed_in
from leaderboard.accounts.roles import is_reviewer, scopes_open_to
from leaderboard.accounts.services import issue_token, revoke_tokens
from leaderboard.runs.models import Submission
from leaderboard.runs.quota import quota_of, quota_of_organization

NEWEST_SUBMISSIONS = 10


@require_safe
@login_required
@never_cache
def account(request: HttpRequest) -> HttpResponse:
    """Who one is, one's tokens, quotas and newest submissions."""
    return _page(request, TokenForm(offered=scopes_open_to(request.user)))


@require_POST
@login_required
@never_cache
def create_token(request: HttpRequest) -> HttpResponse:
    """Make a token and show it, in this answer and nowhere else: it goes into no message, cookie or session."""
    user = signed_in(request)
    form = TokenForm(request.POST, offered=scopes_open_to(user))
    if not form.is_valid():
        return _page(request, form, status=400)
    told = form.cleaned_data
    token, text = issue_token(user, told["name"], days=told["days"], scopes=told["scopes"])
    return render(request, "account/token.html", {"token": token, "clear_text": text})


@require_POST
@login_required
def revoke_token(request: HttpRequest, pk: int) -> HttpResponse:
    """Revoke a token of one's own."""
    token = get_object_or_404(ApiToken, pk=pk, user=signed_in(request))
    revoke_tokens(ApiToken.objects.filter(pk=token.pk))
    messages.success(request, _("The token “%s” is revoked.") % token.name)
    return redirect("account:home")


def _page(request: HttpRequest, form: TokenForm, status: int = 200) -> HttpResponse:
    user = signed_in(request)
    memberships = list(user.memberships.select_related("organization").order_by("organization"))
    context: dict[str, Any] = {
        "form": form,
        "tokens": user.api_tokens.order_by("-created_at"),
        "reviewer": is_reviewer(user),
        "memberships": memberships,
        "connected": SocialAccount.objects.filter(user=user),
        "quotas": [
            (user.get_username(), quota_rows(quota_of(user))),
            *(
                (m.organization.name, quota_rows(quota_of_organization(m.organization)))
                for m in memberships
            ),
        ],
        "submissions": Submission.objects.filter(submitter=user)
        .select_related("variant__model", "organization")
        .prefetch_related("runs__benchmark")[:NEWEST_SUBMISSIONS],
    }
    return render(request, "account/home.html", context, status=status)
