"""What the page tests share."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from tests.web.markup import Page

Read = Callable[..., str]


@pytest.fixture
def read(client: Client) -> Read:
    """Fetch a page that must be there, as well-formed HTML in one piece (or, for htmx, one part), and return it."""

    def get(url: str, *, part: bool = False, **parameters: str) -> str:
        headers = {"HX-Request": "true"} if part else {}
        response = client.get(url, parameters, headers=headers)
        assert response.status_code == 200, f"{url}: {response.status_code}"
        html: str = response.content.decode()
        assert html.startswith("<!doctype html>") is not part
        Page(html)
        return html

    return get
