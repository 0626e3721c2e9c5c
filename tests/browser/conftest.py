"""A real Chromium on a real server with real data."""

from __future__ import annotations

import os
import re
import shutil
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

SCREENSHOTS = Path(__file__).resolve().parents[2] / "build" / "screenshots"


@dataclass(frozen=True, slots=True)
class View:
    """How a visitor looks at the site."""

    scheme: str = "light"
    width: int = 1440
    language: str = "en-US"

    def __str__(self) -> str:
        return f"{self.scheme}-{self.width}-{self.language[:2]}"


Open = Callable[..., Page]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """CHROMIUM, or the system's. Without one these tests are skipped, loudly.

    Not for the session: while playwright is open this thread has a running event loop, and other modules' tests run
    one of their own.
    """
    path = (
        os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    )
    if path is None:
        text = "NO BROWSER: install chromium or set CHROMIUM; no page is tested in a browser"
        warnings.warn(text, stacklevel=1)
        pytest.skip(text)
    # Playwright runs an event loop in this thread, which Django would take for asynchronous code of ours.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def visit(chromium: Browser, live_server: LiveServer) -> Iterator[Open]:
    """Open an address as somebody. Whatever the browser complains about on the way fails the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def visit(url: str, view: View = View(), user: object = None) -> Page:
        context = chromium.new_context(
            viewport={"width": view.width, "height": 900},
            color_scheme=view.scheme,  # type: ignore[arg-type]
            locale=view.language,
            base_url=live_server.url,
        )
        contexts.append(context)
        if user is not None:
            context.add_cookies([_session(user, live_server.url)])
        page = context.new_page()
        page.on(
            "console",
            lambda m: (
                complaints.append(f"{m.text} ({m.location.get('url')})")
                if m.type in ("error", "warning")
                else None
            ),
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(url)
        return page

    yield visit
    for context in contexts:
        context.close()
    assert not complaints


def _session(user: object, url: str) -> dict[str, str]:
    client = Client()
    client.force_login(user)  # type: ignore[arg-type]
    return {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": url}


@pytest.fixture
def shoot() -> Callable[[Page, str], None]:
    """Save a picture of the whole page, for people to look at."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)

    def shoot(page: Page, name: str) -> None:
        page.screenshot(
            path=SCREENSHOTS / f"{re.sub(r'[^a-z0-9-]', '_', name)}.png", full_page=True
        )

    return shoot
