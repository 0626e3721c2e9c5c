"""Every address x every method x every role x every visibility, held against the reviewed table ``matrix.csv``.

The addresses come from the resolver: a new one without rows in the table fails. ``ACCESS_MATRIX=write`` writes what was
found; its difference is then to be reviewed like code. A cell is the status code, or ``login`` for a way to the sign-in
page. Beside the codes, no answer may hold a mark of a submission that its reader must not know of.
"""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib import admin
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from tests.access.scene import ROLES, SEES, STATES, Scene, build

MATRIX = Path(__file__).with_name("matrix.csv")
HEADER = ("method", "address", "submission", *ROLES)
METHODS = ("get", "post", "patch", "put", "delete")
PAIR = "VD_math_1_q0"
ANY = "-"
"""Stands for the submission where the address names none."""
NOT_ALLOWED, ASK_FIRST = "405", "401"

BODIES = {("patch", "api/v1/submissions/<uuid:public_id>"): {"visibility": "public"}}
"""What is sent where an empty body would be refused before anybody asks who sends it."""

QUERIES = {
    "compare/": "?runs={run},{other}",
    "compare/differences.csv": "?runs={run},{other}",
    "api/v1/comparisons": "?runs={run},{other}",
}
"""Addresses that name runs in their query."""

Key = tuple[str, str, str]
Row = tuple[str, ...]


@dataclass(frozen=True)
class Place:
    """An address as the resolver writes it."""

    route: str

    @property
    def states(self) -> tuple[str, ...]:
        named = "public_id" in self.route or "models/<" in self.route or self.route in QUERIES
        return STATES if named else (ANY,)

    def url(self, scene: Scene, state: str) -> str:
        """Return the address of one submission. KeyError for a placeholder that ``_values`` does not fill."""
        run = scene.runs["public published" if state == ANY else state]
        values = _values(scene, run, self.route)
        path = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: values[found[1]], self.route)
        return f"/{path}{QUERIES.get(self.route, '').format(**values)}"


def _values(scene: Scene, run: Any, route: str) -> dict[str, str]:
    submission = "submissions/" in route
    return {
        "public_id": str(run.submission.public_id if submission else run.public_id),
        "run": str(run.public_id),
        "other": str(scene.other.public_id),
        "slug": run.submission.variant.model.slug if "models/" in route else run.benchmark.slug,
        "key": PAIR if "pairs/" in route else scene.item.key,
        "form": "csv",
        "sha256": scene.image,
        "pk": str(scene.hook.pk if "webhooks/" in route else scene.token.pk),
        "number": str(run.public_id),
        "uidb64": "MQ",
        "token": "no-token",
    }


def places() -> list[Place]:
    """Return every address of the site but those of Django's admin, which ``test_admin_pages`` is about."""
    return [Place(route) for route in _routes(get_resolver().url_patterns)]


def _routes(patterns: Any, before: str = "") -> Iterator[str]:
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield route
        elif route != "admin/":
            yield from _routes(pattern.url_patterns, route)


@pytest.mark.django_db
def test_every_address_answers_every_role_as_the_table_says(tmp_path: Path) -> None:
    scene = build()
    found, leaks = _ask_everything(scene)
    if os.environ.get("ACCESS_MATRIX") == "write":
        _write(found)
    known = _read()
    assert not leaks, "\n".join(leaks)
    missing = sorted(set(found) - set(known))
    assert not missing, f"addresses without a row in {MATRIX.name}: {missing}"
    gone = sorted(set(known) - set(found))
    assert not gone, f"rows of no address: {gone}"
    differing = [
        f"{key}: {known[key]} in the table, {found[key]} found"
        for key in found
        if found[key] != known[key]
    ]
    assert not differing, "\n".join(differing)


@pytest.mark.django_db
def test_admin_pages_are_for_staff_only() -> None:
    scene = build()
    for role in ("anonymous", "submitter", "member"):
        client = _client(scene, role)
        for path in _admin_paths():
            answer = client.get(path)
            assert answer.status_code == 302, (role, path)
            assert answer["Location"].startswith("/admin/login/"), (role, path)


def _admin_paths() -> list[str]:
    paths = [reverse("admin:index")]
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        paths += [
            reverse(f"{name}_changelist"),
            reverse(f"{name}_add"),
            reverse(f"{name}_change", args=[1]),
            reverse(f"{name}_delete", args=[1]),
        ]
    return paths


def _ask_everything(scene: Scene) -> tuple[dict[Key, Row], list[str]]:
    found: dict[Key, Row] = {}
    leaks: list[str] = []
    for place in places():
        for state in place.states:
            url = place.url(scene, state)
            for method in METHODS:
                body = BODIES.get((method, place.route), {})
                answers = {role: _ask(scene, role, method, url, body) for role in ROLES}
                row = tuple(_code(answers[role]) for role in ROLES)
                if set(row) <= {NOT_ALLOWED, ASK_FIRST}:
                    continue
                found[method, place.route, state] = row
                leaks += [
                    f"{role} reads {mark!r} at {method} {url}"
                    for role in ROLES
                    for mark in _leaked(scene, role, answers[role])
                    # Who asks for it by name hears the name again, and nothing else.
                    if mark not in url
                ]
    return found, leaks


def _client(scene: Scene, role: str) -> Client:
    """Return a new browser that holds the role's session, which is opened once."""
    client = Client(raise_request_exception=False)
    user = scene.users[role]
    if user is None:
        return client
    if role not in scene.sessions:
        client.force_login(user)
        scene.sessions[role] = client.cookies[settings.SESSION_COOKIE_NAME].value
    client.cookies[settings.SESSION_COOKIE_NAME] = scene.sessions[role]
    return client


def _ask(scene: Scene, role: str, method: str, url: str, body: dict[str, str]) -> Any:
    """Send a request and take back what it changed."""
    client = _client(scene, role)
    with transaction.atomic():
        answer = getattr(client, method)(url, **_sent(method, url, body))
        if answer.status_code == 200:
            answer.text_for_marks = _text(answer)
        transaction.set_rollback(True)
    return answer


def _sent(method: str, url: str, body: dict[str, str]) -> dict[str, Any]:
    if method != "get" and url.startswith("/api/"):
        return {"data": body, "content_type": "application/json"}
    return {"data": body} if method == "post" else {}


def _code(answer: Any) -> str:
    if answer.status_code == 302 and answer["Location"].startswith(reverse("login")):
        return "login"
    return str(answer.status_code)


def _text(answer: Any) -> str:
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return str(content.decode("utf-8", "replace"))


def _leaked(scene: Scene, role: str, answer: Any) -> list[str]:
    text = getattr(answer, "text_for_marks", "")
    hidden = [state for state in STATES if state not in SEES[role]]
    return [mark for state in hidden for mark in scene.marks(state) if mark in text]


def _read() -> dict[Key, Row]:
    with MATRIX.open(encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file)
    assert tuple(head) == HEADER
    return {(row[0], row[1], row[2]): tuple(row[3:]) for row in rows}


def _write(found: dict[Key, Row]) -> None:
    with MATRIX.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER)
        writer.writerows((*key, *row) for key, row in found.items())
