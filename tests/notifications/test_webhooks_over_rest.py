"""Webhooks over REST: made with a secret that is told once, changed, tried, deleted, and only one's own."""

from __future__ import annotations

import hashlib
import hmac
import time
from base64 import b64decode, b64encode
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, transaction
from pytest_django import Settings

from leaderboard.accounts.models import User
from leaderboard.accounts.roles import Scope
from leaderboard.accounts.services import issue_token
from leaderboard.notifications.models import Delivery, Webhook
from leaderboard.notifications.services import MOST_WEBHOOKS, create_webhook, deliver
from tests.api.conftest import ROOT, Api, assert_problem
from tests.factories import break_down, make_run, make_user
from tests.notifications.conftest import Receiver

pytestmark = pytest.mark.django_db

URL = "https://8.8.8.8/hook"


@pytest.fixture
def user() -> User:
    return make_user()


@pytest.fixture
def api(user: User) -> Api:
    return Api(user)


def make(api: Api, url: str = URL, events: Any = ("run.failed",)) -> Any:
    answer = api.post("webhooks", {"url": url, "events": list(events)})
    assert answer.status_code == 201, answer.content
    return answer.json()


def change(api: Api, hook: Any, **body: Any) -> Any:
    path = f"{ROOT}webhooks/{hook['id']}"
    return api.client.patch(path, body, content_type="application/json")


def test_the_secret_is_told_once_and_signs_what_is_sent(
    api: Api,
    receiver: Receiver,
) -> None:
    hook = make(api, receiver.url)
    delivery = api.post(f"webhooks/{hook['id']}/test")
    assert delivery.status_code == 202
    deliver(Delivery.objects.get().pk)
    ((told, body),) = receiver.messages
    signed = f"{told['webhook-id']}.{told['webhook-timestamp']}.{body}".encode()
    key = b64decode(hook["secret"].removeprefix("whsec_"))
    expected = b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert told["webhook-signature"] == f"v1,{expected}"
    assert told["webhook-id"] == delivery.json()["id"]
    for path in ("webhooks", f"webhooks/{hook['id']}", f"webhooks/{hook['id']}/deliveries"):
        assert hook["secret"] not in api.get(path).content.decode()


def test_where_a_new_one_is_read_is_told(api: Api) -> None:
    answer = api.post("webhooks", {"url": URL, "events": ["run.failed"]})
    assert answer["Cache-Control"] == "no-store"
    shown = api.client.get(answer["Location"]).json()
    assert shown == {k: v for k, v in answer.json().items() if k != "secret"}
    assert api.get("webhooks").json() == [shown]


def test_address_and_events_are_changed_alone_or_together(api: Api) -> None:
    hook = make(api)
    assert change(api, hook, events=["run.published"]).json()["url"] == URL
    other = "https://8.8.4.4/hook"
    assert change(api, hook, url=other).json()["events"] == ["run.published"]
    assert change(api, hook).json()["url"] == other
    stored = Webhook.objects.get()
    assert (stored.url, stored.events) == (other, ["run.published"])


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"url": "http://127.0.0.1/hook"}, "url"),
        ({"url": "http://169.254.169.254/latest"}, "url"),
        ({"url": "https://user:pass@8.8.8.8/"}, "url"),
        ({"url": "ftp://8.8.8.8/"}, "url"),
        ({"events": []}, "events"),
        ({"events": ["run.failed", "run.failed"]}, "events"),
        ({"events": ["run.exploded"]}, "events"),
        ({"secret": "whsec_mine"}, "secret"),
        ({"evnets": ["run.failed"]}, "evnets"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_changed(
    api: Api, settings: Settings, body: dict[str, Any], field: str
) -> None:
    settings.ENDPOINT_ALLOWED_NETWORKS = []
    hook = make(api)
    before = Webhook.objects.values().get()
    whole = {"url": URL, "events": ["run.failed"]} | body
    for answer in (change(api, hook, **body), api.post("webhooks", whole)):
        problem = assert_problem(answer, 400, "validation")
        assert {error["field"].partition(".")[0] for error in problem["errors"]} == {field}
    assert Webhook.objects.values().get() == before


def test_there_is_a_most_of_them(api: Api) -> None:
    for _number in range(MOST_WEBHOOKS):
        make(api)
    answer = api.post("webhooks", {"url": URL, "events": ["run.failed"]})
    assert assert_problem(answer, 400, "validation")["errors"][0]["code"] == "too_many"
    assert Webhook.objects.count() == MOST_WEBHOOKS


@pytest.mark.django_db(transaction=True)
def test_two_made_at_once_do_not_both_take_the_last_place(user: User) -> None:
    for _number in range(MOST_WEBHOOKS - 1):
        create_webhook(user, URL, ["run.failed"])

    def post() -> int:
        try:
            return int(
                Api(user).post("webhooks", {"url": URL, "events": ["run.failed"]}).status_code
            )
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            create_webhook(user, URL, ["run.failed"])
            other = pool.submit(post)
            while not other.done() and not somebody_waits():
                time.sleep(0.01)
        assert other.result() == 400
    assert user.webhooks.count() == MOST_WEBHOOKS


def somebody_waits() -> bool:
    """Whether a lock is waited for."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
        return bool(cursor.fetchone()[0])


def test_a_deleted_one_is_gone_with_its_log(api: Api) -> None:
    hook = make(api)
    api.post(f"webhooks/{hook['id']}/test")
    path = f"webhooks/{hook['id']}"
    assert api.client.delete(ROOT + path).status_code == 204
    assert not Delivery.objects.exists()
    assert_problem(api.get(path), 404, "not-found")
    assert_problem(api.client.delete(ROOT + path), 404, "not-found")


def test_the_log_says_what_was_sent_and_what_came_of_it(
    api: Api,
    user: User,
    receiver: Receiver,
) -> None:
    receiver.status = 503
    hook = make(api, receiver.url)
    run = make_run(user=user)
    break_down(run)
    deliver(Delivery.objects.get().pk)
    (told,) = api.get(f"webhooks/{hook['id']}/deliveries").json()["results"]
    assert (told["event"], told["state"], told["attempts"]) == ("run.failed", "pending", 1)
    assert told["status_code"] == 503
    assert told["next_at"] > told["tried_at"]
    assert told["body"]["data"]["run"] == str(run.public_id)


def test_the_log_comes_in_pages_newest_first(api: Api) -> None:
    hook = make(api)
    path = f"webhooks/{hook['id']}"
    sent = [api.post(f"{path}/test").json()["id"] for _ in range(5)]
    page = api.get(f"{path}/deliveries", {"page_size": 2}).json()
    api.post(f"{path}/test")
    found = [one["id"] for one in page["results"]]
    while page["next"]:
        page = api.client.get(page["next"]).json()
        found += [one["id"] for one in page["results"]]
    assert found == sent[::-1]


def test_those_of_others_do_not_exist_even_for_administrators(api: Api, user: User) -> None:
    hook = make(api)
    for other in (Api(make_user()), Api(make_user(is_staff=True, is_superuser=True))):
        assert other.get("webhooks").json() == []
        for path in (f"webhooks/{hook['id']}", f"webhooks/{hook['id']}/deliveries"):
            assert_problem(other.get(path), 404, "not-found")
        assert_problem(change(other, hook, url=URL), 404, "not-found")
        assert_problem(other.post(f"webhooks/{hook['id']}/test"), 404, "not-found")
        assert other.client.delete(f"{ROOT}webhooks/{hook['id']}").status_code == 404
    assert user.webhooks.count() == 1


def test_a_token_that_may_only_read_changes_nothing(user: User, api: Api) -> None:
    hook = make(api)
    token = issue_token(user, "reader", scopes=[Scope.READ])[1]
    reader = Api(None, Authorization=f"Bearer {token}")
    assert reader.get("webhooks").status_code == 200
    for answer in (
        reader.post("webhooks", {"url": URL, "events": ["run.failed"]}),
        change(reader, hook, url=URL),
        reader.client.delete(f"{ROOT}webhooks/{hook['id']}"),
        reader.post(f"webhooks/{hook['id']}/test"),
    ):
        assert_problem(answer, 403, "missing-scope")


def test_without_a_token_there_are_none() -> None:
    assert_problem(Api().get("webhooks"), 401, "not-authenticated")
