"""The samples of a run, and their pictures."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from evaluator.records import Item as ItemRecord
from leaderboard.catalog.models import Image
from leaderboard.runs.models import Run
from leaderboard.runs.states import RunState
from tests.factories import make_graded_run, make_published_run, make_run, make_user
from tests.small_set import PASS, knows_first, right
from tests.web.conftest import Read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("benchmarks")]

LIST_QUERIES = 5
"""The run, dimensions, numbers of the flags, responses with their items, the items' pictures; nothing per sample."""


def mixed(item: ItemRecord) -> str | None:
    """Right, wrong, unreadable and failed answers, by question."""
    number = item.fields["index"] % PASS
    return {0: "<i>no idea</i>", 1: None, 2: knows_first(0)(item)}.get(number, right(item))


@pytest.fixture
def run() -> Run:
    # One failed question in eight is more than a published run may have: it stays with its submitter.
    return make_graded_run(mixed)


@pytest.fixture
def read_own(client: Client, run: Run, read: Read) -> Read:
    client.force_login(run.submission.submitter)
    return read


def listing(run: Run) -> str:
    return reverse("explorer:samples", args=[run.public_id])


def detail(run: Run, key: str) -> str:
    return reverse("explorer:sample", args=[run.public_id, key])


def keys(html: str) -> list[int]:
    return [int(key) for key in re.findall(r'class="mono">(\d+)</span></p>', html)]


def test_samples_come_in_the_order_of_the_data_set(run: Run, read_own: Read) -> None:
    assert keys(read_own(listing(run)))[:4] == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("verdict", "question"), [("incorrect", 2), ("unparsed", 0), ("errored", 1)]
)
def test_a_verdict_filters(run: Run, read_own: Read, verdict: str, question: int) -> None:
    found = keys(read_own(listing(run), part=True, verdict=verdict))
    assert found == [question + turn * PASS for turn in range(4)]


def test_a_dimension_and_words_filter(run: Run, read_own: Read) -> None:
    logic = keys(read_own(listing(run), dimension="L2:logic_reasoning"))
    assert {key % PASS for key in logic} == {5}
    assert {key % PASS for key in keys(read_own(listing(run), q="question 4"))} == {4}
    assert {key % PASS for key in keys(read_own(listing(run), q="NO IDEA"))} == {0}
    assert "No sample matches" in read_own(listing(run), q="nowhere", verdict="correct")


def test_a_filter_that_does_not_exist_is_dropped(run: Run, read_own: Read) -> None:
    html = read_own(listing(run), verdict="sideways", dimension="L9:none", q="\x00")
    assert len(keys(html)) == 32


def test_the_list_pages_within_a_filter(
    run: Run, read_own: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("leaderboard.explorer.views.PAGE_SIZE", 3)
    first = read_own(listing(run), verdict="errored")
    assert keys(first) == [1, 1 + PASS, 1 + 2 * PASS]
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following
    url = following[1].replace("&amp;", "&")
    second = read_own(listing(run) + url)
    assert keys(second) == [1 + 3 * PASS]
    previous = re.search(r'rel="prev" href="([^"]+)"', second)
    assert previous
    assert keys(read_own(listing(run) + previous[1].replace("&amp;", "&"))) == keys(first)


def test_what_a_model_wrote_is_escaped(run: Run, read_own: Read) -> None:
    for html in (read_own(listing(run)), read_own(detail(run, "0"))):
        assert "&lt;i&gt;no idea&lt;/i&gt;" in html
        assert "<i>no idea</i>" not in html


def test_the_detail_shows_every_rotation_with_its_answer(run: Run, read_own: Read) -> None:
    html = read_own(detail(run, str(3 + PASS)))
    grid = html[html.index('<table class="circ">') :]
    assert grid.count('<tr><th scope="row">') == 4
    assert grid.count('class="gold hit"') == 4
    assert f'href="{detail(run, str(3 + 2 * PASS))}"' in grid
    wrong = read_own(detail(run, "2"))
    assert 'class=" wrong"' in wrong


def test_the_detail_says_how_the_answer_was_read(run: Run, read_own: Read) -> None:
    assert "the whole answer is one letter" in read_own(detail(run, "3"))
    assert "no rule could tell what is meant" in read_own(detail(run, "0"))
    failed = read_own(detail(run, "1"))
    assert "The request failed; it is not scored" in failed
    assert "HTTP 500" in failed


def test_what_an_endpoint_said_is_only_for_those_who_may_know_the_endpoint(
    client: Client, read: Read, settings: Any
) -> None:
    settings.MAX_ERRORED_SHARE = 0.2
    run = make_published_run(lambda item: None if item.fields["index"] == 1 else right(item))
    pages = [(listing(run), {"verdict": "errored"}), (detail(run, "1"), {})]
    for page, parameters in pages:
        html = read(page, **parameters)
        assert "endpoint_error" in html
        assert "HTTP 500" not in html
    client.force_login(run.submission.submitter)
    for page, parameters in pages:
        assert "HTTP 500" in read(page, **parameters)


def test_neighbours_stay_within_the_filter(run: Run, read_own: Read) -> None:
    html = read_own(detail(run, str(1 + PASS)), verdict="errored")
    assert f'rel="prev" href="{detail(run, "1")}?verdict=errored"' in html
    assert f'rel="next" href="{detail(run, str(1 + 2 * PASS))}?verdict=errored"' in html


def test_a_sample_or_run_that_is_not_there_is_not_found(client: Client, run: Run) -> None:
    client.force_login(run.submission.submitter)
    for key in ("99", "a/b", "\x00"):
        assert client.get(detail(run, key)).status_code == 404, key
    assert client.get(listing(make_run(RunState.QUEUED, make_user()))).status_code == 404


def test_samples_are_as_private_as_their_run(client: Client, run: Run) -> None:
    client.force_login(make_user())
    assert client.get(listing(run)).status_code == 404
    assert client.get(detail(run, "0")).status_code == 404


def test_the_list_costs_a_fixed_number_of_queries(
    client: Client, django_assert_num_queries: Any
) -> None:
    run = make_published_run()
    with django_assert_num_queries(LIST_QUERIES):
        client.get(listing(run))


# --- Pictures -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["image", "thumb"])
def test_pictures_may_be_kept_for_ever(client: Client, name: str) -> None:
    make_published_run()
    picture = Image.objects.earliest("id")
    url = reverse(f"pictures:{name}", args=[picture.sha256])
    response = client.get(url)
    assert response["Content-Type"] == "image/webp"
    assert response.content[8:12] == b"WEBP"
    assert set(response["Cache-Control"].split(", ")) == {"public", "max-age=31536000", "immutable"}
    for known in (response["ETag"], f'"other", W/{response["ETag"]}'):
        again = client.get(url, headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    "path",
    [
        "0" * 64 + ".webp",
        "..%2f..%2fsettings.webp",
        "A" * 64 + ".webp",
        "x/thumb.webp",
        "../../x.webp",
    ],
)
def test_only_pictures_of_items_are_served(client: Client, run: Run, path: str) -> None:
    assert client.get(f"/images/{path}").status_code == 404


def test_a_picture_that_the_store_lost_is_not_found(
    client: Client, settings: Any, tmp_path: Any
) -> None:
    make_published_run()
    settings.ARTIFACTS_URL = str(tmp_path / "elsewhere")
    picture = Image.objects.earliest("id")
    assert client.get(reverse("pictures:image", args=[picture.sha256])).status_code == 404
