"""A person's way: fill in the form, watch the run to its end, find the model on the board."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from demo.server.http import BaselineServer
from tests.browser.conftest import Open, View, chromium, visit  # noqa: F401 - fixtures
from tests.e2e.conftest import KEY, SLUG, TIMEOUT_S, System

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_an_endpoint_is_submitted_and_watched_until_it_is_on_the_board(
    visit: Open,  # noqa: F811 - the fixture
    system: System,
    baseline: BaselineServer,
) -> None:
    page = visit("/submit/", View(), system.user)
    page.wait_for_load_state("load")
    page.get_by_label("Base URL").fill(baseline.base_url)
    page.locator("#id_model").fill("baseline-always-a")
    page.get_by_label("API key").fill(KEY)
    page.locator(f"input[name=benchmarks][value={SLUG}]").check()
    page.get_by_label("Name of the model").fill("Watched VLM")
    page.get_by_role("button", name="Submit", exact=True).click()
    expect(page).to_have_url(re.compile(r"/runs/[0-9a-f-]{36}/$"))
    assert KEY not in page.content()

    # Nobody reloads: the page asks by itself until the run has ended.
    state = page.locator(".mhead .pill")
    expect(state).to_have_text(re.compile("Published|Failed"), timeout=1000 * TIMEOUT_S)
    expect(state).to_have_text("Published")

    page.goto(f"/boards/{SLUG}/")
    page.get_by_role("link", name="Watched VLM", exact=True).click()
    expect(page).to_have_url(re.compile(r"/models/watched-vlm/\?variant="))
    expect(page.get_by_role("heading", name="Watched VLM", level=1)).to_be_visible()
