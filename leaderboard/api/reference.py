"""From the OpenAPI document to what the reference page prints. Pure: a document in, texts out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from leaderboard.api.problems import CONTENT_TYPE

DEPTH = 3
"""Levels of a body whose fields are listed."""
WHERE = ("path", "query", "header")

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter, or a field of a body, whose name is then dotted."""

    name: str
    where: str
    kind: str
    values: list[str]
    required: bool
    text: SafeString


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation. ``token``: whether it needs one. ``answers`` are (status, media types, text), problems apart."""

    id: str
    method: str
    path: str
    summary: str
    paragraphs: list[SafeString]
    token: bool
    fields: list[Field]
    curl: str
    answer: str
    answers: list[tuple[str, str, str]]
    problems: list[str]


@dataclass(frozen=True, slots=True)
class Group:
    """Operations of one kind of thing."""

    name: str
    title: str
    operations: list[Operation]


def groups(document: Document) -> list[Group]:
    """Return the operations in the document's order, by their first tag."""
    found: dict[str, list[Operation]] = {}
    for path, item in document["paths"].items():
        for method, operation in item.items():
            shown = _operation(document, method, path, operation)
            found.setdefault(operation["tags"][0], []).append(shown)
    return [Group(name, _title(name), operations) for name, operations in sorted(found.items())]


def _title(tag: str) -> str:
    known = {
        "account": gettext("Account"),
        "benchmarks": gettext("Benchmarks and questions"),
        "boards": gettext("Boards"),
        "compare-precision": gettext("Precisions"),
        "comparisons": gettext("Comparisons"),
        "imports": gettext("Imports"),
        "models": gettext("Models"),
        "pictures": gettext("Pictures"),
        "reviews": gettext("Review"),
        "runs": gettext("Runs"),
        "submissions": gettext("Submissions"),
        "webhooks": gettext("Webhooks"),
    }
    return known.get(tag, tag.replace("-", " ").capitalize())


def _operation(document: Document, method: str, path: str, told: Document) -> Operation:
    samples = told.get("x-codeSamples") or [{"source": ""}]
    return Operation(
        id=told["operationId"],
        method=method.upper(),
        path=path,
        # scripts/messages.py finds it where the operation is declared.
        summary=gettext(told["summary"]),
        paragraphs=[_marked(p) for p in told.get("description", "").split("\n\n") if p],
        token={} not in told.get("security", []),
        fields=[*_parameters(document, told), *_body(document, told)],
        curl=samples[0]["source"],
        answer=_example(told),
        answers=_answers(told),
        problems=sorted(s for s, r in told["responses"].items() if CONTENT_TYPE in _content(r)),
    )


def _content(response: Document) -> Mapping[str, Any]:
    found: Mapping[str, Any] = response.get("content", {})
    return found


def _answers(told: Document) -> list[tuple[str, str, str]]:
    return [
        (status, ", ".join(_content(response)), response.get("description", ""))
        for status, response in told["responses"].items()
        if CONTENT_TYPE not in _content(response)
    ]


def _example(told: Document) -> str:
    """Return the first example of an answer that is no problem, as text."""
    for response in told["responses"].values():
        for kind, content in _content(response).items():
            if kind != CONTENT_TYPE and "example" in content:
                found = content["example"]
                if isinstance(found, str):
                    return found
                return json.dumps(found, indent=2, ensure_ascii=False)
    return ""


def _parameters(document: Document, told: Document) -> Iterator[Field]:
    asked = [p for p in told.get("parameters", ()) if p["in"] in WHERE]
    for parameter in sorted(asked, key=lambda p: WHERE.index(p["in"])):
        schema = _resolved(document, parameter["schema"])
        yield Field(
            parameter["name"],
            parameter["in"],
            _kind(document, schema),
            _values(document, schema),
            bool(parameter.get("required")),
            _text(parameter.get("description") or schema.get("description", "")),
        )


def _body(document: Document, told: Document) -> Iterator[Field]:
    for content in told.get("requestBody", {}).get("content", {}).values():
        yield from _fields(document, content["schema"], "", DEPTH)
        return


def _fields(document: Document, schema: Document, before: str, depth: int) -> Iterator[Field]:
    found = _resolved(document, schema)
    required: Sequence[str] = found.get("required", ())
    for name, inner in found.get("properties", {}).items():
        part = _resolved(document, inner)
        yield Field(
            f"{before}{name}",
            "body",
            _kind(document, part),
            _values(document, part),
            name in required,
            _text(inner.get("description") or part.get("description", "")),
        )
        if depth > 1:
            yield from _fields(document, part, f"{before}{name}.", depth - 1)


def _resolved(document: Document, schema: Document) -> Document:
    """Follow references, alone or as the only one that is not null."""
    while True:
        options = schema.get("allOf") or schema.get("oneOf") or schema.get("anyOf") or ()
        named = [option for option in options if option.get("type") != "null"]
        if "$ref" in schema:
            schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        elif named and "properties" not in schema:
            schema = named[0]
        else:
            return schema


def _kind(document: Document, schema: Document) -> str:
    kind = schema.get("type", "string" if "enum" in schema else "any")
    if isinstance(kind, list):
        kind = " | ".join(kind)
    if "array" in kind and "items" in schema:
        return f"[{_kind(document, _resolved(document, schema['items']))}]"
    return str(schema.get("format") or kind)


def _values(document: Document, schema: Document) -> list[str]:
    """Return what a choice offers."""
    of = _resolved(document, schema["items"]) if "items" in schema else schema
    return [str(value) for value in of.get("enum", ()) if value not in (None, "")]


def _text(description: str) -> SafeString:
    """Return a description without the list of values that the generator appends."""
    return _marked(description.partition("* `")[0])


def _marked(text: str) -> SafeString:
    """Return a text as HTML, what stands between backticks as code."""
    parts = " ".join(text.split()).split("`")
    pieces = ((part, "code" if i % 2 else "span") for i, part in enumerate(parts))
    return format_html_join("", "<{1}>{0}</{1}>", pieces)
