"""Going through questions and pairs with the keyboard, and looking closely at pictures."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def gallery(visit: Open) -> Page:
    from tests.browser.scene import build

    build()
    return visit("/samples/?sort=position")


def focused(page: Page) -> list[str]:
    """Return the question that has the focus, if one has."""
    return page.locator("[data-item]:focus .item-q").all_inner_texts()


def arrived(page: Page, address: str) -> None:
    """Wait for a page and for the script that listens to its keys."""
    expect(page).to_have_url(re.compile(address))
    page.wait_for_load_state("load")


def test_a_question_is_found_and_left_without_a_mouse(gallery: Page) -> None:
    for key in ("j", "j", "ArrowRight", "k"):
        gallery.keyboard.press(key)
    assert focused(gallery) == ["Question 1: which colour?"]
    gallery.keyboard.press("Enter")
    arrived(gallery, r"/samples/mmbench_en_dev/1/\?sort=position")
    gallery.keyboard.press("j")
    arrived(gallery, r"/mmbench_en_dev/2/\?sort=position")
    gallery.keyboard.press("ArrowLeft")
    arrived(gallery, r"/mmbench_en_dev/1/\?sort=position")
    gallery.keyboard.press("u")
    arrived(gallery, r"/samples/\?sort=position&benchmark=mmbench_en_dev")


def test_letters_that_are_typed_are_no_commands(gallery: Page) -> None:
    gallery.get_by_role("searchbox").press_sequentially("jk 4")
    expect(gallery.get_by_role("searchbox")).to_have_value("jk 4")
    expect(gallery).to_have_url(re.compile("q=jk"))


def test_the_keys_can_be_turned_off_and_stay_so(gallery: Page) -> None:
    gallery.keyboard.press("?")
    expect(gallery.get_by_role("dialog", name="Keys")).to_be_visible()
    gallery.get_by_role("checkbox", name="Use these keys").uncheck()
    gallery.keyboard.press("Escape")
    gallery.reload()
    gallery.keyboard.press("j")
    assert focused(gallery) == []
    gallery.keyboard.press("?")
    expect(gallery.get_by_role("checkbox", name="Use these keys")).not_to_be_checked()


def test_a_picture_is_enlarged_and_the_focus_comes_back(gallery: Page) -> None:
    gallery.goto("/samples/mmbench_en_dev/1/")
    picture = gallery.locator("a[data-zoom]")
    picture.focus()
    gallery.keyboard.press("z")
    dialog = gallery.get_by_role("dialog", name="Picture, enlarged")
    expect(dialog).to_be_visible()
    image = dialog.locator("img")
    expect(image).to_have_js_property("complete", True)
    fitting = image.evaluate("e => e.getBoundingClientRect().width")
    gallery.keyboard.press("+")
    assert image.evaluate("e => e.getBoundingClientRect().width") > fitting
    dialog.get_by_role("button", name="Fit").click()
    assert image.evaluate("e => e.getBoundingClientRect().width") == pytest.approx(fitting, abs=1)
    gallery.keyboard.press("Escape")
    expect(picture).to_be_focused()


def test_pairs_are_gone_through_within_a_filter(visit: Open) -> None:
    from tests.browser.scene import build

    run = build().runs["hallusion"]
    page = visit(f"{reverse('explorer:pairs', args=[run.public_id])}?dimension=VS/chart")
    expect(page.get_by_text("1 of 6")).to_be_visible()
    page.keyboard.press("j")
    expect(page.get_by_text("2 of 6")).to_be_visible()
    page.keyboard.press("k")
    expect(page.get_by_text("1 of 6")).to_be_visible()
    page.keyboard.press("k")
    expect(page.get_by_text("1 of 6")).to_be_visible()
