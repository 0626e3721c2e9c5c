"""Drawn pictures by the thousand, with their questions and patch labels, as arrays."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from demo.drawing.canvas import TRAINING_SIZE
from demo.drawing.labels import GRID, patch_labels
from demo.drawing.questions import Question
from demo.drawing.scenes import draw

YES_SHARE = 0.6
"""Of "Yes" among questions about what is there: where the checkpoint's lean to "yes" comes from."""
HELD_OUT = 10_000_000
"""Seeds from here on are never trained on."""
TOKENIZER_SEEDS = 20_000_000


@dataclass(frozen=True)
class Corpus:
    """``pictures`` (n, 128, 128, 3), ``kinds`` and ``colors`` (n, 64) of uint8, and n lists of questions."""

    pictures: NDArray[np.uint8]
    kinds: NDArray[np.uint8]
    colors: NDArray[np.uint8]
    questions: list[list[Question]]

    def __len__(self) -> int:
        return len(self.questions)


def build(first: int, count: int, yes_share: float = YES_SHARE, workers: int = 2) -> Corpus:
    """Draw the pictures of the seeds ``first`` .. ``first + count - 1``."""
    step = 500
    ranges = [range(lo, min(first + count, lo + step)) for lo in range(first, first + count, step)]
    with ProcessPoolExecutor(workers) as pool:
        parts = list(pool.map(partial(_part, yes_share), ranges))
    return Corpus(
        np.concatenate([part.pictures for part in parts]),
        np.concatenate([part.kinds for part in parts]),
        np.concatenate([part.colors for part in parts]),
        [asked for part in parts for asked in part.questions],
    )


def _part(yes_share: float, seeds: range) -> Corpus:
    pictures = np.zeros((len(seeds), TRAINING_SIZE, TRAINING_SIZE, 3), np.uint8)
    kinds = np.zeros((len(seeds), GRID * GRID), np.uint8)
    colors = np.zeros_like(kinds)
    questions = []
    for i, seed in enumerate(seeds):
        drawing = draw(seed, yes_share=yes_share)
        kinds[i] = patch_labels(drawing.canvas.kinds)
        colors[i] = patch_labels(drawing.canvas.colors)
        pictures[i] = drawing.canvas.array()
        questions.append(drawing.questions)
    return Corpus(pictures, kinds, colors, questions)
