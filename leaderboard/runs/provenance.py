"""What is needed to repeat a run, or to distrust it. Pure: a manifest in, rows of text out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext

from leaderboard.catalog.labels import engine_title
from leaderboard.core import numbers
from leaderboard.runs.models import Run


@dataclass(frozen=True, slots=True)
class Fact:
    """A name and a value. ``exact`` values (hashes, versions) are set in a fixed-width face."""

    name: str
    value: str
    exact: bool = False


def provenance(run: Run) -> list[Fact]:
    """Return the facts that the run's manifest states; those that it does not state are left out.

    The model's address is not among them: it may be private.
    """
    manifest: dict[str, Any] = run.manifest
    data: dict[str, Any] = manifest.get("dataset") or {}
    variant = run.submission.variant
    facts = [
        Fact(gettext("Engine"), engine_title(variant.engine)),
        Fact(gettext("Revision"), variant.revision, exact=True),
        Fact(gettext("Data set"), _data_set(data)),
        Fact(gettext("Data set fingerprint"), str(data.get("fingerprint") or ""), exact=True),
        Fact(gettext("Grading protocol"), run.protocol, exact=True),
        Fact(gettext("Prompts, sha256"), str(manifest.get("prompts_sha256") or ""), exact=True),
        Fact(gettext("Generation"), _pairs(manifest.get("generation")), exact=True),
        Fact(gettext("Versions"), _pairs(manifest.get("versions")), exact=True),
        Fact(gettext("Hardware"), _pairs(manifest.get("hardware"))),
        Fact(gettext("Evaluation, sha256"), str(manifest.get("spec_identity") or ""), exact=True),
        Fact(gettext("Bundle, sha256"), run.artifact_sha256, exact=True),
    ]
    return [fact for fact in facts if fact.value]


def _data_set(data: dict[str, Any]) -> str:
    parts = [str(data[name]) for name in ("path", "name", "split") if data.get(name)]
    if data.get("rows"):
        parts.append(gettext("%(count)s rows") % {"count": numbers.count(data["rows"])})
    return " · ".join(parts)


def _pairs(values: Any) -> str:
    """Return a mapping as ``name value`` pairs; what is not known is left out."""
    if not isinstance(values, dict):
        return ""
    known = {name: value for name, value in values.items() if value not in (None, "", [], {})}
    return " · ".join(f"{name} {_plain(value)}" for name, value in known.items())


def _plain(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
