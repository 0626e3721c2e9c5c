"""Every page, looked at: no complaint of the browser, no accessibility violation, no sideways scrolling."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404
from django.test import RequestFactory
from django.urls import URLPattern, get_resolver, resolve, reverse
from django.utils.translation import override
from django.views.csrf import csrf_failure
from django.views.defaults import bad_request, page_not_found, permission_denied, server_error
from playwright.sync_api import Page, Route

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
        "submit-how": ("/submit/how/", scene.rosa),
        "pairs": (run("hallusion", "explorer:pairs"), None),
        "review": ("/review/", scene.minh),
        "review-run": (run("review", "review:detail"), scene.minh),
        "changelog": ("/changelog/", None),
        "reference": (reverse("reference"), None),
        "signup": ("/signup/", None),
        "password-reset": ("/password/reset/", None),
        "password-reset-sent": ("/password/reset/sent/", None),
        "password-reset-link": ("/password/reset/MQ/no-token/", None),
        "password-reset-done": ("/password/reset/done/", None),
        "password-changed": ("/password/done/", scene.rosa),
        "login": ("/login/", None),
    }


ELSEWHERE = {
    "account:home", "notifications:home", "notifications:deliveries", "password_change",
    "socialaccount_signup", "account_inactive", "openid_connect_callback",
}  # fmt: skip
"""Pages that ``test_account_in_a_browser`` and ``test_single_sign_on_in_a_browser`` look at."""
NO_PAGES = {
    # Files, and parts of pages
    "boards:table", "boards:hallucination-figures", "comparisons:differences", "profiles:scores", "runs:telemetry",
    "runs:live", "runs:watch", "review:difference", "changelog:feed", "pictures:image", "pictures:thumb", "favicon",
    # What is only sent to
    "logout", "account:create-token", "account:revoke-token", "notifications:emails", "notifications:create",
    "notifications:test", "notifications:delete", "runs:cancel", "runs:retry", "review:decide", "review:decide-many",
    "submit-check", "submit-test", "set_language", "sso-disconnect",
    # What leads on to elsewhere, or is there only where a site has set it up
    "openid_connect_login", "socialaccount_login_cancelled", "submit-test-result",
}  # fmt: skip


def names(patterns: Any, space: str = "") -> Iterator[str]:
    """Yield the name of every address outside of Django's admin and of the API."""
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            yield f"{space}{pattern.name or pattern.pattern}"
        elif pattern.namespace not in ("admin", "api"):
            yield from names(pattern.url_patterns, f"{space}{pattern.namespace}:" if pattern.namespace else space)  # fmt: skip


def test_no_page_is_left_out() -> None:
    from tests.browser.scene import build

    seen = {resolve(urlsplit(url).path).view_name for url, _ in addresses(build()).values()}
    every = set(names(get_resolver().url_patterns))
    missing = every - seen - ELSEWHERE - NO_PAGES
    assert not missing, f"pages that no test looks at: {sorted(missing)}"
    assert not (ELSEWHERE | NO_PAGES) - every, "names of no address"


ERRORS = {
    "400": lambda request: bad_request(request, SuspiciousOperation()),
    "403": lambda request: permission_denied(request, PermissionDenied()),
    "403-csrf": csrf_failure,
    "404": lambda request: page_not_found(request, Http404()),
    "500": server_error,
}


def handing(body: str) -> Callable[[Route], None]:
    """Return what answers a request with this page."""
    return lambda route: route.fulfill(body=body, content_type="text/html; charset=utf-8")


@pytest.mark.parametrize("view", VIEWS, ids=str)
def test_the_pages_of_errors_are_sound(
    visit: Open, shoot: Callable[[Page, str], None], view: View, rf: RequestFactory
) -> None:
    faults = []
    for name, answer in ERRORS.items():
        request = rf.get("/broken/")
        request.user = AnonymousUser()
        with override("zh-hans" if view.language.startswith("zh") else "en"):
            body = answer(request).content.decode()
        page = visit("/about/", view)
        # A browser complains of every answer that is an error, so the page is handed to it as one that is none.
        page.route("**/broken/", handing(body))
        page.goto("/broken/")
        settle(page)
        shoot(page, f"error-{name}-{view}")
        found = Axe().run(page)
        if found.violations_count:
            faults.append(f"{name}: {found.generate_report()}")
        if page.evaluate("document.documentElement.scrollWidth") > view.width:
            faults.append(f"{name} scrolls sideways")
        if not page.locator("a.btn").count():
            faults.append(f"{name} leads nowhere")
        page.close()
    assert not faults, "\n".join(faults)


def settle(page: Page) -> None:
    """Wait until nothing loads and nothing moves: colours in motion have no contrast that could be measured."""
    page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready")
    page.emulate_media(reduced_motion="reduce")


@pytest.mark.parametrize("view", VIEWS, ids=str)
def test_every_page_is_sound(
    visit: Open, shoot: Callable[[Page, str], None], view: View, settings: Any
) -> None:
    from tests.browser.scene import build

    # Without these the site has no page to sign up or to ask for another password.
    settings.SIGN_UP, settings.EMAIL_URL = "open", "smtp://mail.example.org"

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
