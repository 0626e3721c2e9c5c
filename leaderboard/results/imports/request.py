"""What somebody asks to import, and why it may be refused."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

from leaderboard.runs.models import Run
from leaderboard.runs.submission import SubmissionInvalid
from leaderboard.runs.validation import (
    benchmark_errors,
    precision_errors,
    size_errors,
    text_errors,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRequest:
    """A wish, unchecked: which model gave the answers, to which benchmark. Empty text means "not given".

    ``engine`` is what served the model, in any words. ``own_items`` makes a data set of the file's own items where
    some of them are not those of the data set that the site has. ``owner`` and ``visibility`` are as in a
    ``SubmissionRequest``.
    """

    benchmark: str
    model_name: str
    organization: str = ""
    homepage: str = ""
    parameters_b: float | None = None
    open_weights: bool | None = None
    is_baseline: bool = False
    precision: str = "unknown"
    engine: str = ""
    revision: str = ""
    note: str = ""
    own_items: bool = False
    owner: str = ""
    visibility: str = "public"


class AlreadyImported(Exception):
    """The same answers of the same model on the same benchmark were imported before, as ``run``, which one may see.

    Nothing was stored.
    """

    def __init__(self, run: Run) -> None:
        super().__init__(f"The same file was imported before, as run {run.public_id}.")
        self.run = run


def checked(request: ImportRequest) -> ImportRequest:
    """Return the request with its texts stripped. Raises SubmissionInvalid with everything that is wrong."""
    given = {f.name: getattr(request, f.name) for f in fields(request)}
    texts = {name: value.strip() for name, value in given.items() if isinstance(value, str)}
    slugs = [texts["benchmark"]] if texts["benchmark"] else []
    errors = [
        *text_errors(texts),
        *({**error, "field": "benchmark"} for error in benchmark_errors(slugs)),
        *size_errors(request.parameters_b),
        *precision_errors(texts["precision"]),
    ]
    if errors:
        raise SubmissionInvalid(errors)
    changes: dict[str, Any] = dict(texts)
    return replace(request, **changes)
