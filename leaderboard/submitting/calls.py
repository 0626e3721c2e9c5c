"""The same submission as a call to the API: its body, for curl and for Python. Pure.

The body is what ``api.serializers.requests.to_request`` turns back into the wish; a test holds the two together. The
API key is never in it: a placeholder stands there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pprint import pformat
from typing import Any

from leaderboard.runs.submission import SubmissionRequest

KEY = "YOUR-KEY"
USUAL = SubmissionRequest(kind="endpoint", model_name="", benchmarks=())
MODEL = {
    "name": "model_name",
    "organization": "organization",
    "homepage": "homepage",
    "parameters_b": "parameters_b",
    "open_weights": "open_weights",
}
ENDPOINT = {"base_url": "base_url", "model": "served_name"}
CHECKPOINT = {
    name: name
    for name in (
        "source",
        "revision",
        "engine",
        "served_name",
        "tensor_parallel_size",
        "max_model_len",
        "kv_cache_dtype",
        "images_per_prompt",
        "engine_args",
    )
}
WEIGHTS = {"precision": "precision", "components": "components"}
REST = {
    name: name
    for name in (
        "limit",
        "concurrency",
        "blind",
        "frugal",
        "probe",
        "note",
        "owner",
        "visibility",
    )
}
REQUIRED = frozenset({"name", "base_url", "model", "source", "engine"})


@dataclass(frozen=True, slots=True)
class Calls:
    """The call as texts to copy."""

    curl: str
    python: str


def body_of(request: SubmissionRequest) -> dict[str, Any]:
    """Return the body that asks for the same. What is as usual is left out."""
    part = ENDPOINT if request.kind == "endpoint" else CHECKPOINT
    inside = _given(request, part)
    if request.kind == "endpoint" and request.api_key:
        inside["api_key"] = KEY
    return {
        "model": _given(request, MODEL),
        request.kind: inside | _given(request, WEIGHTS),
        "benchmarks": list(request.benchmarks),
        **_given(request, REST),
    }


def calls(request: SubmissionRequest, api: str) -> Calls:
    """Return the calls to the site whose API is at ``api``; the token is read from the environment."""
    body, url = body_of(request), f"{api}/submissions"
    return Calls(curl=_curl(body, url), python=_python(body, url))


def _given(request: SubmissionRequest, names: Mapping[str, str]) -> dict[str, Any]:
    found = {}
    for name, field in names.items():
        value = getattr(request, field)
        if name in REQUIRED or value != getattr(USUAL, field):
            found[name] = dict(value) if isinstance(value, Mapping) else value
    return found


def _curl(body: Mapping[str, Any], url: str) -> str:
    text = json.dumps(body, indent=2, ensure_ascii=False).replace("'", "'\\''")
    lines = (
        f"curl -X POST {url}",
        '-H "Authorization: Bearer $TOKEN"',
        '-H "Content-Type: application/json"',
        f"-d '{text}'",
    )
    return " \\\n  ".join(lines)


def _python(body: Mapping[str, Any], url: str) -> str:
    text = pformat(body, sort_dicts=False, width=72).replace("\n", "\n    ")
    return f"""import os
import requests

answer = requests.post(
    {url!r},
    headers={{"Authorization": f"Bearer {{os.environ['TOKEN']}}"}},
    json={text},
    timeout=30,
)
answer.raise_for_status()
print(answer.json()["id"])"""
