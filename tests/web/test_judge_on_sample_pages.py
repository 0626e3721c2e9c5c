"""What a judge was asked and said, on the page of the sample. The judge is a stand-in HTTP server."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from evaluator.grading.option_letters import How
from leaderboard.explorer.wording import how_words
from leaderboard.results.models import JudgeRuling
from leaderboard.runs.models import Run
from leaderboard.runs.states import RunState
from tests.factories import make_graded_run, make_user
from tests.results.judge_site import KEY, MODEL, cryptic_on_first, judge, without_waiting
from tests.web.conftest import Read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("benchmarks")]


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    without_waiting(monkeypatch)


def page(read: Read, client: Client, run: Run, key: str = "0") -> str:
    client.force_login(run.submission.submitter)
    return read(reverse("explorer:sample", args=[run.public_id, key]))


def test_the_page_shows_judge_prompt_reply_and_outcome(
    settings: Settings, read: Read, client: Client
) -> None:
    with judge(settings, answer=lambda _prompt: "The letter is <b>B</b>: B"):
        run = make_graded_run(cryptic_on_first)

    html = page(read, client, run)

    assert "a judge decided" in html
    assert MODEL in html
    assert "&lt;options&gt;" in html
    assert "The letter is &lt;b&gt;B&lt;/b&gt;: B" in html
    assert "What the judge said" not in page(read, client, run, "3")


def test_a_failure_shows_its_detail_to_those_who_may_see_it(
    settings: Settings, read: Read, client: Client
) -> None:
    with judge(settings, mode="error_500"):
        run = make_graded_run(cryptic_on_first)

    html = page(read, client, run)
    assert "The judge failed; the answer is not scored" in html
    assert "The engine is out of order." in html

    settings.MAX_UNJUDGED_SHARE = 1.0
    Run.objects.filter(pk=run.pk).update(state=RunState.PUBLISHED)
    client.force_login(make_user())
    html = read(reverse("explorer:sample", args=[run.public_id, "0"]))
    assert "http_500" in html
    assert "The engine is out of order." not in html


def test_a_later_ruling_is_not_shown_for_an_earlier_failure(
    settings: Settings, read: Read, client: Client
) -> None:
    with judge(settings, answer=lambda _prompt: "Hard to say.") as server:
        run = make_graded_run(cryptic_on_first)
        server.answer = lambda _prompt: "B"
        make_graded_run(cryptic_on_first)

    html = page(read, client, run)
    assert "The judge failed; the answer is not scored" in html
    assert "no_ruling" in html


def test_unjudged_samples_can_be_filtered(settings: Settings, read: Read, client: Client) -> None:
    with judge(settings, answer=lambda _prompt: "Hard to say."):
        run = make_graded_run(cryptic_on_first)
    client.force_login(run.submission.submitter)
    html = read(reverse("explorer:samples", args=[run.public_id]), part=True, verdict="unjudged")
    assert html.count('<li class="card sample">') == 4


def test_the_key_is_on_no_page(settings: Settings, read: Read, client: Client) -> None:
    with judge(settings, answer=lambda _prompt: f"{KEY} B"):
        run = make_graded_run(cryptic_on_first)
    assert KEY not in page(read, client, run)


def test_what_a_judge_said_can_be_looked_at_in_the_admin_and_not_changed(
    settings: Settings, client: Client, admin_client: Client
) -> None:
    with judge(settings):
        make_graded_run(cryptic_on_first)
    ruling = JudgeRuling.objects.earliest("id")
    assert (
        MODEL in admin_client.get(reverse("admin:results_judgeruling_changelist")).content.decode()
    )
    change = reverse("admin:results_judgeruling_change", args=[ruling.pk])
    assert admin_client.get(change).status_code == 200
    assert admin_client.post(change, {"outcome": "A"}).status_code == 403


@pytest.mark.parametrize("how", [*How, "judge", "refused"])
def test_every_way_to_read_an_answer_has_words(how: str) -> None:
    assert how_words(how) != how


def test_an_unknown_way_is_shown_by_its_name() -> None:
    assert how_words("by-some-new-rule") == "by-some-new-rule"
