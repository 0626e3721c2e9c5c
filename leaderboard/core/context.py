"""What every template knows."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

LANGUAGE_BUTTONS = (("en", "EN"), ("zh-hans", "中文"))
"""The languages as the switch in the top bar writes them: each in its own script, so never translated."""


def site(request: HttpRequest) -> dict[str, Any]:  # noqa: ARG001 - the signature is Django's
    """Return the values that the base template needs on every page. Runs no query."""
    return {
        "LANGUAGE_BUTTONS": LANGUAGE_BUTTONS,
        "PUBLIC_URL": settings.PUBLIC_URL,
        "SIGN_UP": settings.SIGN_UP,
        "SSO_NAME": settings.OIDC_NAME if settings.OIDC_SERVER_URL else "",
        "SENDS_EMAIL": bool(settings.EMAIL_URL),
    }
