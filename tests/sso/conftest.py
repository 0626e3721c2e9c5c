"""A real OpenID Connect provider on a thread, which signs in whoever is named, and a site that knows it."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx
import pytest
from django.http import HttpResponse
from django.test import Client
from pytest_django import Settings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of the libraries that the provider is made of
    import oidc_provider_mock

SECRET = "the-secret-of-this-site"


@dataclass(frozen=True)
class Provider:
    """Where the provider is, and what it is told to answer with."""

    url: str

    def knows(self, sub: str, **claims: object) -> None:
        """Make somebody known, with these claims in the answer."""
        httpx.put(f"{self.url}/users/{sub}", json=claims).raise_for_status()

    def answer(self, address: str, sub: str) -> str:
        """Sign in there as ``sub``; return the path that the browser is sent back to."""
        sent = httpx.post(address, data={"sub": sub}, follow_redirects=False)
        assert sent.status_code == 302, sent.text
        back = urlsplit(sent.headers["location"])
        return f"{back.path}?{back.query}"


@pytest.fixture(scope="session")
def provider() -> Iterator[Provider]:
    with oidc_provider_mock.run_server_in_thread() as server:
        yield Provider(f"http://localhost:{server.server_port}")


@pytest.fixture
def sso(provider: Provider, settings: Settings) -> Provider:
    """Switch single sign-on on, as the settings do."""
    settings.OIDC_SERVER_URL = provider.url
    settings.OIDC_NAME = "the lab's account"
    settings.SOCIALACCOUNT_PROVIDERS = {
        "openid_connect": {
            "APPS": [
                {
                    "provider_id": "sso",
                    "name": "the lab's account",
                    "client_id": "vlm-leaderboard",
                    "secret": SECRET,
                    "settings": {"server_url": provider.url, "oauth_pkce_enabled": True},
                }
            ]
        }
    }
    return provider


SignIn = Callable[..., HttpResponse]


@pytest.fixture
def sign_in(sso: Provider) -> SignIn:
    """Go through the whole way with a test client; return where it ended."""

    def sign_in(client: Client, sub: str, **fields: str) -> HttpResponse:
        left = client.post("/sso/login/", fields)
        assert left.status_code == 200, left.content
        return client.get(sso.answer(left.context["address"], sub), follow=True)

    return sign_in
