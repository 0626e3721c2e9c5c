"""The site's say in a sign-in by the provider: who may make an account, and whose account it is.

An account is known by the provider's subject (``sub``) alone. A matching e-mail address never signs anybody in to an
account that exists: whoever owns it signs in with its password and connects the two on the account page.
"""

from __future__ import annotations

from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse, SignupClosedException
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialLogin
from allauth.socialaccount.providers.base import AuthProcess
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.shortcuts import redirect
from django.urls import reverse

from leaderboard.accounts.models import User
from leaderboard.accounts.signup import InvitationInvalid, may_sign_up, redeem


class Adapter(DefaultSocialAccountAdapter):
    """Applies ``SIGN_UP``, ``OIDC_SIGN_UP`` and invitations to people that the provider sends."""

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:  # noqa: ARG002
        """Raise ImmediateHttpResponse, to the page that says how to go on, when the e-mail address is another's."""
        if sociallogin.is_existing or sociallogin.state.get("process") != AuthProcess.LOGIN:
            return
        # Not allauth's own search, which takes stored addresses to be in lower case.
        addresses = [address.email for address in sociallogin.email_addresses]
        if any(User.objects.filter(email__iexact=address).exists() for address in addresses):
            raise ImmediateHttpResponse(redirect("socialaccount_signup"))

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:  # noqa: ARG002
        """Whether this person may have an account made now."""
        return settings.OIDC_SIGN_UP or may_sign_up(_invitation(sociallogin))

    def save_user(self, request: HttpRequest, sociallogin: SocialLogin, form: Any = None) -> User:
        """Make the account and redeem the invitation, or neither. Raises SignupClosedException for a used one."""
        token = _invitation(sociallogin)
        with transaction.atomic():
            user: User = super().save_user(request, sociallogin, form)
            if token or not (settings.OIDC_SIGN_UP or settings.SIGN_UP == "open"):
                try:
                    redeem(user, token)
                except InvitationInvalid:
                    raise SignupClosedException from None
        return user

    def get_connect_redirect_url(self, request: HttpRequest, socialaccount: SocialAccount) -> str:  # noqa: ARG002
        """Return the account page."""
        return reverse("account:home")


def _invitation(sociallogin: SocialLogin) -> str:
    data = sociallogin.state.get("data") or {}
    return str(data.get("invitation") or "")
