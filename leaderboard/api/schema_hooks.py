"""What is added to the OpenAPI document once it is generated: examples, and how each is sent with curl."""

from __future__ import annotations

from typing import Any

from leaderboard.api.examples import SITE, Example, curl, examples
from leaderboard.api.problems import CONTENT_TYPE, TYPE_PREFIX

EVENT_STREAM = "text/event-stream"
TEXTS = ("text/csv", "application/jsonl", "application/yaml")
"""Media types of which a document can show a beginning."""

PROBLEMS = {
    "400": ("validation", "The request is not valid"),
    "401": ("not-authenticated", "Sign in or send a token"),
    "403": ("missing-scope", "The token may not do this"),
    "404": ("not-found", "Not found"),
    "415": ("unsupported-media-type", "The body's media type is not taken here"),
}
"""Of the commonest problems, for their examples: the end of the type, and the title."""

Document = dict[str, Any]


def add_examples(result: Document, generator: Any, request: Any, public: bool) -> Document:  # noqa: ARG001
    """Add to every operation that has an example its request, its answer and a curl command. A hook of drf-spectacular's."""
    known = examples()
    for route, item in result["paths"].items():
        for method, operation in item.items():
            _add_problems(operation)
            example = known.get(operation["operationId"])
            if example is not None:
                _add(operation, method, f"{SITE}{route}", example)
    return result


def _add(operation: Document, method: str, route: str, example: Example) -> None:
    values = {**example.path, **example.query, **example.headers}
    for parameter in operation.get("parameters", ()):
        if parameter["name"] in values:
            parameter["example"] = values[parameter["name"]]
    contents = operation.get("requestBody", {}).get("content", {})
    if example.body is not None:
        contents["application/json"].setdefault("example", example.body)
        if "examples" in contents["application/json"]:
            del contents["application/json"]["example"]
    answers = operation["responses"].get(str(example.status), {}).get("content", {})
    _add_answer(answers, example)
    source = curl(
        method,
        example.url(route),
        example,
        binary=any(kind.startswith("image/") for kind in answers),
        stream=EVENT_STREAM in answers,
    )
    operation["x-codeSamples"] = [{"lang": "Shell", "label": "curl", "source": source}]


def _add_answer(answers: Document, example: Example) -> None:
    if example.answer is None:
        return
    if not isinstance(example.answer, str):
        answers["application/json"]["example"] = example.answer
        return
    form = example.path.get("form", "")
    for kind in answers:
        if kind in (*TEXTS, EVENT_STREAM) and (not form or kind.endswith(form)):
            answers[kind]["example"] = example.answer


def _add_problems(operation: Document) -> None:
    for status, (name, title) in PROBLEMS.items():
        content = operation["responses"].get(status, {}).get("content", {})
        if CONTENT_TYPE in content:
            content[CONTENT_TYPE]["example"] = {
                "type": TYPE_PREFIX + name,
                "title": title,
                "status": int(status),
                "detail": "",
            }
