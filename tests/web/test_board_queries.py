"""What the board's pages cost: queries that do not grow with the rows, nothing twice, 304 for what is known."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.test import Client

from leaderboard.boards import caching
from leaderboard.boards.models import BoardRow, BoardVersion
from leaderboard.catalog.models import Variant, VlmModel
from leaderboard.runs.models import Run, Submission
from leaderboard.runs.states import RunState
from tests.board_scene import publish_checkpoint
from tests.factories import make_reviewer, make_user
from tests.serving_facts import served
from tests.web.query_budgets import BENCHMARK, FIRST, KEPT, OVERALL, PART

pytestmark = pytest.mark.django_db
VARIANTS = 200


@pytest.fixture
def published(benchmarks: None) -> None:
    reviewer = make_reviewer()
    publish_checkpoint("Kestrel", "bf16", 7, 3, served(300, 58), reviewer)
    publish_checkpoint("Kestrel", "awq_int4", 5, 1, served(190, 121), reviewer)


def crowd() -> None:
    """Put copies of the rows of every board beside them, each of a model of its own."""
    user = make_user()
    source = Submission.objects.order_by("id")[0]
    models = VlmModel.objects.bulk_create(
        VlmModel(slug=f"copy-{i}", name=f"Copy {i:03}") for i in range(VARIANTS)
    )
    variants = Variant.objects.bulk_create(
        Variant(model=m, kind="checkpoint", engine="vllm", precision="bf16", served_name=m.slug)
        for m in models
    )
    submissions = Submission.objects.bulk_create(
        Submission(variant=v, submitter=user, spec={}, identity="x", queue=source.queue)
        for v in variants
    )
    for row in list(BoardRow.objects.filter(version__in=BoardVersion.objects.newest(), rank=1)):
        runs = Run.objects.bulk_create(
            Run(
                public_id=uuid4(),
                submission=submission,
                benchmark_id=row.run.benchmark_id,
                dataset_id=row.run.dataset_id,
                protocol=row.run.protocol,
                state=RunState.PUBLISHED,
            )
            for submission in submissions
        )
        BoardRow.objects.bulk_create(
            BoardRow(
                version=row.version,
                run=run,
                rank=9,
                value=row.value,
                cells=row.cells,
                serving=row.serving,
            )
            for run in runs
        )


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize("url", FIRST)
def test_a_page_costs_its_budget_with_two_variants_and_with_hundreds(
    client: Client, django_assert_num_queries: Any, url: str
) -> None:
    with django_assert_num_queries(FIRST[url]):
        assert b"Kestrel" in client.get(url).content
    crowd()
    cache.delete(caching._STAMP)
    with django_assert_num_queries(FIRST[url]):
        assert b"Copy 001" in client.get(url).content


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize("url", PART)
def test_a_part_costs_its_budget(client: Client, django_assert_num_queries: Any, url: str) -> None:
    with django_assert_num_queries(PART[url]):
        client.get(url, headers={"HX-Request": "true"})


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize("url", FIRST)
def test_what_was_shown_once_is_kept(
    client: Client, django_assert_num_queries: Any, url: str
) -> None:
    first = client.get(url).content
    with django_assert_num_queries(KEPT):
        again = client.get(url).content
    assert models_of(again) == models_of(first)


def models_of(html: bytes) -> bytes:
    return html.partition(b"<tbody>")[2].partition(b"</tbody>")[0]


@pytest.mark.usefixtures("published")
def test_a_browser_that_has_the_page_gets_304(
    client: Client, django_assert_num_queries: Any
) -> None:
    client.get(OVERALL)
    tag = client.get(OVERALL)["ETag"]
    with django_assert_num_queries(KEPT):
        response = client.get(OVERALL, headers={"If-None-Match": tag})
    assert (response.status_code, response.content) == (304, b"")


@pytest.mark.usefixtures("published")
def test_a_reviewers_page_is_made_anew_since_it_says_how_many_runs_await_them(
    client: Client,
) -> None:
    client.force_login(make_reviewer())
    tag = client.get(OVERALL)["ETag"]
    assert client.get(OVERALL, headers={"If-None-Match": tag}).status_code == 200


@pytest.mark.usefixtures("published")
def test_a_page_is_another_for_another_reader_view_or_part(client: Client) -> None:
    client.get(BENCHMARK)
    tags = [
        client.get(BENCHMARK)["ETag"],
        client.get(BENCHMARK, {"sort": "model"})["ETag"],
        client.get(BENCHMARK, headers={"HX-Request": "true"})["ETag"],
        client.get(BENCHMARK, headers={"Accept-Language": "zh-CN"})["ETag"],
    ]
    client.force_login(make_user())
    tags.append(client.get(BENCHMARK)["ETag"])
    assert len(set(tags)) == len(tags)


@pytest.mark.usefixtures("published")
def test_a_newly_published_run_makes_another_page(client: Client) -> None:
    client.get(BENCHMARK)
    tag = client.get(BENCHMARK)["ETag"]
    publish_checkpoint("Ibis", "bf16", 3)
    response = client.get(BENCHMARK, headers={"If-None-Match": tag})
    assert response.status_code == 200
    assert b"Ibis" in response.content


@pytest.mark.usefixtures("published")
def test_an_edit_of_the_catalogue_shows_at_once(
    client: Client, django_capture_on_commit_callbacks: Any
) -> None:
    client.get(BENCHMARK)
    with django_capture_on_commit_callbacks(execute=True):
        model = VlmModel.objects.get(name="Kestrel")
        model.name = "Falcon"
        model.save()
    assert b"Falcon" in client.get(BENCHMARK).content


@pytest.mark.usefixtures("published")
def test_what_people_search_for_is_not_kept(client: Client, django_assert_num_queries: Any) -> None:
    client.get(OVERALL, {"q": "kestrel"})
    with django_assert_num_queries(FIRST[OVERALL]):
        client.get(OVERALL, {"q": "kestrel"})
