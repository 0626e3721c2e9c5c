"""A picture is seen by who sees a run that shows it: knowing its hash is not enough."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from leaderboard.accounts.models import User
from leaderboard.catalog.models import Image
from leaderboard.review.services import approve
from leaderboard.runs.models import Run
from tests.factories import make_graded_run, make_reviewer, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def run() -> Run:
    """A private run, the only one on its data set."""
    return make_graded_run(user=make_user("owner"), visibility="private")


def answers(user: User | None, name: str = "pictures:image", **headers: str) -> tuple[int, str]:
    """Return the status and Cache-Control of the answer about the newest picture."""
    client = Client(headers=headers)
    if user:
        client.force_login(user)
    answer = client.get(reverse(name, args=[Image.objects.latest("id").sha256]))
    return answer.status_code, answer.headers.get("Cache-Control", "")


@pytest.mark.parametrize("name", ["pictures:image", "pictures:thumb", "api:picture"])
def test_a_picture_of_a_private_run_is_for_those_who_see_the_run(run: Run, name: str) -> None:
    assert answers(None, name)[0] == 404
    assert answers(make_user(), name)[0] == 404
    for reader in (run.submission.submitter, make_reviewer()):
        status, kept = answers(reader, name)
        assert status == 200
        assert "private" in kept
        assert "public" not in kept


def test_knowing_its_tag_is_not_enough_either(run: Run) -> None:
    tag = f'"{Image.objects.latest("id").sha256}"'
    assert answers(None, **{"If-None-Match": tag})[0] == 404


def test_a_picture_of_a_published_run_is_for_everybody() -> None:
    approve(make_graded_run(), make_reviewer(), "made by a test")
    status, kept = answers(None)
    assert (status, "public" in kept) == (200, True)


def test_a_published_picture_costs_one_query(
    django_assert_num_queries: pytest.FixtureRequest,
) -> None:
    approve(make_graded_run(), make_reviewer(), "made by a test")
    url = reverse("pictures:image", args=[Image.objects.latest("id").sha256])
    client = Client()
    with django_assert_num_queries(1):  # type: ignore[operator]
        client.get(url)
