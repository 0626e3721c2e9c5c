"""What is needed to repeat a run, or to distrust it. Pure: a manifest in, rows of text out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext

from evaluator.checkpoint.fit import gib
from leaderboard.catalog.checkpoints import component_title
from leaderboard.catalog.labels import engine_title
from leaderboard.catalog.models import Precision, Variant
from leaderboard.core import numbers
from leaderboard.runs.models import Run


@dataclass(frozen=True, slots=True)
class Fact:
    """A name and a value. ``exact`` values (hashes, versions) are set in a fixed-width face."""

    name: str
    value: str
    exact: bool = False


def provenance(run: Run, private: bool) -> list[Fact]:
    """Return the facts that the run's manifest states; those that it does not state are left out.

    Where the model came from (base URL or checkpoint, served name) is among them only where ``private``.
    """
    manifest: dict[str, Any] = run.manifest
    data: dict[str, Any] = manifest.get("dataset") or {}
    variant = run.submission.variant
    facts = [
        *(_origin(variant) if private else ()),
        *_imported(manifest.get("imported") or {}, private),
        Fact(gettext("Engine"), engine_title(variant.engine)),
        Fact(gettext("Revision"), variant.revision, exact=True),
        *_checkpoint(variant),
        Fact(gettext("Data set"), _data_set(run, data)),
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


def _origin(variant: Variant) -> list[Fact]:
    """Return what was evaluated, as it was submitted."""
    endpoint = variant.kind == Variant.Kind.ENDPOINT
    title = gettext("Base URL") if endpoint else gettext("Checkpoint")
    return [
        Fact(title, variant.source, exact=True),
        Fact(gettext("Served model name"), variant.served_name, exact=True),
    ]


def _imported(told: dict[str, Any], private: bool) -> list[Fact]:
    """Return where answers come from that were given elsewhere. A file's name is its importer's own."""
    harness = " ".join(str(told[n]) for n in ("harness", "harness_version") if told.get(n))
    return [
        Fact(gettext("Imported from"), harness),
        Fact(gettext("Imported file"), str(told.get("file") or "") if private else "", exact=True),
        Fact(gettext("Imported file, sha256"), str(told.get("sha256") or ""), exact=True),
    ]


def _checkpoint(variant: Variant) -> list[Fact]:
    """Return what a worker read of the checkpoint, or the submitter declared of its parts."""
    size = variant.size_bytes
    return [
        Fact(gettext("Commit"), variant.commit, exact=True),
        Fact(gettext("Architecture"), variant.architecture, exact=True),
        Fact(gettext("Base model"), variant.base_model, exact=True),
        Fact(
            gettext("Parameters"), numbers.count(variant.parameters) if variant.parameters else ""
        ),
        Fact(gettext("Size on disk"), gib(size) if size else ""),
        Fact(gettext("Precision"), _components(variant.components)),
        Fact(gettext("Weights, sha256"), variant.weights_sha256, exact=True),
    ]


def _components(components: dict[str, Any]) -> str:
    """Return the precision of each part: ``vision encoder BF16``; what was only declared says so."""
    parts = []
    for name, told in components.items():
        scheme = told.get("scheme")
        label = Precision(scheme).label if scheme in Precision.values else scheme
        text = f"{component_title(name)} {label}"
        parts.append(text if told.get("read") else gettext("%(part)s (declared)") % {"part": text})
    return " · ".join(parts)


def _data_set(run: Run, data: dict[str, Any]) -> str:
    parts = [str(data[name]) for name in ("path", "name", "split") if data.get(name)]
    if data.get("rows"):
        parts.append(gettext("%(count)s rows") % {"count": numbers.count(data["rows"])})
    if run.dataset and run.dataset.label:
        parts.append(gettext(run.dataset.label))
    return " · ".join(parts)


def _pairs(values: Any) -> str:
    """Return a mapping as ``name value`` pairs; what is not known is left out."""
    if not isinstance(values, dict):
        return ""
    known = {name: value for name, value in values.items() if value not in (None, "", [], {})}
    return " · ".join(f"{name} {_plain(value)}" for name, value in known.items())


def _plain(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
