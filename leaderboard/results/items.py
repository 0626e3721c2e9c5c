"""A data set's items as graders read them."""

from __future__ import annotations

from collections.abc import Mapping

from evaluator.records import Item as ItemRecord
from leaderboard.catalog.models import DatasetVersion

Ids = Mapping[str, int]
"""Rows of items by key."""


def items_of(dataset: DatasetVersion) -> tuple[dict[str, ItemRecord], dict[str, int]]:
    """Return the data set's items without their pictures, and their rows' ids, both by key."""
    items: dict[str, ItemRecord] = {}
    ids: dict[str, int] = {}
    rows = dataset.items.values_list("pk", "key", "position", "fields")
    for pk, key, position, fields in rows.iterator(chunk_size=5000):
        items[key] = ItemRecord(key=key, position=position, fields=fields)
        ids[key] = pk
    return items, ids
