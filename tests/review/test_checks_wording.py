"""A check in words: its numbers in their units, what to do, and where to look."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from leaderboard.review.models import Check
from leaderboard.review.wording import SENTENCES, words_of
from leaderboard.runs.models import Run
from tests.factories import make_graded_run, make_published_run, make_reviewer
from tests.small_set import small_set

pytestmark = pytest.mark.django_db

Code = Check.Code


def made(run: Run, code: Code, **fields: Any) -> Check:
    plain = {"status": "warn", "value": 0.25, "threshold": 0.1, "data": {}}
    return Check(run=run, code=code, **plain | fields)


@pytest.fixture
def run() -> Run:
    return make_graded_run()


@pytest.mark.parametrize(
    ("code", "value", "threshold", "shown"),
    [
        (Code.TRUNCATED, 0.0312, 0.01, ("3.1 %", "1.0 %")),
        (Code.YES_BIAS, -0.21, 0.2, ("−21.0 points", "20.0 points")),
        (Code.JUMP, 0.08, 0.05, ("+8.0 points", "5.0 points")),
        (Code.SAME_ANSWERS, 0.97, 0.9, ("97.0 %", "90.0 %")),
        (Code.SAME_WEIGHTS, 2, 0, ("2", "0")),
        (Code.LIMITED, 100, None, ("100", "—")),
        (Code.PRECISION, 4, 16, ("4 bits", "16 bits")),
        (Code.PARAMETERS, 7.6, 72.0, ("7.6 B", "72.0 B")),
    ],
)
def test_numbers_stand_in_the_checks_own_unit(
    run: Run, code: Code, value: float, threshold: float | None, shown: tuple[str, str]
) -> None:
    words = words_of(made(run, code, value=value, threshold=threshold))
    assert (words.value, words.threshold) == shown


def test_what_it_was_made_from_is_told_in_words_and_without_addresses(run: Run) -> None:
    data = {
        "runs": [{"id": str(run.public_id), "name": "Other"}],
        "median": 0.5,
        "peers": 7,
        "to_b": 16.0,
        "from_b": 4.0,
        "now": 0.625,
    }
    words = words_of(made(run, Code.SIZE_CLASS, data=data))
    assert words.basis == (
        "now: 62.5 %, median of the class: 50.0 %, models in the class: 7, from: 4.0 B, to: 16.0 B"
    )


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_check_has_a_name_and_one_sentence_in_both_languages(run: Run, language: str) -> None:
    with override(language):
        words = [words_of(made(run, code)) for code in Code]
    assert all(len(re.findall(r"[.。]$|[.。] ", found.sentence)) == 1 for found in words)
    assert len({found.sentence for found in words}) == len(Code)
    chinese = re.compile("[\u4e00-\u9fff]")
    for found in words:
        for text in (found.name, found.sentence, found.links[0].text):
            assert bool(chinese.search(text)) == (language != "en"), text
    assert set(SENTENCES) == set(Code)


def test_every_link_leads_somewhere(run: Run, client: Client) -> None:
    other = make_graded_run(model_name="Other")
    client.force_login(make_reviewer())
    keys = [item.key for item in small_set().items[:2]]
    data = {
        "samples": keys,
        "runs": [{"id": str(other.public_id), "name": "Other"}],
        "models": [{"slug": other.submission.variant.model.slug, "name": "Other"}],
    }
    links = [*words_of(made(run, Code.LEAKED, data=data)).links]
    assert [link.text for link in links] == [
        *(f"sample {key}" for key in keys),
        "comparison with Other",
        "run of Other",
        "Other",
    ]
    links += [words_of(made(run, code)).links[0] for code in Code]
    for link in links:
        assert client.get(link.url).status_code == 200, link


def test_the_first_link_is_the_check_s_own(run: Run) -> None:
    words = words_of(made(run, Code.UNPARSED))
    assert words.url == words.links[0].url == f"/runs/{run.public_id}/samples/?verdict=unparsed"


def test_a_check_of_a_newer_site_with_numbers_that_have_no_name_is_shown(run: Run) -> None:
    assert words_of(made(run, Code.ERRORED, data={"strange": 3})).basis == "strange: 3"


def test_the_runs_page_tells_each_number_in_its_unit(client: Client) -> None:
    run = make_published_run()
    made(run, Code.SAME_WEIGHTS, value=2, threshold=0).save()
    made(run, Code.YES_BIAS, value=-0.21, threshold=0.2).save()
    made(run, Code.SAME_ANSWERS, value=0.97, threshold=0.9).save()
    page = client.get(reverse("runs:detail", args=[run.public_id])).content.decode()
    told = re.findall(r'<span class="num">([^<]*)<small class="mut">/ ([^<]*)</small>', page)
    assert {("−21.0 ", "20.0"), ("97.0 % ", "90.0 %")} <= set(told)
    assert re.search(r'<span class="num">2\s*</span>', page)
