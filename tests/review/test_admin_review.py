"""Reviewing in the admin: list, detail, decisions with a reason, and nothing that can be edited."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from leaderboard.accounts.models import User
from leaderboard.boards.models import BoardVersion
from leaderboard.results.models import Score
from leaderboard.review.actions import CHOICES
from leaderboard.review.models import Decision
from leaderboard.runs.models import Run, RunEvent
from leaderboard.runs.states import RunState
from tests.factories import (
    make_graded_run,
    make_published_run,
    make_reviewer,
    make_run,
    make_user,
)
from tests.small_set import knows_first

pytestmark = pytest.mark.django_db

LIST = "admin:runs_run_changelist"


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def reviewer() -> User:
    return make_reviewer("rosa")


@pytest.fixture
def client(reviewer: User) -> Client:
    return signed_in(reviewer)


def detail(client: Client, run: Run) -> str:
    response = client.get(reverse("admin:runs_run_change", args=[run.pk]))
    assert response.status_code == 200
    return response.content.decode()


def act(client: Client, action: str, *runs: Run, **fields: str) -> Any:
    data = {"action": action, "_selected_action": [run.pk for run in runs]} | fields
    return client.post(reverse(LIST), data)


def decide(client: Client, action: str, *runs: Run, reason: str = "") -> Any:
    return act(client, action, *runs, confirm="yes", reason=reason)


def test_the_list_shows_what_a_reviewer_needs(client: Client) -> None:
    make_graded_run(knows_first(6), user=make_user("ana"), model_name="Kestrel")
    page = client.get(reverse(LIST)).content.decode()
    for text in (
        "Kestrel BF16",
        "MMBench",
        'data-state="review"',
        "75.0",
        'data-status="pass"',
        "ana",
    ):
        assert text in page


def test_the_list_names_the_checks_that_do_not_pass(client: Client) -> None:
    make_graded_run(lambda _item: "Hm.")
    page = client.get(reverse(LIST)).content.decode()
    assert 'data-status="fail">Unparsed answers' in page
    assert "all pass" not in page


def test_a_run_that_is_not_graded_has_dashes(client: Client) -> None:
    make_run(RunState.EVALUATING)
    assert client.get(reverse(LIST)).content.decode().count("—") >= 2


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"state__exact": "review"}, {"Kestrel"}),
        ({"state__exact": "published"}, {"Plover"}),
        ({"q": "kestr"}, {"Kestrel"}),
        ({"q": "ana"}, {"Plover"}),
        ({"benchmark__id__exact": "{benchmark}"}, {"Kestrel", "Plover"}),
        ({"submission__submitter__id__exact": "{ana}"}, {"Plover"}),
        ({"o": "4"}, {"Kestrel", "Plover"}),
        ({"o": "-7"}, {"Kestrel", "Plover"}),
    ],
)
def test_the_list_is_filtered_searched_and_sorted(
    client: Client, query: dict[str, str], names: set[str]
) -> None:
    ana = make_user("ana")
    run = make_graded_run(model_name="Kestrel", user=make_user("ben"))
    make_published_run(model_name="Plover", user=ana)
    values = {"ana": str(ana.pk), "benchmark": str(run.benchmark_id)}
    response = client.get(reverse(LIST), {k: v.format(**values) for k, v in query.items()})
    assert response.status_code == 200
    found = {r.submission.variant.model.name for r in response.context["cl"].queryset}
    assert found == names


def test_a_run_is_found_by_its_public_id(client: Client) -> None:
    run = make_graded_run()
    make_graded_run(model_name="Other")
    response = client.get(reverse(LIST), {"q": str(run.public_id)})
    assert [r.pk for r in response.context["cl"].queryset] == [run.pk]


def test_the_list_costs_the_same_whatever_its_length(
    client: Client, django_assert_num_queries: Any
) -> None:
    make_graded_run(model_name="Model 0")
    client.get(reverse(LIST))
    with CaptureQueriesContext(connection) as one:
        client.get(reverse(LIST))
    for n in range(1, 4):
        make_graded_run(model_name=f"Model {n}", user=make_user())
    with django_assert_num_queries(len(one)):
        client.get(reverse(LIST))


def test_the_detail_shows_checks_scores_decisions_and_the_audit_trail(client: Client) -> None:
    run = make_published_run(model_name="Kestrel")
    page = detail(client, run)
    decision = run.decisions.get()
    for text in (
        "Completeness",
        "coarse_perception",
        "100.0",
        str(decision.reviewer),
        "made by a test",
        "review → published",
        "queued → starting",
        "worker-1",
        run.artifact_sha256,
        reverse("runs:detail", args=[run.public_id]),
    ):
        assert text in page, text


def test_the_detail_offers_what_the_state_allows_by_post_only(client: Client) -> None:
    offered = {
        RunState.REVIEW: {"approve", "reject", "quarantine", "rerun"},
        RunState.PUBLISHED: {"reject", "reopen", "quarantine", "supersede", "rerun"},
        RunState.QUARANTINED: {"approve", "reject", "reopen", "rerun"},
        RunState.SUPERSEDED: {"reject", "reopen", "quarantine", "rerun"},
        RunState.REJECTED: {"reopen", "rerun"},
        RunState.FAILED: set(),
        RunState.EVALUATING: set(),
    }
    for state, actions in offered.items():
        page = detail(client, make_run(state, model_name=f"In {state}"))
        for action in CHOICES:
            button = f'name="action" value="{action}"'
            assert (button in page) == (action in actions), (state, action)


def test_approving_asks_first_and_then_publishes(client: Client, reviewer: User) -> None:
    run = make_graded_run()
    page = act(client, "approve", run)
    assert page.status_code == 200
    assert 'name="reason"' in page.content.decode()
    assert not Decision.objects.exists()

    answer = decide(client, "approve", run, reason="fine")
    assert answer.url == reverse("admin:runs_run_change", args=[run.pk])
    run.refresh_from_db()
    assert run.state == RunState.PUBLISHED
    assert BoardVersion.objects.get().rows.get().run == run
    trail = detail(client, run)
    assert "rosa" in trail
    assert "fine" in trail
    event = RunEvent.objects.filter(run=run, to_state="published").get()
    assert event.actor == reviewer


def test_approving_needs_a_reason(client: Client) -> None:
    run = make_graded_run()
    response = decide(client, "approve", run)
    assert response.status_code == 200
    assert "errorlist" in response.content.decode()
    run.refresh_from_db()
    assert run.state == RunState.REVIEW


def test_approving_lists_the_checks_that_do_not_pass(client: Client) -> None:
    run = make_graded_run(lambda _item: "Hm.")
    page = act(client, "approve", run).content.decode()
    assert "Unparsed answers: 100.0 % (threshold 30.0 %)" in page
    assert "Completeness" not in page


def test_rejecting_lists_no_checks(client: Client) -> None:
    run = make_graded_run(lambda _item: "Hm.")
    assert "Unparsed answers" not in act(client, "reject", run).content.decode()


def test_checks_are_readable(client: Client) -> None:
    run = make_graded_run(knows_first(6))
    page = detail(client, run)
    assert "100.0 %" in page
    assert "items: 32, responses: 32" in page
    assert "&quot;responses&quot;" not in page.partition("events-group")[0]


def test_the_history_is_the_audit_trail(client: Client) -> None:
    run = make_graded_run()
    page = reverse("admin:runs_run_change", args=[run.pk])
    answer = client.get(reverse("admin:runs_run_history", args=[run.pk]))
    assert answer.url == f"{page}#events-group"
    assert 'id="events-group"' in client.get(page).content.decode()


def test_decisions_are_among_the_recent_actions(client: Client) -> None:
    run = make_graded_run()
    decide(client, "approve", run, reason="fine")
    decide(client, "reopen", run, reason="a second look")
    decide(client, "reject", run, reason="no")
    entries = LogEntry.objects.filter(object_id=str(run.pk)).order_by("id")
    assert [entry.get_change_message() for entry in entries] == [
        "Approve and publish. fine",
        "Put back to review. a second look",
        "Reject. no",
    ]
    assert str(run) in client.get(reverse("admin:index")).content.decode()


@pytest.mark.parametrize("action", ["reject", "reopen"])
@pytest.mark.parametrize("reason", ["", "  "])
def test_rejecting_and_reopening_need_a_reason(client: Client, action: str, reason: str) -> None:
    run = make_published_run()
    response = decide(client, action, run, reason=reason)
    assert response.status_code == 200
    assert "errorlist" in response.content.decode()
    run.refresh_from_db()
    assert run.state == RunState.PUBLISHED


def test_rejecting_keeps_the_reason(client: Client) -> None:
    run = make_graded_run()
    decide(client, "reject", run, reason="Gold <b>leaked</b>.")
    run.refresh_from_db()
    assert run.state == RunState.REJECTED
    page = detail(client, run)
    assert "Gold &lt;b&gt;leaked&lt;/b&gt;." in page


def test_a_blocked_run_is_not_published_and_the_page_says_why(client: Client) -> None:
    run = make_graded_run(limit=32)
    assert "limited to the first 32 items" in act(client, "approve", run).content.decode()
    response = decide(client, "approve", run, reason="please")
    run.refresh_from_db()
    assert run.state == RunState.REVIEW
    assert "limited to the first 32 items" in client.get(response.url).content.decode()


def test_many_are_decided_on_and_those_that_cannot_be_are_left(client: Client) -> None:
    good = [make_graded_run(model_name=f"Good {n}") for n in range(2)]
    blocked = make_graded_run(model_name="Blocked", limit=32)
    failed = make_run(RunState.FAILED, model_name="Failed")
    response = decide(client, "approve", *good, blocked, failed, reason="looked at")
    assert response.url == reverse(LIST)
    page = client.get(response.url).content.decode()
    assert "2 runs: published." in page
    assert page.count("was left as it is") == 2
    states = dict(Run.objects.values_list("pk", "state"))
    assert states == {
        good[0].pk: "published",
        good[1].pk: "published",
        blocked.pk: "review",
        failed.pk: "failed",
    }


def test_an_address_with_get_decides_nothing(client: Client) -> None:
    run = make_graded_run()
    client.get(reverse(LIST), {"action": "approve", "_selected_action": run.pk, "confirm": "yes"})
    run.refresh_from_db()
    assert run.state == RunState.REVIEW


def test_a_decision_needs_the_csrf_token(reviewer: User) -> None:
    run = make_graded_run()
    client = Client(enforce_csrf_checks=True)
    client.force_login(reviewer)
    assert decide(client, "approve", run).status_code == 403


def test_staff_without_the_permission_see_and_decide_nothing() -> None:
    run = make_graded_run()
    client = signed_in(make_user(is_staff=True))
    assert client.get(reverse(LIST)).status_code == 403
    assert client.get(reverse("admin:runs_run_change", args=[run.pk])).status_code == 403
    assert decide(client, "approve", run).status_code == 403
    run.refresh_from_db()
    assert run.state == RunState.REVIEW


def test_who_may_only_view_runs_is_offered_no_decision() -> None:
    run = make_graded_run()
    viewer = make_user(is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_run"))
    client = signed_in(viewer)
    assert 'value="approve"' not in detail(client, run)
    decide(client, "approve", run)
    run.refresh_from_db()
    assert run.state == RunState.REVIEW


@pytest.fixture
def root() -> Client:
    return signed_in(User.objects.create_superuser("root"))


def test_not_even_a_superuser_edits_a_run(root: Client) -> None:
    run = make_graded_run()
    url = reverse("admin:runs_run_change", args=[run.pk])
    response = root.post(url, {"state": "published", "blockers": "[]"})
    assert response.status_code == 403
    run.refresh_from_db()
    assert run.state == RunState.REVIEW
    page = detail(root, run)
    assert 'name="state"' not in page
    assert 'name="_save"' not in page


@pytest.mark.parametrize("name", ["runs_run", "runs_submission", "boards_boardversion"])
def test_records_are_neither_added_nor_deleted(root: Client, name: str) -> None:
    run = make_published_run()
    pk = {
        "runs_run": run.pk,
        "runs_submission": run.submission_id,
        "boards_boardversion": BoardVersion.objects.get().pk,
    }[name]
    assert root.get(reverse(f"admin:{name}_change", args=[pk])).status_code == 200
    assert root.post(reverse(f"admin:{name}_change", args=[pk]), {}).status_code == 403
    assert root.get(reverse(f"admin:{name}_add")).status_code == 403
    assert root.post(reverse(f"admin:{name}_delete", args=[pk]), {"post": "yes"}).status_code == 403
    assert "delete_selected" not in root.get(reverse(f"admin:{name}_changelist")).content.decode()


def test_events_decisions_and_scores_have_no_page_of_their_own(root: Client) -> None:
    make_published_run()
    page = root.get(reverse("admin:index")).content.decode()
    for model in (RunEvent, Decision, Score):
        assert f"/{model._meta.app_label}/{model._meta.model_name}/" not in page


def test_the_sealed_key_is_on_no_page(root: Client) -> None:
    run = make_published_run(api_key="sk-planted")
    sealed = run.submission.api_key_sealed
    assert sealed
    for url in (
        reverse("admin:runs_submission_change", args=[run.submission_id]),
        reverse("admin:runs_submission_changelist"),
        reverse("admin:runs_run_change", args=[run.pk]),
    ):
        page = root.get(url).content.decode()
        assert sealed not in page
        assert "sk-planted" not in page


def test_every_list_and_the_way_back_to_the_site(root: Client) -> None:
    make_published_run()
    index = root.get(reverse("admin:index")).content.decode()
    assert "VLM Leaderboard" in index
    assert '<a href="/">View site</a>' in index
    for name in (
        "accounts_user",
        "accounts_apitoken",
        "catalog_vlmmodel",
        "catalog_benchmark",
        "catalog_datasetversion",
        "runs_run",
        "runs_submission",
        "boards_boardversion",
    ):
        assert root.get(reverse(f"admin:{name}_changelist")).status_code == 200, name


def test_the_admin_speaks_chinese(root: Client) -> None:
    run = make_published_run()
    root.cookies["django_language"] = "zh-hans"
    index = root.get(reverse("admin:index")).content.decode()
    page = detail(root, run)
    for section in ("账号", "目录", "榜单", "运行"):
        assert section in index, section
    for english in ("Accounts", "Catalog", "Boards"):
        assert f">{english}<" not in index, english
    for english in ("Benchmark:", "State since:", "Limit:", "Data set:", "Protocol:", "Attempt:"):
        assert english not in page, english
