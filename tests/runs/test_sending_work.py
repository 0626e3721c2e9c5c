"""Sending to the queues: once when all is well, later when the broker is away, never before the commit."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from celery import Celery
from django.db import connection, transaction
from django.utils import timezone

from evaluator.messages import ENDPOINT_QUEUE, EVALUATE_TASK, WORKERS_UNACKED_KEY
from evaluator.spec import EvaluationSpec
from leaderboard.core.redis import client
from leaderboard.runs import dispatch
from leaderboard.runs.dispatch import (
    LOST_AFTER,
    RESEND_AFTER,
    forget_lost,
    resend_unsent,
    send_if_unsent,
)
from leaderboard.runs.models import Submission
from leaderboard.runs.progress import queue_position, running_now
from leaderboard.runs.services import cancel
from leaderboard.runs.states import RunState
from leaderboard.runs.tasks import reap_lost_runs
from tests.factories import make_run, make_submission, start

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _empty_queue() -> Iterator[None]:
    client().delete(ENDPOINT_QUEUE)
    yield
    client().delete(ENDPOINT_QUEUE)


def messages() -> list[tuple[dict[str, Any], EvaluationSpec]]:
    """Return the headers and the spec of each message that waits for an endpoint worker, oldest first."""
    found = []
    for text in reversed(client().lrange(ENDPOINT_QUEUE, 0, -1)):
        envelope = json.loads(text)
        args, _kwargs, _embed = json.loads(base64.b64decode(envelope["body"]))
        found.append((envelope["headers"], EvaluationSpec.from_json(args[0])))
    return found


def later() -> Any:
    return timezone.now() + RESEND_AFTER + timedelta(seconds=1)


def test_a_submission_is_one_message_with_the_spec() -> None:
    submission = make_submission(api_key="sk-planted")

    ((headers, spec),) = messages()

    assert headers["task"] == EVALUATE_TASK
    assert spec.submission == str(submission.public_id)
    assert spec.model.api_key_sealed == submission.api_key_sealed != ""
    assert submission.api_key_sealed not in json.dumps(headers), "what Celery logs"
    submission.refresh_from_db()
    assert submission.sent_at is not None


def test_nothing_is_sent_before_the_commit_nor_after_a_rollback() -> None:
    with transaction.atomic():
        make_submission()
        assert messages() == []
        transaction.set_rollback(True)

    assert messages() == []
    assert resend_unsent(later()) == 0


def test_while_the_broker_is_away_a_submission_waits_and_is_sent_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as away:
        away.setattr(dispatch, "app", Celery(broker="redis://127.0.0.1:1/0"))
        submission = make_submission()
        assert resend_unsent(later()) == 0

    submission.refresh_from_db()
    assert submission.sent_at is None
    assert submission.runs.get().state == RunState.QUEUED
    assert resend_unsent(later()) == 1
    assert len(messages()) == 1


def test_what_was_not_sent_is_sent_later_and_once() -> None:
    submission = make_submission()
    client().delete(ENDPOINT_QUEUE)
    Submission.objects.filter(pk=submission.pk).update(sent_at=None)

    assert resend_unsent(timezone.now()) == 0, "its own transaction may be about to send it"
    assert resend_unsent(later()) == 1
    assert resend_unsent(later()) == 0

    ((_headers, spec),) = messages()
    assert spec.submission == str(submission.public_id)


def test_beat_sends_what_was_not_sent() -> None:
    submission = make_submission()
    client().delete(ENDPOINT_QUEUE)
    Submission.objects.filter(pk=submission.pk).update(sent_at=None)
    submission.runs.update(state_since=timezone.now() - 2 * RESEND_AFTER)

    reap_lost_runs()

    assert len(messages()) == 1


def test_a_cancelled_submission_is_not_sent() -> None:
    submission = make_submission()
    client().delete(ENDPOINT_QUEUE)
    Submission.objects.filter(pk=submission.pk).update(sent_at=None)
    cancel(submission, submission.submitter)

    assert resend_unsent(later()) == 0
    assert messages() == []


def test_two_senders_at_once_send_once() -> None:
    submission = make_submission()
    client().delete(ENDPOINT_QUEUE)
    Submission.objects.filter(pk=submission.pk).update(sent_at=None)
    together = Barrier(3)

    def one_sender(_number: int) -> None:
        try:
            together.wait(timeout=20)
            send_if_unsent(submission.pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as threads:
        list(threads.map(one_sender, range(3)))

    assert len(messages()) == 1


def test_the_place_in_the_queue_counts_who_was_sent_before() -> None:
    first, second, third = (make_submission() for _ in range(3))
    other_queue = make_submission(
        kind="checkpoint", base_url="", served_name="", source="a/b", engine="transformers"
    )
    for submission in (first, second, third, other_queue):
        submission.refresh_from_db()

    assert [queue_position(s) for s in (first, second, third)] == [0, 1, 2]
    assert queue_position(other_queue) == 0
    assert running_now(ENDPOINT_QUEUE) == 0

    start(first.runs.get())
    assert [queue_position(s) for s in (first, second, third)] == [None, 0, 1]
    assert running_now(ENDPOINT_QUEUE) == 1

    Submission.objects.filter(pk=second.pk).update(sent_at=None)
    second.refresh_from_db()
    assert [queue_position(s) for s in (second, third)] == [1, 0], "unsent ones stand behind"


def test_a_finished_run_has_no_place_in_the_queue() -> None:
    assert queue_position(make_run(RunState.FAILED).submission) is None


def test_what_the_broker_lost_is_sent_again() -> None:
    submission = make_submission()
    much_later = timezone.now() + LOST_AFTER + timedelta(seconds=1)

    assert forget_lost(much_later) == 0, "its message is in the queue"
    client().delete(ENDPOINT_QUEUE)
    assert forget_lost() == 0, "it was sent a moment ago"
    client().hset(WORKERS_UNACKED_KEY, "tag", "a message that a worker holds")
    assert forget_lost(much_later) == 0, "a worker may hold it"
    client().delete(WORKERS_UNACKED_KEY)
    assert forget_lost(much_later) == 1
    assert resend_unsent(later()) == 1
    ((_, spec),) = messages()
    assert spec.submission == str(submission.public_id)
