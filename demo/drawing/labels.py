"""What lies where in a picture, patch by patch: the dense labels that the toy model first learns to see with."""

from __future__ import annotations

import string

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from demo.drawing.catalog import COLOR_NAMES, OBJECT_NAMES, SHAPES

GRID = 8
"""Patches along each side: the vision tower's 128 px / 16 px."""
KINDS = (
    "background",
    *SHAPES,
    *OBJECT_NAMES,
    *("bar", "slice", "line"),
    *string.digits,
    *string.ascii_uppercase,
)
KIND_IDS = {kind: number for number, kind in enumerate(KINDS)}
COLOR_IDS = {color: number for number, color in enumerate(COLOR_NAMES, start=1)}
_LEVELS = 128
_COVERED = 0.12
"""Share of a patch that must be drawn on for it to count as more than background."""


def kind_id(name: str) -> int:
    """Return the label of a kind of thing; 0, background, for what the training never saw."""
    return KIND_IDS.get(name, 0)


def color_id(name: str | None) -> int:
    """Return the label of a colour; 0 for none."""
    return 0 if name is None else COLOR_IDS[name]


def patch_labels(plane: Image.Image) -> NDArray[np.uint8]:
    """Return, for a square label plane, the commonest label but background of each of its GRID * GRID patches."""
    half = np.asarray(plane)[::2, ::2]
    side = half.shape[0] // GRID
    patches = half.reshape(GRID, side, GRID, side).transpose(0, 2, 1, 3).reshape(GRID * GRID, -1)
    offsets = np.arange(GRID * GRID)[:, None] * _LEVELS
    counts = np.bincount(
        (patches.astype(np.int64) + offsets).ravel(), minlength=GRID * GRID * _LEVELS
    ).reshape(GRID * GRID, _LEVELS)
    counts[:, 0] = 0
    labels = np.where(counts.sum(1) > _COVERED * side * side, counts.argmax(1), 0)
    return labels.astype(np.uint8)
