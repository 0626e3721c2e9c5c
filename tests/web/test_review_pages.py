"""The reviewers' pages: what waits, what speaks for and against it, and decisions that nobody makes by mistake."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse

from leaderboard.accounts.models import User
from leaderboard.core import numbers
from leaderboard.results.comparison import compare_runs
from leaderboard.results.ingest import ingest
from leaderboard.review.models import Check, Decision
from leaderboard.review.services import approve, quarantine, reject
from leaderboard.review.versions import version_of
from leaderboard.review_pages.filters import QueueFilter
from leaderboard.runs.models import Run
from leaderboard.runs.states import RunState
from tests import factories
from tests.small_set import knows_first
from tests.web.conftest import Read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("benchmarks")]

WHO = 4
"""Session, user, and two for permissions."""
QUEUE_QUERIES = WHO + 6
"""Rows, their checks, the number in each state, how long the longest waits, benchmarks, and the number in the frame."""
PAGE_QUERIES = WHO + 8
"""The run, checks, events, standing, previous run, neighbours on both sides, and the number in the frame."""
DIFFERENCE_QUERIES = WHO + 11
"""Both runs, four of the comparison, dimensions, numbers of flips, the flips of either way, and pictures of those of one."""
QUEUE = "/review/"


@pytest.fixture
def minh(client: Client) -> User:
    """A reviewer who is signed in."""
    user = factories.make_reviewer("minh")
    client.force_login(user)
    return user


def page_of(run: Run) -> str:
    return reverse("review:detail", args=[run.public_id])


def decision(run: Run, **fields: str) -> dict[str, str]:
    """Return what the form on the run's page sends, with ``fields`` changed."""
    plain = {"decision": "approve", "reason": "The answers agree.", "seen": version_of(run)}
    return plain | fields


def decide(client: Client, run: Run, **fields: str) -> Any:
    return client.post(reverse("review:decide", args=[run.public_id]), decision(run, **fields))


def chosen(*runs: Run) -> list[str]:
    return [f"{run.public_id}:{version_of(run)}" for run in runs]


def state_of(run: Run) -> str:
    run.refresh_from_db()
    return run.state


# --- Who sees it ------------------------------------------------------------------------------------


def test_only_reviewers_come_in_and_see_the_way(client: Client) -> None:
    run = factories.make_graded_run()
    for url in (QUEUE, page_of(run)):
        assert client.get(url)["Location"].startswith(reverse("login"))
    client.force_login(run.submission.submitter)
    for url in (QUEUE, page_of(run)):
        assert client.get(url).status_code == 403
    assert f'href="{QUEUE}"' not in client.get("/about/").content.decode()
    assert decide(client, run).status_code == 403
    assert state_of(run) == RunState.REVIEW


def test_the_way_says_how_many_wait(client: Client, minh: User, read: Read) -> None:
    assert 'class="count"' not in read("/about/")
    factories.make_graded_run()
    factories.make_graded_run()
    assert '<span class="count">2<' in read("/about/")


# --- The queue --------------------------------------------------------------------------------------


def test_the_empty_queue_says_what_to_do(minh: User, read: Read) -> None:
    html = read(QUEUE)
    assert "Nothing waits for review" in html
    assert f'href="{reverse("queue")}"' in html
    assert "Nothing is in quarantine" in read(QUEUE, state="quarantined")
    assert "No run fits these filters" in read(QUEUE, q="nobody")


def test_the_longest_waiting_stands_first_with_score_checks_and_submitter(
    minh: User, read: Read
) -> None:
    first = factories.make_graded_run(user=factories.make_user("rosa"), model_name="First VLM")
    Check.objects.filter(run=first).update(status=Check.Status.PASS)
    second = factories.make_graded_run(knows_first(2), model_name="Second VLM")
    Check.objects.filter(run=second).update(status=Check.Status.PASS)
    Check.objects.filter(run=second, code=Check.Code.ERRORED).update(status=Check.Status.FAIL)
    rows = read(QUEUE).split('<li class="qrow">')[1:]
    assert [name in row for name, row in zip(("First", "Second"), rows, strict=True)] == [True] * 2
    assert all(text in rows[0] for text in ("rosa", "100.0", "all checks pass"))
    assert '<span class="verdict" data-ok="0">Failed requests</span>' in rows[1]
    assert "all checks pass" not in rows[1]


def test_filters_stand_in_the_address(minh: User, read: Read) -> None:
    failing = factories.make_graded_run(model_name="Failing VLM", organization="Acme")
    Check.objects.filter(run=failing).update(status=Check.Status.PASS)
    Check.objects.filter(run=failing, code=Check.Code.UNPARSED).update(status=Check.Status.FAIL)
    sound = factories.make_graded_run(model_name="Sound VLM", organization="Bolt")
    Check.objects.filter(run=sound).update(status=Check.Status.PASS)
    doubted = factories.make_graded_run(model_name="Doubted VLM", benchmarks=["mmbench_cn_dev"])
    Check.objects.filter(run=doubted).update(status=Check.Status.WARN)

    def found(**parameters: str) -> set[str]:
        html = read(QUEUE, **parameters)
        return {name for name in ("Failing", "Sound", "Doubted") if f"{name} VLM" in html}

    assert found() == {"Failing", "Sound", "Doubted"}
    assert found(checks="fail") == {"Failing"}
    assert found(checks="pass") == {"Sound"}
    assert found(checks="warn") == {"Doubted"}
    assert found(benchmark="mmbench_cn_dev") == {"Doubted"}
    assert found(q="bolt") == {"Sound"}
    assert found(q=failing.submission.submitter.username) == {"Failing"}
    assert found(q="bolt", checks="fail") == set()
    assert found(state="published") == set()


@pytest.mark.parametrize(
    "query", ["state=x&checks=y", "q=%00", "benchmark=%00", "after=x", "state=failed", "private=2"]
)
def test_any_parameters_lead_to_the_queue(client: Client, minh: User, query: str) -> None:
    assert client.get(f"{QUEUE}?{query}").status_code == 200


def test_only_what_differs_from_the_plain_queue_is_in_the_address() -> None:
    assert QueueFilter.parse({"state": "review", "q": " ", "checks": "nonsense"}).query == ""
    given = {"state": "published", "q": "a&b", "private": "1"}
    assert QueueFilter.parse(given).query == f"?{urlencode(given)}"


def test_runs_that_are_not_to_be_public_are_shown_when_asked_for(minh: User, read: Read) -> None:
    factories.make_graded_run(model_name="Hidden VLM", visibility="private")
    assert "Hidden VLM" not in read(QUEUE)
    assert "Hidden VLM" in read(QUEUE, private="1")


def test_a_part_is_the_list_only(client: Client, minh: User, read: Read) -> None:
    factories.make_graded_run(model_name="First VLM")
    assert read(QUEUE, part=True).lstrip().startswith('<section id="queue"')
    response = client.get(QUEUE, {"state": "review", "q": ""}, headers={"HX-Request": "true"})
    assert response["HX-Replace-Url"] == QUEUE


def test_the_queue_pages_by_key(minh: User, read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("leaderboard.review_pages.queue.PAGE_SIZE", 1)
    first = factories.make_graded_run(model_name="First VLM")
    factories.make_graded_run(model_name="Second VLM")
    html = read(QUEUE)
    assert "First VLM" in html
    assert "Second VLM" not in html
    assert 'rel="next"' in html
    assert "Second VLM" in read(QUEUE, after=str(first.pk))


# --- Several at once --------------------------------------------------------------------------------


def decide_many(client: Client, runs: list[str], **fields: str) -> Any:
    plain = {"decision": "approve", "reason": "All looked at.", "run": runs}
    return client.post(reverse("review:decide-many"), plain | fields, follow=True)


def test_several_runs_are_decided_on_at_once(client: Client, minh: User) -> None:
    runs = [factories.make_graded_run() for _ in range(2)]
    html = decide_many(client, chosen(*runs)).content.decode()
    assert "2 runs: published." in html
    assert [state_of(run) for run in runs] == [RunState.PUBLISHED] * 2
    assert set(Decision.objects.values_list("reason", flat=True)) == {"All looked at."}


def test_without_a_reason_nothing_is_decided_and_the_choice_stays(
    client: Client, minh: User
) -> None:
    run, other = factories.make_graded_run(), factories.make_graded_run()
    response = decide_many(client, chosen(run), decision="reject", reason="  ")
    html = response.content.decode()
    assert response.status_code == 400
    assert 'name="reason"' in html
    assert "Say why" in html
    assert f'value="{chosen(run)[0]}" checked' in html
    assert f'value="{chosen(other)[0]}" checked' not in html
    assert '<option value="reject" selected>' in html
    assert {state_of(run), state_of(other)} == {RunState.REVIEW}


def test_deciding_on_no_run_is_told(client: Client, minh: User) -> None:
    factories.make_graded_run()
    response = decide_many(client, ["", "x:1", "zz"])
    assert response.status_code == 400
    assert "Choose at least one run." in response.content.decode()


def test_who_was_overtaken_or_decides_on_their_own_is_told_and_the_others_are_decided(
    client: Client, minh: User
) -> None:
    own = factories.make_graded_run(user=minh)
    late, free = factories.make_graded_run(), factories.make_graded_run()
    sent = chosen(own, late, free)
    reject(late, factories.make_reviewer(), "Somebody was faster.")
    response = decide_many(client, sent)
    html = response.content.decode()
    assert response.status_code == 409
    assert "1 run: published." in html
    assert html.count("was left as it is.") == 2
    assert "You submitted it yourself" in html
    assert "All looked at." in html
    assert [state_of(run) for run in (own, late, free)] == ["review", "rejected", "published"]


# --- One run ----------------------------------------------------------------------------------------


def test_each_check_has_its_number_its_limit_and_the_answers_behind_it(
    minh: User, read: Read
) -> None:
    run = factories.make_graded_run()
    html = read(page_of(run))
    for check in run.checks.all():
        assert str(check.get_code_display()) in html
    assert f"/runs/{run.public_id}/samples/?verdict=unparsed" in html


def test_a_decision_without_a_reason_is_refused_in_words(client: Client, minh: User) -> None:
    run = factories.make_graded_run()
    response = decide(client, run, decision="reject", reason=" ")
    assert response.status_code == 400
    html = response.content.decode()
    assert "Say why" in html
    assert 'value="reject" required checked' in html
    assert state_of(run) == RunState.REVIEW


def test_an_approved_run_is_on_the_board_and_the_next_one_is_shown(
    client: Client, minh: User
) -> None:
    run = factories.make_graded_run(model_name="First VLM")
    following = factories.make_graded_run(model_name="Second VLM")
    response = decide(client, run)
    assert response["Location"] == page_of(following)
    assert "published." in client.get(page_of(following)).content.decode()
    assert state_of(run) == RunState.PUBLISHED
    assert "First VLM" in client.get("/boards/mmbench_en_dev/").content.decode()
    assert decide(client, following)["Location"] == QUEUE


def test_a_decision_taken_meanwhile_is_told_and_nothing_is_lost(client: Client, minh: User) -> None:
    run = factories.make_graded_run()
    sent = decision(run, reason="I have read forty answers.")
    reject(run, factories.make_reviewer("rosa"), "The prompts differ.")
    response = client.post(reverse("review:decide", args=[run.public_id]), sent)
    html = response.content.decode()
    assert response.status_code == 409
    assert "Somebody was faster" in html
    assert "rosa" in html
    assert "The prompts differ." in html
    assert "I have read forty answers.</textarea>" in html
    assert state_of(run) == RunState.REJECTED
    assert Decision.objects.filter(run=run).count() == 1


def test_the_same_decision_twice_is_made_once(client: Client, minh: User) -> None:
    run = factories.make_graded_run()
    sent = decision(run)
    url = reverse("review:decide", args=[run.public_id])
    assert [client.post(url, sent).status_code for _ in range(2)] == [302, 409]
    assert Decision.objects.filter(run=run).count() == 1


def test_a_reviewer_is_told_that_their_own_run_is_for_others_before_any_click(
    client: Client, minh: User, read: Read
) -> None:
    run = factories.make_graded_run(user=minh)
    html = read(page_of(run))
    assert "You submitted this run. Another reviewer decides on it" in html
    assert 'name="decision"' not in html
    assert decide(client, run).status_code == 409
    assert state_of(run) == RunState.REVIEW


def test_publishing_is_not_offered_where_something_stands_against_it(
    client: Client, minh: User, read: Read
) -> None:
    run = factories.make_graded_run(visibility="private")
    html = read(page_of(run))
    assert "This run cannot be published" in html
    assert 'value="approve"' not in html
    assert 'value="reject"' in html
    assert decide(client, run).status_code == 400
    assert state_of(run) == RunState.REVIEW


@pytest.mark.parametrize("action", ["reject", "quarantine", "rerun"])
def test_each_decision_that_the_state_allows_can_be_made(
    client: Client, minh: User, action: str
) -> None:
    run = factories.make_graded_run()
    assert decide(client, run, decision=action).status_code == 302
    assert Decision.objects.get(run=run).action == action


def test_a_published_run_is_replaced_by_the_newer_one_that_is_named(
    client: Client, minh: User, read: Read
) -> None:
    old = factories.make_published_run(model_name="Same VLM")
    assert 'value="supersede"' not in read(page_of(old))
    new = factories.make_published_run(model_name="Same VLM", base_url="https://9.9.9.9/v1")
    assert 'value="supersede"' in read(page_of(old))
    answer = decide(client, old, decision="supersede", successor=str(new.public_id))
    assert answer.status_code == 302
    assert state_of(old) == RunState.SUPERSEDED
    assert old.superseded_by == new
    assert "A newer run has taken its place" in read(page_of(old))
    assert page_of(new) in read(page_of(old))


def test_a_run_that_is_not_graded_has_no_page(client: Client, minh: User) -> None:
    run = factories.make_run(RunState.EVALUATING)
    for name in ("detail", "difference"):
        assert client.get(reverse(f"review:{name}", args=[run.public_id])).status_code == 404


def test_a_rerun_leads_to_the_run_that_it_repeats(client: Client, minh: User, read: Read) -> None:
    run = factories.make_graded_run()
    decide(client, run, decision="rerun", reason="The server was away.")
    again = run.reruns.select_related("submission", "benchmark").get()
    factories.start(again)
    factories.generate(again)
    ingest(again, **factories.deliver(again).arguments())
    assert page_of(run) in read(page_of(again))


def test_forms_without_their_token_are_refused(minh: User) -> None:
    run = factories.make_graded_run()
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(minh)
    assert decide(strict, run).status_code == 403
    assert decide_many(strict, chosen(run)).status_code == 403
    assert state_of(run) == RunState.REVIEW


def test_nothing_is_decided_by_looking(client: Client, minh: User) -> None:
    run = factories.make_graded_run()
    for name, args in (("decide", [run.public_id]), ("decide-many", [])):
        url = reverse(f"review:{name}", args=args)
        assert client.get(url, decision(run)).status_code == 405


def test_what_was_typed_is_shown_as_text(client: Client, minh: User, read: Read) -> None:
    run = factories.make_graded_run()
    decide(client, run, reason="</textarea><script>alert(1)</script>")
    for url in (page_of(run), "/changelog/"):
        assert "<script>alert" not in read(url)


def test_going_on_stays_within_the_filter(minh: User, read: Read) -> None:
    runs = [
        factories.make_graded_run(model_name=f"{name} VLM") for name in ("Kite", "Bolt", "Kite")
    ]
    html = read(page_of(runs[0]), q="kite")
    assert f'rel="next" href="{page_of(runs[2])}?q=kite"' in html
    assert 'rel="prev"' not in html
    assert str(runs[1].public_id) not in html


def test_the_audit_trail_names_who_and_why(client: Client, minh: User, read: Read) -> None:
    run = factories.make_graded_run()
    quarantine(run, factories.make_reviewer("rosa"), "Too good to be true.")
    decide(client, run, decision="reopen", reason="The submitter explained it.")
    html = read(page_of(run))
    for text in ("rosa", "Too good to be true.", "minh", "The submitter explained it."):
        assert text in html


# --- Since the previous run -------------------------------------------------------------------------


@pytest.fixture
def pair() -> tuple[Run, Run]:
    """Two runs of one model: the second one forgot much, and was served otherwise."""
    before = factories.make_graded_run(knows_first(8), model_name="One VLM")
    now = factories.make_graded_run(knows_first(2), model_name="One VLM", precision="awq_int4")
    return before, now


def difference_of(run: Run) -> str:
    return reverse("review:difference", args=[run.public_id])


def test_the_difference_is_paired_and_leads_to_the_answers(
    minh: User, read: Read, pair: tuple[Run, Run]
) -> None:
    before, now = pair
    html = read(difference_of(now), part=True)
    found = compare_runs(now, before)
    assert numbers.points(found.whole.difference) in html
    assert numbers.interval_in_points(found.whole.low, found.whole.high) in html
    for place in found.dimensions:
        assert numbers.points(place.result.difference) in html
    assert f"/runs/{now.public_id}/samples/" in html
    assert "AWQ INT4" in html
    assert "were right and are wrong now" in html


def test_a_first_run_has_nothing_to_be_held_against(client: Client, minh: User, read: Read) -> None:
    run = factories.make_graded_run()
    factories.make_graded_run(model_name="Other VLM")
    assert "There is nothing to compare with" in read(page_of(run))
    assert client.get(difference_of(run)).status_code == 404


def test_runs_by_other_rules_are_not_set_against_each_other(
    minh: User, read: Read, pair: tuple[Run, Run]
) -> None:
    before, now = pair
    Run.objects.filter(pk=before.pk).update(protocol="other@1")
    html = read(difference_of(now), part=True)
    assert "graded by different protocols" in html
    assert "<table" not in html


def test_the_previous_run_is_the_newest_alike(minh: User, read: Read) -> None:
    runs = [factories.make_graded_run(model_name="One VLM") for _ in range(3)]
    Run.objects.filter(pk=runs[1].pk).update(protocol="other@1")
    assert f'href="{page_of(runs[0])}"' in read(difference_of(runs[2]), part=True)


# --- Cost -------------------------------------------------------------------------------------------


def test_pages_cost_a_fixed_number_of_queries(
    client: Client, minh: User, django_assert_num_queries: Any
) -> None:
    runs = [factories.make_graded_run(knows_first(n), model_name="One VLM") for n in (5, 7)]
    approve(runs[0], minh, "made by a test")
    costs = {
        QUEUE: QUEUE_QUERIES,
        page_of(runs[1]): PAGE_QUERIES,
        difference_of(runs[1]): DIFFERENCE_QUERIES,
    }
    for url, number in costs.items():
        with django_assert_num_queries(number):
            client.get(url)
    for _ in range(2):
        factories.make_graded_run(model_name="Another VLM")
    for url, number in costs.items():
        with django_assert_num_queries(number):
            client.get(url)
