"""A run page keeps itself up to date without disturbing who reads it."""

from __future__ import annotations

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.browser.conftest import Open

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
]


def test_progress_moves_while_the_focus_stays(visit: Open) -> None:
    from tests.browser.scene import beat, build

    scene = build()
    run = scene.runs["live"]
    page = visit(reverse("runs:detail", args=[run.public_id]), user=scene.rosa)
    expect(page.get_by_text("2\u2009131")).to_be_visible()
    page.get_by_role("button", name="Copy id").focus()
    page.evaluate("document.getElementById('live').dataset.mark = 'same element'")
    beat(run, 2500)
    expect(page.get_by_text("2\u2009500")).to_be_visible(timeout=10_000)
    focused = page.evaluate("document.activeElement.dataset.copy")
    assert focused == "run-id"
    assert page.evaluate("document.querySelectorAll('#live').length") == 1


def test_the_page_stops_asking_when_the_run_has_ended(visit: Open) -> None:
    from leaderboard.runs.services import cancel
    from tests.browser.scene import build

    scene = build()
    run = scene.runs["live"]
    page = visit(reverse("runs:detail", args=[run.public_id]), user=scene.rosa)
    cancel(run, scene.rosa)
    expect(page.locator(".pill", has_text="Cancelled")).to_be_visible(timeout=10_000)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(5_000)
    assert asked == []


def test_cancelling_asks_first_and_escape_keeps_it_running(visit: Open) -> None:
    from leaderboard.runs.states import RunState
    from tests.browser.scene import build

    scene = build()
    run = scene.runs["live"]
    page = visit(reverse("runs:detail", args=[run.public_id]), user=scene.rosa)
    opener = page.get_by_role("button", name="Cancel run")
    opener.click()
    dialog = page.get_by_role("dialog", name="Cancel this run?")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    run.refresh_from_db()
    assert run.state == RunState.EVALUATING
    opener.click()
    dialog.get_by_role("button", name="Cancel run").click()
    expect(page.get_by_text("The run is cancelled.")).to_be_visible()
    run.refresh_from_db()
    assert run.state == RunState.CANCELLED
