"""The copy buttons, over https or loopback and where browsers refuse the clipboard interface."""

from __future__ import annotations

import pytest

from tests.browser.conftest import Open

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
]


@pytest.mark.parametrize("secure", [True, False], ids=["with-clipboard", "plain-http"])
def test_a_call_can_be_copied(visit: Open, secure: bool) -> None:
    page = visit("/submit/")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    call = page.locator("#call-endpoint").inner_text().strip()
    if not secure:
        # As browsers have it on a page by plain http from another machine.
        page.evaluate(
            "Object.defineProperty(navigator, 'clipboard', {value: undefined, configurable: true})"
        )
    page.locator("[data-copy=call-endpoint]").click()
    page.locator("[data-copy=call-endpoint][data-copied]").wait_for()
    if not secure:
        page.evaluate("delete navigator.clipboard")
    assert page.evaluate("navigator.clipboard.readText()").strip() == call
