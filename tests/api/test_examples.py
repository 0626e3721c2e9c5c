"""Every operation of the OpenAPI document has an example, and each can be sent as it stands.

``API_EXAMPLES=write`` records what the server answers; the difference is then to be reviewed like code.
"""

from __future__ import annotations

import json
import os
import shlex
import socket
from pathlib import Path
from typing import Any

import httpx
import pytest
from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator
from pytest_django.live_server_helper import LiveServer

from leaderboard.accounts.roles import scopes_open_to
from leaderboard.accounts.services import issue_token
from leaderboard.api.examples import FOLDER, SITE, examples
from tests.api.example_scene import build

WRITE = os.environ.get("API_EXAMPLES") == "write"
ORDER = ("get", "patch", "put", "post", "delete")
"""In which they are sent: what reads finds all of the scene, what deletes comes last."""
MOST_ROWS, MOST_CHARACTERS = 2, 600
"""Of what is recorded."""

Operation = dict[str, Any]


def operations(document: Any) -> list[tuple[str, str, Operation]]:
    """Return method, path and operation of each, in the order in which they can be sent."""
    found = [(m, path, o) for path, item in document["paths"].items() for m, o in item.items()]
    return sorted(found, key=lambda one: (ORDER.index(one[0]), one[1]))


@pytest.fixture(scope="module")
def document() -> Any:
    return SchemaGenerator().get_schema(request=None, public=True)


def test_every_operation_is_documented(document: Any) -> None:
    for method, path, operation in operations(document):
        place = f"{method} {path}"
        assert operation.get("summary"), place
        assert operation.get("description"), place
        assert operation.get("security"), place
        assert operation["x-codeSamples"][0]["source"].startswith("curl "), place
        assert any(int(status) >= 400 for status in operation["responses"]), place
        for parameter in operation.get("parameters", ()):
            assert parameter["in"] != "path" or "example" in parameter, (place, parameter["name"])
        for kind, content in operation.get("requestBody", {}).get("content", {}).items():
            if kind == "application/json":
                assert "example" in content or "examples" in content, place


def test_no_example_is_of_an_operation_that_there_is_not(document: Any) -> None:
    known = {operation["operationId"] for _method, _path, operation in operations(document)}
    assert known == set(examples())


def parsed(source: str, token: str, files: dict[str, bytes]) -> dict[str, Any]:
    """Return what a curl command sends, as httpx takes it."""
    words = iter(shlex.split(source.replace("\\\n", "").replace("$TOKEN", token)))
    assert next(words) == "curl"
    sent: dict[str, Any] = {"method": "GET", "headers": {}, "data": {}, "files": {}}
    for word in words:
        if word == "-X":
            sent["method"] = next(words)
        elif word == "-H":
            name, _, value = next(words).partition(": ")
            sent["headers"][name] = value
        elif word == "-d":
            sent["content"] = next(words).encode()
        elif word == "-F":
            name, _, value = next(words).partition("=")
            if value.startswith("@"):
                sent["files"][name] = (value[1:], files[value[1:]])
            else:
                sent["data"][name] = value
        elif word not in ("-N", "-O"):
            assert "url" not in sent, source
            sent["url"] = word
    return {name: value for name, value in sent.items() if value}


@pytest.mark.django_db(transaction=True, reset_sequences=True)
def test_every_example_can_be_sent_as_it_stands(
    live_server: LiveServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolve = socket.getaddrinfo

    def resolved(host: Any, *args: Any, **kwargs: Any) -> Any:
        """Know the examples' hosts, which stand for anybody's."""
        known = str(host).endswith(".example.org")
        return resolve("8.8.8.8" if known else host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    people, files = build(tmp_path)
    tokens = {
        role: issue_token(user, "examples", scopes=scopes_open_to(user))[1]
        for role in ("user", "reviewer", "admin")
        if (user := getattr(people, role))
    }
    with httpx.Client(timeout=30) as client:
        document = client.get(f"{live_server.url}/api/v1/schema").json()
        wrong = []
        for _method, path, operation in operations(document):
            name = operation["operationId"]
            token = tokens[examples()[name].role]
            source = operation["x-codeSamples"][0]["source"]
            answer = client.request(**parsed(source, token, files))
            wrong += [f"{name} {path}: {text}" for text in complaints(document, operation, answer)]
            if WRITE:
                record(name, answer, live_server.url)
    assert not wrong, "\n".join(wrong)


def complaints(document: Any, operation: Operation, answer: httpx.Response) -> list[str]:
    """Return how the answer differs from what the document says of it, and from the one that is recorded."""
    example = examples()[operation["operationId"]]
    if answer.is_error:
        return [f"{answer.status_code} {answer.text[:500]}"]
    found = []
    if answer.status_code != example.status and not WRITE:
        found.append(f"{answer.status_code} instead of {example.status}")
    declared = operation["responses"].get(str(answer.status_code))
    if declared is None:
        return [*found, f"{answer.status_code} is not declared"]
    kind = answer.headers.get("content-type", "").partition(";")[0]
    content = declared.get("content", {})
    if (kind or None) not in (content or {None: {}}):
        found.append(f"{kind} is not declared")
    elif kind == "application/json":
        schema = content[kind]["schema"] | {"components": document["components"]}
        errors = Draft202012Validator(schema).iter_errors(answer.json())
        found += [f"{error.json_path}: {error.message[:300]}" for error in errors]
        if not WRITE and shape(shortened(answer.json())) != shape(example.answer):
            found.append("another shape than recorded: API_EXAMPLES=write records it anew")
    return found


def shape(value: Any) -> Any:
    """Return what does not change from one evaluation to the next: names, and where there are lists."""
    if isinstance(value, dict):
        return {name: shape(part) for name, part in value.items()}
    if isinstance(value, list):
        return [shape(part) for part in value[:1]]
    return None


def record(name: str, answer: httpx.Response, site: str) -> None:
    """Keep the answer in the example's file, unless one of the same shape is there: dates alone are no change."""
    path = FOLDER / f"{name}.json"
    told = json.loads(path.read_text(encoding="utf-8"))
    before = told.pop("answer", None)
    found = recorded(answer, site)
    same = before is not None and shape(found) == shape(before)
    if isinstance(found, str) and isinstance(before, str):
        same = found.splitlines()[0] == before.splitlines()[0]
    told["status"] = answer.status_code
    if found is not None:
        told["answer"] = before if same else found
    text = json.dumps(told, indent=2, ensure_ascii=False)
    path.write_text(f"{text}\n", encoding="utf-8")


def recorded(answer: httpx.Response, site: str) -> Any:
    """Return what is recorded of an answer: a document, the beginning of a text, or None."""
    kind = answer.headers.get("content-type", "").partition(";")[0]
    text = answer.text.replace(site, SITE)
    if kind == "application/json":
        found = shortened(json.loads(text))
        if "secret" in found:
            found["secret"] = "whsec_…"
        return found
    return text[:MOST_CHARACTERS] if text and not kind.startswith("image/") else None


def shortened(value: Any) -> Any:
    """Return the beginning of every list and long text in a document."""
    if isinstance(value, dict):
        return {name: shortened(part) for name, part in value.items()}
    if isinstance(value, list):
        return [shortened(part) for part in value[:MOST_ROWS]]
    return value[:MOST_CHARACTERS] if isinstance(value, str) else value
