"""Reviewing in a browser: from signing in to a run on the board, and the reviewers' pages looked at."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import Page, expect

from leaderboard.runs.models import Run
from tests.browser.conftest import Open, View
from tests.browser.test_pages_in_a_browser import VIEWS, settle

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
]
PASSWORD = "a long enough password"


def graded(name: str, share: float, seed: int, **fields: object) -> Run:
    """Return a run that awaits review."""
    from leaderboard.results.ingest import ingest
    from leaderboard.runs.states import RunState
    from tests import factories
    from tests.browser.scene import QUESTIONS, model
    from tests.small_set import small_set

    run = factories.make_run(
        RunState.EVALUATING, model_name=name, served_name=name.lower(), **fields
    )
    sent = factories.deliver(run, model(share, seed), data=small_set(questions=QUESTIONS))
    return ingest(run, **sent.arguments())


def test_from_signing_in_to_a_run_on_the_board(visit: Open) -> None:
    from leaderboard.review.models import Decision
    from tests.factories import make_reviewer

    make_reviewer("minh", password=PASSWORD)
    run = graded("Plover-VL 7B", 0.7, 1)
    page = visit("/login/")
    page.get_by_label("Username").fill("minh")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()

    page.get_by_role("navigation", name="Main").get_by_role("link", name="Review 1").click()
    page.wait_for_load_state("load")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(reverse("review:detail", args=[run.public_id])))
    expect(page.get_by_role("heading", name="Plover-VL 7B")).to_be_visible()
    expect(page.get_by_role("heading", name="Automatic checks")).to_be_visible()

    # In a tab of its own: the browser complains of the refusal on its console.
    tab = page.context.new_page()
    tab.goto(page.url)
    tab.get_by_role("radio", name="Reject").check()
    tab.get_by_role("button", name="Decide").click()
    expect(tab.get_by_role("alert")).to_contain_text("Say why")
    expect(tab.get_by_role("radio", name="Reject")).to_be_checked()
    assert not Decision.objects.exists()
    tab.close()

    page.get_by_role("radio", name="Approve and publish").check()
    page.get_by_label("Reason").fill("The numbers agree with the model card.")
    page.get_by_role("button", name="Decide").click()
    expect(page.get_by_role("status").first).to_contain_text("published")
    expect(page.get_by_text("Nothing waits for review")).to_be_visible()

    page.goto("/boards/mmbench_en_dev/")
    expect(page.get_by_role("rowheader", name=re.compile("Plover-VL 7B"))).to_be_visible()
    page.get_by_role("contentinfo").get_by_role("link", name="Changelog").click()
    expect(page.get_by_text("The numbers agree with the model card.")).to_be_visible()


def test_the_queue_is_filtered_in_place_and_several_are_decided_on(visit: Open) -> None:
    from tests.factories import make_reviewer

    for number, name in enumerate(("Kestrel-VL 8B", "Ibis-VL 2B", "Ibis-VL 4B")):
        graded(name, 0.5, number)
    page = visit("/review/", user=make_reviewer())
    page.get_by_role("searchbox").press_sequentially("ibis")
    expect(page.locator(".qrow")).to_have_count(2)
    expect(page).to_have_url(re.compile(r"/review/\?q=ibis$"))
    for box in page.get_by_role("checkbox", name=re.compile("Choose Ibis")).all():
        box.check()
    page.get_by_label("With the chosen runs").select_option("quarantine")
    page.get_by_label("Reason").fill("Two names, one model?")
    page.get_by_role("button", name="Decide").click()
    expect(page.get_by_role("status").first).to_contain_text("2 runs: put in quarantine")


def test_a_run_is_gone_to_and_left_by_keys(visit: Open) -> None:
    from tests.factories import make_reviewer

    first, second = (graded(name, 0.5, 1) for name in ("Kestrel-VL 8B", "Ibis-VL 2B"))
    page = visit(reverse("review:detail", args=[first.public_id]), user=make_reviewer())
    page.wait_for_load_state("load")
    page.keyboard.press("j")
    expect(page).to_have_url(re.compile(str(second.public_id)))
    page.wait_for_load_state("load")
    page.keyboard.press("u")
    expect(page).to_have_url(re.compile(r"/review/$"))


def scene() -> dict[str, str]:
    """Make a queue in use; return the pages by name."""
    from leaderboard.review.models import Check
    from leaderboard.review.services import approve, quarantine, reject
    from tests.factories import make_reviewer

    minh = make_reviewer("minh")
    before = graded("Kestrel-VL 8B", 0.85, 1, organization="Northlight", parameters_b=8.3)
    approve(before, minh, "The numbers agree with the model card.")
    other = graded("观澜-VL 32B", 0.7, 2, organization="海岸实验室", precision="fp8")
    approve(other, minh, "数字与模型卡一致。")
    quarantine(other, minh, "Its answers are those of another model, word for word.")
    now = graded("Kestrel-VL 8B", 0.5, 3, organization="Northlight", precision="awq_int4")
    Check.objects.filter(run=now, code=Check.Code.UNPARSED).update(
        status=Check.Status.FAIL, value=0.34, threshold=0.3
    )
    reject(graded("Cobalt Vision 2", 0.4, 4), minh, "Half of the answers were cut off.")
    graded("Lumen-V 14B", 0.6, 5)
    graded("Plover-VL 7B", 0.6, 6, user=minh)
    first = graded("A model with a name that is much longer than most names are 72B", 0.6, 7)
    return {
        "review": "/review/",
        "review-empty": "/review/?q=nobody",
        "review-published": "/review/?state=published",
        "review-run": reverse("review:detail", args=[now.public_id]),
        "review-first": reverse("review:detail", args=[first.public_id]),
        "review-decided": reverse("review:detail", args=[before.public_id]),
        "changelog": "/changelog/",
    }


@pytest.mark.parametrize("view", VIEWS, ids=str)
def test_the_reviewers_pages_are_sound(
    visit: Open, shoot: Callable[[Page, str], None], view: View
) -> None:
    from leaderboard.accounts.models import User

    pages = scene()
    minh = User.objects.get(username="minh")
    faults = []
    for name, url in pages.items():
        page = visit(url, view, minh)
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
