"""A case: one original picture, its edits, and yes/no questions that are asked about each of them."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from PIL import Image

SIZE = 320
"""Side of the pictures in pixels."""


@dataclass(frozen=True)
class Claim:
    """A question and whether "Yes" is right: for the original, then for each edit.

    Where the case can be asked without a picture, what is true of the original is true in the world.
    """

    question: str
    truths: tuple[bool, ...]


@dataclass(frozen=True)
class Case:
    """``note`` names it; ``pictures`` are the original and its edits; ``claims`` have a truth for each of these."""

    note: str
    pictures: tuple[Image.Image, ...]
    claims: tuple[Claim, ...]

    def __post_init__(self) -> None:
        if any(len(claim.truths) != len(self.pictures) for claim in self.claims):
            raise ValueError(f"{self.note}: a claim needs one truth for each picture")


Subcategory = Callable[[random.Random], Iterator[Case]]
"""source of randomness -> the cases of one subcategory"""
