"""From a run and from a model to what lower precision costs, where there is something to compare."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.test import Client

from leaderboard.runs.models import Run
from tests.factories import make_published_run
from tests.small_set import knows_first

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("benchmarks")]


def published(precision: str, model: str = "Kestrel & Co") -> Run:
    return make_published_run(knows_first(5), model_name=model, precision=precision)


def link(client: Client, address: str) -> str | None:
    html = client.get(address).content.decode()
    found = re.search(r'href="([^"]*#quantising)"', html)
    return unescape(found[1]) if found else None


def test_a_run_and_its_model_lead_to_the_comparison(client: Client) -> None:
    published("bf16")
    run = published("fp8")
    for address in (f"/runs/{run.public_id}/", run.submission.variant.get_absolute_url()):
        target = link(client, address)
        assert target is not None, address
        board = client.get(target.partition("#")[0]).content.decode()
        assert 'id="quantising"' in board


def test_without_another_precision_there_is_no_link(client: Client) -> None:
    published("bf16", "Ibis")
    run = published("fp8")
    assert link(client, f"/runs/{run.public_id}/") is None
    assert link(client, run.submission.variant.get_absolute_url()) is None
