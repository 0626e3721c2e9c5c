"""An example of every operation of the API: a request, and the answer that the server really gave to it.

One file for each, named by its ``operationId``. The request is written by hand: ``path``, ``query``, ``headers``,
``body`` (JSON) or ``form`` (a value that begins with ``@`` names a file), each optional; ``as`` says whose token it needs
where that is not just any user's. ``status`` and ``answer`` are recorded by ``tests/api/test_examples.py``, which sends
every example as it stands in the OpenAPI document and compares.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

FOLDER = Path(__file__).parent
SITE = "https://leaderboard.example.org"
"""Stands for the site's own address in what was recorded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One request and its answer. ``answer`` is None where there is no body that a document could show."""

    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    form: Mapping[str, str] = field(default_factory=dict)
    role: str = "user"
    status: int = 200
    answer: Any = None

    def url(self, route: str) -> str:
        """Return ``route`` with its places filled in and the query behind."""
        for name, value in self.path.items():
            route = route.replace(f"{{{name}}}", quote(str(value), safe="/"))
        return f"{route}?{urlencode(self.query, doseq=True)}" if self.query else route


@cache
def examples() -> dict[str, Example]:
    """Return the examples by ``operationId``."""
    found = {}
    for path in sorted(FOLDER.glob("*.json")):
        told = json.loads(path.read_text(encoding="utf-8"))
        told["role"] = told.pop("as", "user")
        found[path.stem] = Example(**told)
    return found


def curl(method: str, url: str, example: Example, *, binary: bool, stream: bool) -> str:
    """Return the example as a command for a POSIX shell that has the token in ``$TOKEN``."""
    options = [*(["-N"] if stream else []), *([f"-X {method.upper()}"] if method != "get" else [])]
    words = [" ".join(["curl", *options, shlex.quote(url)])]
    words.append('-H "Authorization: Bearer $TOKEN"')
    words += [f"-H {shlex.quote(f'{name}: {value}')}" for name, value in example.headers.items()]
    if example.body is not None:
        words.append('-H "Content-Type: application/json"')
        words.append(f"-d {shlex.quote(json.dumps(example.body, ensure_ascii=False))}")
    words += [f"-F {shlex.quote(f'{name}={value}')}" for name, value in example.form.items()]
    if binary:
        words.append("-O")
    return " \\\n  ".join(words)
