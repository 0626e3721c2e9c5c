"""The five kinds of pictures that the toy model is trained on. One seed, one picture with its questions."""

from __future__ import annotations

import random
from collections.abc import Callable

from demo.drawing.canvas import TRAINING_SIZE
from demo.drawing.questions import Drawing
from demo.drawing.scenes.charts import draw_chart
from demo.drawing.scenes.emoji import draw_emoji
from demo.drawing.scenes.lines import draw_lines
from demo.drawing.scenes.shapes import draw_shapes
from demo.drawing.scenes.text import draw_text

__all__ = [
    "SHARES",
    "Scene",
    "draw",
    "draw_chart",
    "draw_emoji",
    "draw_lines",
    "draw_shapes",
    "draw_text",
]

Scene = Callable[[random.Random, int, float], Drawing]
"""(source of randomness, side in pixels, share of "Yes" among questions about what is there) -> drawing"""

SHARES: dict[Scene, float] = {
    draw_shapes: 0.33,
    draw_emoji: 0.25,
    draw_text: 0.17,
    draw_chart: 0.14,
    draw_lines: 0.11,
}
"""Of each scene in training."""


def draw(seed: int, *, yes_share: float, size: int = TRAINING_SIZE) -> Drawing:
    """Return the drawing of ``seed``: a scene drawn by lot, as in training."""
    rng = random.Random(seed)
    scene = rng.choices(list(SHARES), list(SHARES.values()))[0]
    return scene(rng, size, yes_share)
