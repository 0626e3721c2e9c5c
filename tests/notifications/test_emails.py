"""E-mails about runs: chosen by the user, and only from a site that sends any."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail
from django.test import Client
from pytest_django import Settings

from leaderboard.notifications import tasks
from leaderboard.notifications.models import EmailChoice, Event
from leaderboard.notifications.services import EMAIL_TASK
from tests.factories import make_graded_run, make_user

pytestmark = pytest.mark.django_db

CHOICE = "/account/notifications/emails/"


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Run the tasks at once, as the worker would; the names of those that were sent."""
    names: list[str] = []

    def send_task(name: str, args: list[Any]) -> None:
        names.append(name)
        if name == EMAIL_TASK:
            tasks.email(*args)

    monkeypatch.setattr("leaderboard.notifications.services.app.send_task", send_task)
    return names


def graded(capture: Any, **user: Any) -> Any:
    submitter = make_user(email="ann@example.org", **user)
    EmailChoice.objects.create(user=submitter, events=[Event.FINISHED])
    with capture(execute=True):
        return make_graded_run(user=submitter, model_name="Tiny VLM")


def test_a_chosen_event_is_told(
    settings: Settings, sent: list[str], django_capture_on_commit_callbacks: Any
) -> None:
    settings.EMAIL_URL = "smtp://mail.example.org"
    settings.PUBLIC_URL = "https://board.example.org"
    run = graded(django_capture_on_commit_callbacks)
    (message,) = mail.outbox
    assert message.to == ["ann@example.org"]
    assert message.subject.startswith("run finished: Tiny VLM on ")
    assert message.body == f"https://board.example.org/runs/{run.public_id}/"


def test_a_site_without_e_mail_sends_none(
    settings: Settings, sent: list[str], django_capture_on_commit_callbacks: Any
) -> None:
    settings.EMAIL_URL = ""
    graded(django_capture_on_commit_callbacks)
    assert EMAIL_TASK not in sent


def test_the_choice_is_made_on_the_page() -> None:
    user = make_user()
    client = Client()
    client.force_login(user)
    client.post(CHOICE, {"events": [Event.FAILED.value]})
    assert EmailChoice.objects.get().events == ["run.failed"]
    client.post(CHOICE, {})
    assert EmailChoice.objects.get().events == []
