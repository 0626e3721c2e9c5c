"""Putting a prepared import where workers put what they deliver: a bundle and, for new items, an items pack."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from evaluator.bundle import ITEMS, pack_items, sha256_of, write_bundle
from evaluator.records import Item, Manifest
from evaluator.results_files.lmms_eval import Facts
from evaluator.results_files.source import Source
from leaderboard.catalog.models import Benchmark
from leaderboard.core.artifacts import store
from leaderboard.results.imports.preparation import Prepared

ATTEMPT = 1
MAX_NAME_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Origin:
    """Where answers come from: the file that holds them, who wrote it, who brought it."""

    file: str
    sha256: str
    size: int
    harness: str
    facts: Facts
    by: str

    @property
    def limit(self) -> int | None:
        """How many rows the harness was asked for at most."""
        return self.facts.limit

    def to_json(self) -> dict[str, Any]:
        """Return it as ``Manifest.imported`` has it."""
        return {
            "file": self.file,
            "sha256": self.sha256,
            "bytes": self.size,
            "harness": self.harness,
            "harness_version": self.facts.version,
            "harness_date": self.facts.date,
            "by": self.by,
        }


@dataclass(frozen=True, slots=True)
class Delivery:
    """A bundle in the artifact store, of a run that does not exist yet."""

    submission: uuid.UUID
    run: uuid.UUID
    origin: Origin
    artifact: str
    sha256: str
    items_artifact: str


def origin_of(source: Source, name: str, by: str) -> Origin:
    """Return the origin of the answers in ``source``, which was given under this name by this user.

    In a folder or zip file, it is the file with the answers that counts.
    """
    return Origin(
        file=name[:MAX_NAME_LENGTH],
        sha256=sha256_of(source.path),
        size=source.path.stat().st_size,
        harness=source.kind.value,
        facts=source.facts,
        by=by,
    )


def deliver(row: Benchmark, origin: Origin, prepared: Prepared) -> Delivery:
    """Write the bundle, and the pack of new items, into the artifact store.

    Files are named by what is in them, so one that is left over by a failure does no harm.
    Raises EvaluationError(ARTIFACTS_UNAVAILABLE).
    """
    submission, run = uuid.uuid4(), uuid.uuid4()
    items_artifact = f"items/{row.slug}/{prepared.dataset['fingerprint']}.zip"
    with TemporaryDirectory(prefix="vlmlb-import-") as name:
        folder = Path(name)
        bundle = folder / "bundle.zip"
        manifest = _manifest(row, submission, run, origin, prepared)
        sha256 = write_bundle(bundle, manifest, prepared.responses)
        artifact = f"bundles/{submission}/{ATTEMPT}/{run}-{sha256[:12]}.zip"
        store().put_file(bundle, artifact)
        if prepared.items is not None:
            store().put_file(_packed(folder, prepared.items, prepared.dataset), items_artifact)
    return Delivery(submission, run, origin, artifact, sha256, items_artifact)


def _manifest(
    row: Benchmark, submission: uuid.UUID, run: uuid.UUID, origin: Origin, prepared: Prepared
) -> Manifest:
    version = origin.facts.version
    return Manifest(
        benchmark=row.slug,
        run=str(run),
        submission=str(submission),
        attempt=ATTEMPT,
        spec_identity=origin.sha256,
        model={},
        dataset=prepared.dataset,
        generation=origin.facts.generation,
        versions={} if version is None else {origin.harness: version},
        counts={"responses": len(prepared.responses)},
        imported=origin.to_json(),
    )


def _packed(folder: Path, items: Sequence[Item], dataset: dict[str, Any]) -> Path:
    home = folder / "items"
    home.mkdir()
    with (home / ITEMS).open("w", encoding="utf-8") as lines:
        lines.writelines(json.dumps(item.to_json()) + "\n" for item in items)
    packed = folder / "items.zip"
    pack_items(home, dataset, packed)
    return packed
