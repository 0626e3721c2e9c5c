"""Every page, looked at: no complaint of the browser, no accessibility violation, no sideways scrolling."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import Page

from tests.browser.conftest import Open, View
from tests.hallusion_set import BENCHMARK as HALLUSION

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
]

VIEWS = [
    View(),
    View(scheme="dark"),
    View(language="zh-CN"),
    View(width=390),
    View(scheme="dark", width=390, language="zh-CN"),
]


def addresses(scene: Any) -> dict[str, tuple[str, Any]]:
    """Return each page's address, and who looks at it."""

    def run(name: str, view: str = "runs:detail") -> str:
        return reverse(view, args=[scene.runs[name].public_id])

    def compare(*names: str) -> str:
        ids = ",".join(str(scene.runs[name].public_id) for name in names)
        return f"{reverse('comparisons:page')}?runs={ids}"

    def model(name: str) -> str:
        return reverse("profiles:model", args=[scene.runs[name].submission.variant.model.slug])

    published = scene.runs["published"].public_id
    return {
        "board": ("/", None),
        "board-mmbench": ("/boards/mmbench_en_dev/", None),
        "board-serving": ("/boards/serving/", None),
        "board-empty": ("/boards/mmbench_cn_dev/", None),
        "board-nothing-found": ("/?q=nothing", None),
        "runs": ("/runs/", scene.rosa),
        "run-live": (run("live"), scene.rosa),
        "run-queued": (run("queued"), scene.rosa),
        "run-failed": (run("failed"), scene.rosa),
        "run-review": (run("review"), scene.minh),
        "run-published": (run("published"), None),
        "board-hallusion": ("/boards/hallusion_bench/", None),
        "run-hallusion": (run("hallusion"), None),
        "run-blind": (run("blind"), None),
        "samples": (run("published", "explorer:samples"), None),
        "sample": (reverse("explorer:sample", args=[published, "2"]), None),
        "hallucination": ("/hallucination/", None),
        "pair": (
            reverse("explorer:pair", args=[scene.runs["hallusion"].public_id, "VS_chart_2_q0"]),
            None,
        ),
        "explorer": ("/samples/", None),
        "question": ("/samples/mmbench_en_dev/2/?sort=hardest", None),
        "compare": (compare("published", "second"), None),
        "compare-four": (compare("published", "second", "third", "baseline"), None),
        "compare-choose": (compare("published"), None),
        "compare-refused": (compare("published", "hallusion"), None),
        "model": (model("published"), None),
        "model-hallusion": (f"{model('hallusion')}?benchmark={HALLUSION}", None),
        "model-unpublished": (model("queued"), scene.rosa),
        "queue": ("/queue/", scene.rosa),
        "submit-form": ("/submit/", scene.rosa),
        "about": ("/about/", None),
        "submit": ("/submit/", None),
        "login": ("/login/", None),
    }


def settle(page: Page) -> None:
    """Wait until nothing loads and nothing moves: colours in motion have no contrast that could be measured."""
    page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready")
    page.emulate_media(reduced_motion="reduce")


@pytest.mark.parametrize("view", VIEWS, ids=str)
def test_every_page_is_sound(visit: Open, shoot: Callable[[Page, str], None], view: View) -> None:
    from tests.browser.scene import build

    scene, faults = build(), []
    for name, (url, user) in addresses(scene).items():
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
