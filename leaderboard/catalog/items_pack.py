"""Taking in an items pack: a data set's questions and pictures reach the site once per fingerprint."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.db import transaction

from evaluator.bundle import DATASET, IMAGE_NAME, ITEMS, ItemsPack, open_items
from evaluator.errors import EvaluationError, FailureCode
from evaluator.records import Item as ItemRecord
from leaderboard.catalog.declarations import add_found_dimensions, declaration_of
from leaderboard.catalog.models import Benchmark, DatasetVersion, Image, Item, ItemImage
from leaderboard.catalog.pictures import store_picture
from leaderboard.core.artifacts import fetch_reported, store
from leaderboard.core.locks import LockSpace, wait_for_lock
from leaderboard.core.text import storable, storable_json

MAX_PICTURE_BYTES = 32 * 1024**2
MAX_ITEMS_BYTES = 1024**3
MAX_KEY_LENGTH = 120
BATCH = 2000

_SHA256 = re.compile(r"^[0-9a-f]{64}$")


@dataclass(frozen=True, slots=True)
class DatasetFacts:
    """What a manifest or a pack says of a data set, read strictly."""

    fingerprint: str
    rows: int
    label: str
    source: dict[str, Any]

    @classmethod
    def read(cls, said: Any) -> DatasetFacts:
        """Raises EvaluationError(BUNDLE_CORRUPT) when the fingerprint or the number of rows is none."""
        if not isinstance(said, Mapping):
            raise _corrupt("what it says of the data set is no object")
        fingerprint, rows = said.get("fingerprint"), said.get("rows")
        if not (isinstance(fingerprint, str) and _SHA256.match(fingerprint)):
            raise _corrupt("the data set has no fingerprint")
        if not isinstance(rows, int) or isinstance(rows, bool) or rows < 1:
            raise _corrupt(f"the data set has {rows!r} rows")
        label = storable(str(said.get("label") or ""))[:120]
        return cls(fingerprint, rows, label, storable_json(dict(said)))


def dataset_version(
    benchmark: Benchmark, said: Mapping[str, Any], items_artifact: str
) -> DatasetVersion:
    """Return the data set that ``said`` (a manifest's ``dataset``) names; take in its items when it is new.

    The first data set of a benchmark becomes its current one. Two imports at once make one data set.
    Raises EvaluationError: BUNDLE_CORRUPT, with nothing stored, when the pack is not what it should be;
    ARTIFACTS_UNAVAILABLE.
    """
    facts = DatasetFacts.read(said)
    known = DatasetVersion.objects.filter(benchmark=benchmark, fingerprint=facts.fingerprint)
    if (found := known.first()) is not None:
        return found
    with TemporaryDirectory(prefix="vlmlb-items-") as folder:
        path = Path(folder) / "items.zip"
        fetch_reported(items_artifact, path)
        with open_items(path) as pack:
            return import_items(benchmark, facts, pack)


def import_items(benchmark: Benchmark, facts: DatasetFacts, pack: ItemsPack) -> DatasetVersion:
    """Store the pack's pictures, then its items in one transaction; return the data set."""
    items = _checked_items(facts, pack)
    # Pictures first and outside the transaction: they are named by their content, so one left over by a failure
    # is no harm, and no row ever speaks of a picture that is not there.
    pictures = _stored_pictures(pack, {name for item in items for name in item.images})
    with transaction.atomic():
        wait_for_lock(LockSpace.DATASET, benchmark.pk)
        datasets = DatasetVersion.objects.filter(benchmark=benchmark)
        dataset, is_new = datasets.get_or_create(
            benchmark=benchmark,
            fingerprint=facts.fingerprint,
            defaults={
                "rows": facts.rows,
                "label": facts.label,
                "source": facts.source,
                "current": not datasets.filter(current=True).exists(),
            },
        )
        if is_new:
            _write_items(dataset, items, pictures)
        return dataset


def _checked_items(facts: DatasetFacts, pack: ItemsPack) -> list[ItemRecord]:
    """Return the pack's items; EvaluationError(BUNDLE_CORRUPT) unless they are all of the data set, each once."""
    _check_members(pack)
    packed = DatasetFacts.read(pack.dataset)
    if packed.fingerprint != facts.fingerprint:
        raise _corrupt(f"the items are of data set {packed.fingerprint[:12]}")
    try:
        items = list(pack.items())
    except (ValueError, TypeError, AttributeError) as error:
        raise _corrupt(f"{ITEMS} cannot be read") from error
    for item in items:
        _check_item(item)
    keys = {item.key for item in items}
    if len(keys) != len(items):
        raise _corrupt(f"{len(items) - len(keys)} items repeat a key")
    if len(items) != facts.rows:
        raise _corrupt(f"{len(items)} items of {facts.rows} rows")
    items.sort(key=lambda item: item.position)
    # Pages of samples begin at a position, so each must be that of one item.
    if any(item.position != row for row, item in enumerate(items)):
        raise _corrupt(f"the positions are not 0 to {len(items) - 1}")
    return items


def _check_members(pack: ItemsPack) -> None:
    """Refuse an archive with anything in it but what the format allows, or larger than is sane."""
    for info in pack.archive.infolist():
        if IMAGE_NAME.match(info.filename):
            largest = MAX_PICTURE_BYTES
        elif info.filename in (DATASET, ITEMS):
            largest = MAX_ITEMS_BYTES
        else:
            raise _corrupt(f"the archive holds {info.filename[:80]!r}")
        if info.file_size > largest:
            raise _corrupt(f"{info.filename} has {info.file_size} bytes")


def _check_item(item: ItemRecord) -> None:
    well_formed = (
        isinstance(item.key, str)
        and 0 < len(item.key) <= MAX_KEY_LENGTH
        and isinstance(item.position, int)
        and isinstance(item.fields, dict)
        and all(isinstance(name, str) and _SHA256.match(name) for name in item.images)
    )
    if not well_formed:
        raise _corrupt(f"{ITEMS} holds an item that is none: {str(item.key)[:40]!r}")


def _stored_pictures(pack: ItemsPack, names: set[str]) -> list[Image]:
    """Store the pictures that are new; return their rows, not saved, in the order of their names."""
    target = store()
    return [
        store_picture(target, name, pack.image(name))
        for name in sorted(Image.objects.missing_of(names))
    ]


def _write_items(
    dataset: DatasetVersion, items: Sequence[ItemRecord], pictures: Sequence[Image]
) -> None:
    # Another benchmark's import may have stored the same picture meanwhile. The order of names keeps two
    # imports from waiting for each other.
    Image.objects.bulk_create(pictures, batch_size=BATCH, ignore_conflicts=True)
    declaration = declaration_of(dataset.benchmark)
    rows = Item.objects.bulk_create(
        (
            Item(
                dataset=dataset,
                key=storable(item.key),
                position=item.position,
                fields=storable_json(item.fields),
                dimensions=storable_json(declaration.dimension_values(item.fields)),
            )
            for item in items
        ),
        batch_size=BATCH,
    )
    add_found_dimensions(dataset.benchmark, declaration, (row.dimensions for row in rows))
    names = {name for item in items for name in item.images}
    images = dict(Image.objects.filter(sha256__in=names).values_list("sha256", "pk"))
    ItemImage.objects.bulk_create(
        (
            ItemImage(item=row, image_id=images[name], position=position)
            for row, item in zip(rows, items, strict=True)
            for position, name in enumerate(item.images)
        ),
        batch_size=BATCH,
    )


def _corrupt(what: str) -> EvaluationError:
    return EvaluationError(FailureCode.BUNDLE_CORRUPT, f"Items pack: {what}.")
