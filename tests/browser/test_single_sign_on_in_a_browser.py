"""Signing in by the provider, in a browser: the whole way, under the content security policy."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from pytest_django import Settings

from tests.browser.conftest import Open, View
from tests.browser.test_pages_in_a_browser import VIEWS, settle
from tests.factories import make_user
from tests.sso.conftest import Provider, provider, sso

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
]

__all__ = ["provider", "sso"]


def test_somebody_signs_in_by_the_provider_and_comes_back(
    visit: Open, sso: Provider, settings: Settings
) -> None:
    settings.OIDC_SIGN_UP = True
    sso.knows("browser-1", preferred_username="mei")
    page = visit("/login/?next=/runs/")
    # The provider's page wants a style from elsewhere, which a test does not fetch.
    page.route(re.compile("^https:"), lambda route: route.fulfill(body="", content_type="text/css"))
    page.get_by_role("button", name="Continue with the lab's account").click()
    page.wait_for_url(f"{sso.url}/**")
    page.locator("input[name=sub]").fill("browser-1")
    page.get_by_role("button", name="Authorize").click()
    page.wait_for_url("**/runs/")
    expect(page.get_by_role("link", name="mei")).to_be_visible()


@pytest.mark.parametrize("view", VIEWS, ids=str)
def test_the_pages_of_single_sign_on_are_sound(
    visit: Open, shoot: Callable[[Page, str], None], sso: Provider, view: View
) -> None:
    faults = []
    for name, url, user in (
        ("sso-login", "/login/", None),
        ("sso-taken", "/sso/taken/", None),
        ("sso-inactive", "/sso/inactive/", None),
        ("sso-failed", "/sso/callback/?code=x&state=y", None),
        ("sso-account", "/account/", make_user("rosa")),
    ):
        page = visit("/about/", view, user)
        # A browser complains of every answer that is an error, so it is told that this one is none.
        page.route(f"**{url}", lambda route: route.fulfill(response=route.fetch(), status=200))
        page.goto(url)
        settle(page)
        shoot(page, f"{name}-{view}")
        found = Axe().run(page)
        if found.violations_count:
            faults.append(f"{name}: {found.generate_report()}")
        if page.evaluate("document.documentElement.scrollWidth") > view.width:
            faults.append(f"{name} is wider than the screen")
        page.close()
    assert not faults, "\n".join(faults)
