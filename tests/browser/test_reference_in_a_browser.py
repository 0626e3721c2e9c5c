"""The reference of the API, looked at."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.conftest import Open, View
from tests.browser.test_pages_in_a_browser import VIEWS, settle

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
]


@pytest.mark.parametrize("view", VIEWS, ids=str)
def test_the_reference_is_sound(
    visit: Open, shoot: Callable[[Page, str], None], view: View
) -> None:
    page = visit("/api/", view)
    settle(page)
    shoot(page, f"reference-{view}")
    found = Axe().run(page)
    assert not found.violations_count, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= view.width


def test_an_operation_is_reached_and_its_answer_opened_by_keyboard(visit: Open) -> None:
    page = visit("/api/")
    page.wait_for_load_state("load")
    page.get_by_role("link", name="GET Read a board").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/api/#boards_read")
    operation = page.locator("#boards_read")
    operation.locator("summary").focus()
    page.keyboard.press("Enter")
    assert '"benchmark": "mmbench_en_dev"' in operation.locator("details pre").inner_text()
