"""What every page has in common: its markup, its headers, its switches, and the pages for what goes wrong."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path, reverse

from evaluator.benchmarks import all_benchmarks
from evaluator.engines import serving_engines
from leaderboard import urls as site_urls
from leaderboard.catalog.models import Precision
from leaderboard.runs.models import Run
from leaderboard.submitting.views import EXAMPLE_BENCHMARK
from tests.factories import make_published_run, make_user
from tests.web.conftest import Read
from tests.web.markup import Page

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("benchmarks")]


def every_page(run: Run) -> list[str]:
    return [
        "/",
        "/boards/mmbench_en_dev/",
        "/runs/",
        reverse("runs:detail", args=[run.public_id]),
        reverse("explorer:samples", args=[run.public_id]),
        reverse("explorer:sample", args=[run.public_id, "0"]),
        "/about/",
        "/submit/",
        "/login/",
    ]


def test_every_page_keeps_to_the_content_policy(client: Client) -> None:
    for url in every_page(make_published_run()):
        response = client.get(url)
        policy = response.headers["Content-Security-Policy"].split("; ")
        assert {"script-src 'self'", "style-src 'self'", "default-src 'none'"} <= set(policy)
        page = Page(response.content.decode())
        assert not page.of("style"), url
        assert all(script.get("src") for script in page.of("script")), url
        handlers = {n for _, attributes in page.elements for n in attributes if n.startswith("on")}
        assert not handlers, url


def test_every_page_has_landmarks_one_heading_and_a_way_past_the_navigation(read: Read) -> None:
    for url in every_page(make_published_run()):
        page = Page(read(url))
        tags = [tag for tag, _ in page.elements]
        assert [tags.count(tag) for tag in ("main", "h1", "header", "footer")] == [1, 1, 1, 1], url
        assert page.of("a")[0] == {"class": "skip", "href": "#main"}, url
        assert page.of("html")[0]["lang"] == "en", url


def test_everything_that_a_page_loads_is_ours_and_there(read: Read) -> None:
    for url in every_page(make_published_run()):
        page = Page(read(url))
        wanted = [e.get("href") for e in page.of("link")] + [
            e.get("src") for e in page.of("script")
        ]
        for address in wanted:
            assert address
            assert address.startswith("/static/"), (url, address)
            assert finders.find(address.removeprefix("/static/")), (url, address)


def test_the_page_that_one_is_on_is_marked(read: Read) -> None:
    for url, name in (
        ("/", "Board"),
        ("/runs/", "Runs"),
        ("/submit/", "Submit"),
        ("/about/", "Method"),
    ):
        navigation = read(url).partition('class="mainnav"')[2].partition("</nav>")[0]
        assert re.findall(r'aria-current="page">([^<]+)<', navigation) == [name]


def test_the_language_is_switched_by_post_and_remembered(client: Client) -> None:
    data = {"language": "zh-hans", "next": "/about/"}
    response = client.post(reverse("set_language"), data)
    assert response.headers["Location"] == "/about/"
    assert "每个数字的由来" in client.get("/about/").content.decode()


def test_sign_in_leads_back_and_sign_out_is_a_post(client: Client) -> None:
    make_user("rosa", password="long enough for rosa")
    form = {"username": "rosa", "password": "long enough for rosa", "next": "/runs/"}
    assert client.post("/login/", form).headers["Location"] == "/runs/"
    assert "rosa</a>" in client.get("/").content.decode()
    assert client.get("/logout/").status_code == 405
    client.post("/logout/")
    assert "rosa</a>" not in client.get("/").content.decode()


def test_sign_in_does_not_lead_elsewhere(client: Client) -> None:
    make_user("rosa", password="long enough for rosa")
    form = {"username": "rosa", "password": "long enough for rosa", "next": "https://evil.example/"}
    assert client.post("/login/", form).headers["Location"] == "/"


def test_a_wrong_password_is_said(client: Client) -> None:
    response = client.post("/login/", {"username": "rosa", "password": "wrong"})
    html = response.content.decode()
    Page(html)
    assert 'role="alert"' in html


def test_only_staff_see_the_way_to_the_admin(client: Client, read: Read) -> None:
    assert "/admin/" not in read("/")
    client.force_login(make_user(is_staff=True))
    assert 'href="/admin/"' in read("/")


def test_the_calls_name_this_site_and_a_benchmark_that_exists(read: Read, settings: Any) -> None:
    html = read("/submit/")
    assert "curl -X POST http://testserver/api/v1/submissions" in html
    assert EXAMPLE_BENCHMARK in html
    assert EXAMPLE_BENCHMARK in all_benchmarks()
    settings.PUBLIC_URL = "https://board.example/"
    assert "curl -X POST https://board.example/api/v1/submissions" in read("/submit/")


def test_the_way_to_submit_names_engines_and_precisions(read: Read) -> None:
    html = read("/submit/")
    engines = ", ".join(serving_engines())
    assert f">{engines}<" in html
    assert ", ".join(Precision.values) in html


def test_only_who_is_signed_in_sees_the_folders_of_checkpoints(
    client: Client, read: Read, settings: Any
) -> None:
    settings.CHECKPOINT_ROOTS = ["/srv/weights"]
    assert "/srv/weights" not in read("/submit/")
    client.force_login(make_user())
    assert "/srv/weights" in read("/submit/")


# --- What goes wrong ------------------------------------------------------------------------------


def _raise(error: type[Exception]) -> Any:
    def view(request: HttpRequest) -> HttpResponse:
        raise error

    return view


urlpatterns = [
    *site_urls.urlpatterns,
    path("bad/", _raise(BadRequest)),
    path("denied/", _raise(PermissionDenied)),
    path("broken/", _raise(RuntimeError)),
]


@pytest.mark.urls(__name__)
@pytest.mark.parametrize(
    ("url", "status", "title"),
    [
        ("/bad/", 400, "This request cannot be understood"),
        ("/denied/", 403, "You may not do this"),
        ("/no-such-page/", 404, "There is nothing here"),
        ("/broken/", 500, "Something broke on our side"),
    ],
)
def test_errors_have_pages_of_their_own(url: str, status: int, title: str) -> None:
    client = Client(raise_request_exception=False)
    response = client.get(url)
    html = response.content.decode()
    Page(html)
    assert response.status_code == status
    assert title in html
    assert "Traceback" not in html
    chinese = client.get(url, headers={"Accept-Language": "zh"}).content.decode()
    assert title not in chinese


def test_a_missing_page_leads_visitors_through_sign_in_and_back(client: Client) -> None:
    way = 'href="/login/?next=%2Fruns%2Fno-such%2F%3Fa%3D1%26b%3D2"'
    assert way in client.get("/runs/no-such/?a=1&b=2").content.decode()
    client.force_login(make_user())
    assert "?next=" not in client.get("/runs/no-such/?a=1&b=2").content.decode()


def test_a_form_without_a_cookie_is_explained() -> None:
    response = Client(enforce_csrf_checks=True).post("/login/", {"username": "x", "password": "y"})
    html = response.content.decode()
    Page(html)
    assert response.status_code == 403
    assert "This form is too old" in html
