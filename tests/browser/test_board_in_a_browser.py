"""Sorting, filtering and choosing on the board, and the switches in the top bar."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open, View

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
]


BOARD = "/boards/mmbench_en_dev/"


@pytest.fixture
def board(visit: Open) -> Page:
    from tests.browser.scene import build

    build()
    return visit(BOARD)


def models(page: Page) -> list[str]:
    return page.locator(".c-model .model-name a:first-child").all_inner_texts()


def test_a_heading_sorts_and_the_address_says_so(board: Page) -> None:
    assert models(board)[0] == "Kestrel-VL 8B"
    board.get_by_role("link", name="Model", exact=True).click()
    expect(board).to_have_url(re.compile(r"\?sort=model$"))
    expect(board.locator("th.c-model[aria-sort=ascending]").first).to_be_visible()
    assert models(board)[0] == "Always A"
    board.go_back()
    expect(board.locator("th[aria-sort=descending]", has_text="Circular")).to_be_visible()
    assert models(board)[0] == "Kestrel-VL 8B"


def test_typing_filters_and_the_view_can_be_shared(board: Page, visit: Open) -> None:
    board.get_by_role("searchbox").press_sequentially("wadi")
    expect(board.locator("#board tbody tr")).to_have_count(1)
    expect(board).to_have_url(re.compile(r"\?q=wadi$"))
    assert board.evaluate("document.activeElement.id") == "q"
    board.get_by_role("link", name="Vanilla").click()
    expect(board).to_have_url(re.compile(r"q=wadi&sort=-vanilla|sort=-vanilla&q=wadi"))
    assert models(visit(board.url)) == ["Ibis-VL 2B"]


def test_rows_are_chosen_for_comparison_and_the_view_can_be_shared(
    board: Page, visit: Open
) -> None:
    board.get_by_role("checkbox", name="Compare Kestrel-VL 8B BF16").check()
    tray = board.get_by_role("region", name="Compare tray")
    expect(tray).to_contain_text("Choose one more")
    board.get_by_role("checkbox", name="Compare Ibis-VL 2B FP8").check()
    expect(tray.get_by_role("link", name="Compare", exact=True)).to_be_visible()
    expect(board).to_have_url(re.compile(r"\?select=[0-9a-f-]{36},[0-9a-f-]{36}$"))

    shared = visit(board.url)
    expect(shared.get_by_role("region", name="Compare tray").get_by_role("listitem")).to_have_count(
        2
    )
    shared.get_by_role("link", name="Clear", exact=True).click()
    expect(shared.get_by_role("region", name="Compare tray")).to_have_count(0)
    expect(shared.get_by_role("checkbox", name="Compare Ibis-VL 2B FP8")).not_to_be_checked()


def test_columns_are_chosen_and_the_address_is_short(board: Page) -> None:
    board.locator("summary", has_text="Columns").click()
    board.get_by_role("checkbox", name="Vanilla").uncheck()
    expect(board.locator("th", has_text="Vanilla")).to_have_count(0)
    expect(board).to_have_url(re.compile(r"\?columns=gap,"))
    board.get_by_role("checkbox", name="Vanilla").check()
    expect(board.locator("th", has_text="Vanilla")).to_have_count(1)
    expect(board).to_have_url(re.compile(r"mmbench_en_dev/$"))
    board.keyboard.press("Escape")
    expect(board.get_by_role("checkbox", name="Vanilla")).to_be_hidden()


def test_filters_are_named_and_dropped_one_by_one(board: Page) -> None:
    board.get_by_role("group", name="Precision").get_by_label("FP8").check(force=True)
    expect(board.locator("#board tbody tr")).to_have_count(1)
    expect(board).to_have_url(re.compile(r"\?precision=fp8$"))
    board.get_by_role("link", name="Remove filter: FP8").click()
    expect(board.locator(".board tbody tr")).to_have_count(4)


def test_the_theme_is_kept_from_page_to_page(board: Page) -> None:
    board.locator(".theme").get_by_role("radio", name="Dark").check(force=True)
    paper = "getComputedStyle(document.body).backgroundColor"
    dark = board.evaluate(paper)
    board.goto("/about/")
    assert board.evaluate("document.documentElement.dataset.theme") == "dark"
    assert board.evaluate(paper) == dark
    assert board.locator(".theme").get_by_role("radio", name="Dark").is_checked()
    board.locator(".theme").get_by_role("radio", name="Match system").check(force=True)
    assert board.evaluate(paper) != dark


def test_the_language_is_switched_in_place(board: Page) -> None:
    board.get_by_role("button", name="中文").click()
    expect(board.get_by_role("heading", level=1)).to_have_text("MMBench（英文，开发集）")


def test_the_keyboard_reaches_the_content_first(visit: Open) -> None:
    page = visit("/about/", View())
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()


def test_rank_and_model_stay_while_the_board_scrolls_sideways(visit: Open) -> None:
    from tests.browser.scene import build

    build()
    page = visit(BOARD, View(width=1000))
    region = page.get_by_role("region", name="Board, scrollable")
    places = "e => [...e.querySelectorAll('tbody tr:first-child > *')].slice(0, 2).map(c => c.getBoundingClientRect().x)"
    before = region.evaluate(places)
    assert region.evaluate("e => { e.scrollLeft = 150; return e.scrollLeft; }") == 150
    assert region.evaluate(places) == before
