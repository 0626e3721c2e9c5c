"""The account's pages, looked at."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.conftest import Open, View
from tests.browser.test_pages_in_a_browser import VIEWS, settle
from tests.factories import make_submission, make_user

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
]


@pytest.mark.parametrize("view", VIEWS, ids=str)
def test_the_accounts_pages_are_sound(
    visit: Open, shoot: Callable[[Page, str], None], view: View
) -> None:
    from leaderboard.accounts.models import ApiToken, Membership, Organization
    from leaderboard.notifications.models import Event
    from leaderboard.notifications.services import create_webhook, send_test

    user = make_user("rosa", email="rosa@example.org", submissions_per_day=4)
    lab = Organization.objects.create(slug="lab", name="Visual Language Lab", gpu_hours=100)
    Membership.objects.create(organization=lab, user=user)
    make_submission(user, owner="lab")
    ApiToken.issue(user, "laptop", days=30)
    hook, _secret = create_webhook(user, "https://hooks.example.org/vlm", list(Event))
    send_test(hook)
    pages = {
        "account": "/account/",
        "notifications": "/account/notifications/",
        "deliveries": f"/account/notifications/webhooks/{hook.pk}/",
        "password": "/password/",
    }
    faults = []
    for name, url in pages.items():
        page = visit(url, view, user)
        settle(page)
        shoot(page, f"{name}-{view}")
        found = Axe().run(page)
        if found.violations_count:
            faults.append(f"{name}: {found.generate_report()}")
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > view.width:
            faults.append(f"{name} is {width} px wide on a screen of {view.width}")
        page.close()
    assert not faults, "\n".join(faults)


def test_a_token_is_made_and_copied(visit: Open) -> None:
    page = visit("/account/", View(), make_user())
    page.get_by_label("Name").fill("laptop")
    page.get_by_role("button", name="Make the token").click()
    assert page.locator("#token").inner_text().startswith("vlmlb_")
    page.get_by_role("link", name="To your account").click()
    assert page.get_by_role("button", name="Revoke “laptop”").is_visible()
