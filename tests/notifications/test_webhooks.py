"""Webhooks: which events go to whom, signatures, retries, and addresses that are not asked."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64decode, b64encode
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from leaderboard.accounts.models import User
from leaderboard.core.sealing import kept
from leaderboard.notifications.models import Delivery, Event, Webhook
from leaderboard.notifications.services import BACKOFF, create_webhook, deliver, send_test
from leaderboard.review.services import approve
from leaderboard.runs.states import RunState
from tests.factories import break_down, make_graded_run, make_reviewer, make_run, make_user
from tests.notifications.conftest import Receiver

pytestmark = pytest.mark.django_db

EVERYTHING = [event.value for event in Event]
HOME = "/account/notifications/"


def events_of(hook: Webhook) -> list[str]:
    return list(hook.deliveries.order_by("id").values_list("event", flat=True))


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_a_submitter_is_told_of_the_end_and_of_publication(
    django_capture_on_commit_callbacks: Any,
) -> None:
    user, reviewer = make_user(), make_reviewer()
    own, _secret = create_webhook(user, "https://8.8.8.8/hook", EVERYTHING)
    theirs, _secret = create_webhook(reviewer, "https://8.8.8.8/hook", EVERYTHING)
    with django_capture_on_commit_callbacks(execute=True):
        run = make_graded_run(user=user)
    approve(run, reviewer, "made by a test")
    break_down(make_run(RunState.EVALUATING, user))
    assert events_of(own) == ["run.finished", "run.published", "run.failed"]
    assert events_of(theirs) == ["run.needs_review"]


def test_only_wanted_events_are_sent() -> None:
    user = make_user()
    hook, _secret = create_webhook(user, "https://8.8.8.8/hook", [Event.FAILED])
    make_graded_run(user=user)
    assert events_of(hook) == []


def test_what_the_rule_publishes_needs_no_review(django_capture_on_commit_callbacks: Any) -> None:
    hook, _secret = create_webhook(make_reviewer(), "https://8.8.8.8/hook", EVERYTHING)
    with django_capture_on_commit_callbacks(execute=True):
        run = make_graded_run(user=make_user(trusted_submitter=True))
    run.refresh_from_db()
    assert run.state == RunState.PUBLISHED
    assert events_of(hook) == []


def test_the_signature_is_over_id_timestamp_and_body(receiver: Receiver) -> None:
    hook, secret = create_webhook(make_user(), receiver.url, EVERYTHING)
    delivery = send_test(hook)
    assert deliver(delivery.pk)
    ((told, body),) = receiver.messages
    signed = f"{told['webhook-id']}.{told['webhook-timestamp']}.{body}".encode()
    key = b64decode(secret.removeprefix("whsec_"))
    expected = b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert told["webhook-signature"] == f"v1,{expected}"
    assert told["webhook-id"] == str(delivery.message_id)
    assert json.loads(body)["type"] == "test"
    delivery.refresh_from_db()
    assert (delivery.state, delivery.status_code, delivery.attempts) == ("delivered", 204, 1)


def test_a_delivered_message_is_not_sent_again(receiver: Receiver) -> None:
    delivery = send_test(create_webhook(make_user(), receiver.url, EVERYTHING)[0])
    assert deliver(delivery.pk)
    assert not deliver(delivery.pk)
    assert len(receiver.messages) == 1


def test_what_is_not_taken_is_sent_again_ever_later_and_given_up(receiver: Receiver) -> None:
    receiver.status = 500
    delivery = send_test(create_webhook(make_user(), receiver.url, EVERYTHING)[0])
    for attempt, wait in enumerate(BACKOFF, start=1):
        assert deliver(delivery.pk)
        assert not deliver(delivery.pk), "not due yet"
        delivery.refresh_from_db()
        assert (delivery.state, delivery.attempts, delivery.status_code) == (
            "pending",
            attempt,
            500,
        )
        assert delivery.tried_at is not None
        assert delivery.next_at - delivery.tried_at >= wait
        Delivery.objects.update(next_at=timezone.now() - timedelta(seconds=1))
    assert deliver(delivery.pk)
    delivery.refresh_from_db()
    assert delivery.state == "failed"
    ids = {told["webhook-id"] for told, _body in receiver.messages}
    assert (len(receiver.messages), len(ids)) == (len(BACKOFF) + 1, 1)


def test_a_receiver_that_comes_back_gets_the_message(receiver: Receiver) -> None:
    receiver.status = 503
    delivery = send_test(create_webhook(make_user(), receiver.url, EVERYTHING)[0])
    deliver(delivery.pk)
    receiver.status = 200
    Delivery.objects.update(next_at=timezone.now())
    deliver(delivery.pk)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.error) == ("delivered", "")


def test_redirects_are_not_followed(receiver: Receiver) -> None:
    receiver.status, receiver.location = 302, "http://127.0.0.1:1/elsewhere"
    delivery = send_test(create_webhook(make_user(), receiver.url, EVERYTHING)[0])
    deliver(delivery.pk)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.status_code) == ("pending", 302)
    assert len(receiver.messages) == 1


def test_an_address_that_has_become_forbidden_is_not_asked(
    receiver: Receiver, settings: Settings
) -> None:
    delivery = send_test(create_webhook(make_user(), receiver.url, EVERYTHING)[0])
    settings.ENDPOINT_ALLOWED_NETWORKS = []
    deliver(delivery.pk)
    delivery.refresh_from_db()
    assert "refused" in delivery.error
    assert not receiver.messages


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/hook",
        "http://169.254.169.254/latest/meta-data",
        "http://2130706433/hook",
        "http://[::ffff:10.0.0.1]/hook",
        "ftp://8.8.8.8/hook",
        "https://user:pass@8.8.8.8/hook",
    ],
)
def test_forbidden_addresses_make_no_webhook(url: str, settings: Settings) -> None:
    settings.ENDPOINT_ALLOWED_NETWORKS = []
    answer = signed_in(make_user()).post(f"{HOME}webhooks/", {"url": url, "events": EVERYTHING})
    assert answer.status_code == 400
    assert not Webhook.objects.exists()


def test_the_secret_is_shown_once_and_not_stored_in_clear() -> None:
    user = make_user()
    client = signed_in(user)
    url = "https://8.8.8.8/hook"
    page = client.post(f"{HOME}webhooks/", {"url": url, "events": EVERYTHING})
    hook = user.webhooks.get()
    secret = kept(hook.secret)
    assert secret.startswith("whsec_")
    assert secret in page.content.decode().replace("&#x2B;", "+")
    assert secret not in hook.secret
    for path in (HOME, f"{HOME}webhooks/{hook.pk}/"):
        assert secret not in client.get(path).content.decode()


def test_the_log_tells_what_came_of_a_test(receiver: Receiver) -> None:
    receiver.status = 410
    user = make_user()
    hook, _secret = create_webhook(user, receiver.url, EVERYTHING)
    client = signed_in(user)
    client.post(f"{HOME}webhooks/{hook.pk}/test/")
    deliver(hook.deliveries.get().pk)
    page = client.get(f"{HOME}webhooks/{hook.pk}/").content.decode()
    assert "410" in page
    assert str(hook.deliveries.get().message_id) in page


def test_webhooks_of_others_are_not_seen_and_not_used() -> None:
    hook, _secret = create_webhook(make_user(), "https://8.8.8.8/hook", EVERYTHING)
    client = signed_in(make_user(is_superuser=True))
    assert client.get(f"{HOME}webhooks/{hook.pk}/").status_code == 404
    for action in ("test", "delete"):
        assert client.post(f"{HOME}webhooks/{hook.pk}/{action}/").status_code == 404
    assert Webhook.objects.exists()
    assert hook.url not in client.get(HOME).content.decode()
