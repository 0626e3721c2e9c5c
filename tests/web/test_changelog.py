"""The public changelog of the boards, as a page and as a feed: what everybody could see, and nothing else."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any

import pytest
from django.test import Client

from leaderboard.results.corrections import correct
from leaderboard.review.services import approve, quarantine, reject, reopen, supersede
from leaderboard.runs.models import Run, Submission
from leaderboard.runs.visibility import Visibility
from tests import factories
from tests.web.conftest import Read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("benchmarks")]

PAGE, FEED = "/changelog/", "/changelog/feed.atom"
ATOM = "{http://www.w3.org/2005/Atom}"


def published(name: str, reason: str = "It agrees with the model card.", **fields: Any) -> Run:
    run = factories.make_graded_run(model_name=name, **fields)
    approve(run, factories.make_reviewer(), reason)
    run.refresh_from_db()
    return run


def feed(client: Client, **headers: str) -> list[tuple[str, str]]:
    """Return the title and the summary of each entry."""
    response = client.get(FEED, headers=headers)
    assert response["Content-Type"].startswith("application/atom+xml")
    root = ET.fromstring(response.content)  # noqa: S314 - of our own making
    return [
        (entry.findtext(f"{ATOM}title", ""), entry.findtext(f"{ATOM}summary", ""))
        for entry in root.iter(f"{ATOM}entry")
    ]


def test_an_empty_changelog_says_what_will_be_there(read: Read, client: Client) -> None:
    assert "Nothing is published yet" in read(PAGE)
    assert feed(client) == []


def test_what_comes_goes_is_replaced_and_corrected_is_told_with_its_reason(
    read: Read, client: Client
) -> None:
    minh = factories.make_reviewer("minh")
    gone = published("Gone VLM", "Looks fine.")
    quarantine(gone, minh, "Two names, one model?")
    old = published("Same VLM")
    new = published("Same VLM", base_url="https://9.9.9.9/v1")
    supersede(old, minh, "A newer run is there.", new)
    benchmark = new.benchmark
    place = (benchmark.headline_axis, benchmark.headline_dimension, benchmark.headline_metric)
    correct(new, place, 0.5, author=minh, reason="A row was counted twice.")
    html = read(PAGE)
    order = [
        "A row was counted twice.",
        "A newer run is there.",
        "Two names, one model?",
        "Looks fine.",
    ]
    places = [html.index(reason) for reason in order]
    assert places == sorted(places)
    for word in ("Corrected", "Superseded", "Quarantined", "Published"):
        assert word in html
    assert [summary for _, summary in feed(client) if summary in order] == order
    assert "minh" not in html


def test_only_what_everybody_can_read_is_linked(read: Read) -> None:
    gone, here = published("Gone VLM"), published("Here VLM")
    reopen(gone, factories.make_reviewer(), "Once more.")
    html = read(PAGE)
    assert f"/runs/{here.public_id}/" in html
    assert str(gone.public_id) not in html


def test_what_was_never_on_a_board_is_not_told(read: Read, client: Client) -> None:
    minh = factories.make_reviewer()
    factories.make_graded_run(model_name="Waiting VLM")
    reject(factories.make_graded_run(model_name="Rejected VLM"), minh, "Half is missing.")
    quarantine(factories.make_graded_run(model_name="Doubted VLM"), minh, "Too good.")
    corrected = factories.make_graded_run(model_name="Corrected VLM")
    benchmark = corrected.benchmark
    place = (benchmark.headline_axis, benchmark.headline_dimension, benchmark.headline_metric)
    correct(corrected, place, 0.5, author=minh, reason="Before anybody saw it.")
    assert "VLM</" not in read(PAGE)
    assert "Before anybody saw it." not in read(PAGE)
    assert feed(client) == []


@pytest.mark.parametrize("visibility", [Visibility.PRIVATE, Visibility.ORGANIZATION])
def test_what_has_become_private_is_told_no_more(
    read: Read, client: Client, visibility: Visibility
) -> None:
    from leaderboard.accounts.models import Organization

    run = published("Hidden VLM")
    reject(run, factories.make_reviewer(), "The submitter asked for it.")
    lab = Organization.objects.create(slug="lab", name="Lab")
    Submission.objects.filter(pk=run.submission_id).update(visibility=visibility, organization=lab)
    assert "Hidden VLM" not in read(PAGE)
    assert feed(client) == []


def test_one_board_can_be_chosen(read: Read) -> None:
    published("English VLM")
    published("Chinese VLM", benchmarks=["mmbench_cn_dev"])
    html = read(PAGE, benchmark="mmbench_cn_dev")
    assert "Chinese VLM" in html
    assert "English VLM" not in html
    assert "English VLM" in read(PAGE, benchmark="nonsense")


def test_the_pages_go_on_by_key(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("leaderboard.changelog.views.PAGE_SIZE", 1)
    first = published("First VLM")
    published("Second VLM")
    html = read(PAGE)
    assert "First VLM" not in html
    newest = first.events.order_by("-pk")[0].pk
    assert "First VLM" in read(PAGE, after=str(newest + 1))


def test_a_reason_with_letters_that_xml_cannot_write_does_not_break_the_feed(
    client: Client,
) -> None:
    published("Odd VLM", "Before\x0bafter <b>&amp;\x1b")
    assert feed(client) == [
        ("Odd VLM BF16 is published on MMBench (English, dev).", "Beforeafter <b>&amp;")
    ]


def test_the_feed_is_in_the_readers_language(client: Client) -> None:
    published("A VLM")
    titles = [title for title, _ in feed(client, **{"Accept-Language": "zh-CN"})]
    assert titles == ["A VLM BF16 在 MMBench（英文，开发集）上发布。"]


def test_it_costs_a_fixed_number_of_queries(client: Client, django_assert_num_queries: Any) -> None:
    for _ in range(2):
        published("Some VLM")
        with django_assert_num_queries(2):
            client.get(PAGE)
        with django_assert_num_queries(1):
            client.get(FEED)
