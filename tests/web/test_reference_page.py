"""The reference of the API: a page made of the OpenAPI document."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from tests.web.conftest import Read

pytestmark = pytest.mark.django_db

URL = "/api/"


def test_every_operation_is_on_it_with_its_call(read: Read, client: Client) -> None:
    html = read(URL)
    paths = client.get("/api/v1/schema").json()["paths"]
    for operation in (one for item in paths.values() for one in item.values()):
        assert f'id="{operation["operationId"]}"' in html
        for sample in operation.get("x-codeSamples", ()):
            assert f'id="curl-{operation["operationId"]}"' in html, sample


def test_calls_are_for_this_site(read: Read) -> None:
    html = read(URL)
    assert "curl http://testserver/api/v1/runs" in html
    assert "leaderboard.example.org" not in html


def test_calls_are_for_the_public_address_where_there_is_one(
    read: Read, settings: Settings
) -> None:
    settings.PUBLIC_URL = "https://boards.acme.test/"
    html = read(URL)
    assert "curl https://boards.acme.test/api/v1/runs" in html


def test_fields_of_a_body_are_listed_with_their_path(read: Read) -> None:
    html = read(URL)
    assert "<code>endpoint.base_url</code>" in html
    assert "<code>checkpoint.precision</code>" in html
    assert "<code>If-None-Match</code>" in html


def test_every_link_on_it_leads_somewhere(read: Read) -> None:
    html = read(URL)
    ids = set(re.findall(r' id="([^"]+)"', html))
    linked = set(re.findall(r'href="#([^"]+)"', html))
    assert linked
    assert linked <= ids


def test_the_frame_is_chinese_for_those_who_read_it(client: Client) -> None:
    html = client.get(URL, headers={"Accept-Language": "zh-hans"}).content.decode()
    assert "需要令牌" in html


def test_it_costs_no_query(client: Client, django_assert_num_queries: Any) -> None:
    client.get(URL)
    with django_assert_num_queries(0):
        client.get(URL)


def test_it_is_linked_from_every_page(read: Read) -> None:
    assert f'href="{URL}"' in read("/about/")
