"""The copy buttons, over https or loopback and where browsers refuse the clipboard interface."""

from __future__ import annotations

import pytest
from django.urls import reverse

from tests.browser.conftest import Open
from tests.factories import make_published_run

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


def test_a_model_card_is_shown_and_copied(visit: Open) -> None:
    run = make_published_run()
    page = visit(reverse("runs:detail", args=[run.public_id]))
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator("[data-copy=model-card]").click()
    page.locator("[data-copy=model-card][data-copied]").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("model-index:")
    assert page.locator("#model-card").inner_text().strip() == copied.strip()
