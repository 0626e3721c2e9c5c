"""Letters and emoji from ``assets``: nothing is read from the system."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from PIL import Image, ImageFont

from demo.drawing.catalog import EMOJI

ASSETS = Path(__file__).parent / "assets"
FONT_FILES = (
    "DejaVuSans.ttf",
    "DejaVuSans-Bold.ttf",
    "DejaVuSerif.ttf",
    "DejaVuSerif-Bold.ttf",
    "DejaVuSansMono.ttf",
)


def emoji_file(name: str) -> Path:
    """Return where the emoji called ``name`` lies. Raises KeyError for a name that the catalogue does not have."""
    if name not in EMOJI:
        raise KeyError(name)
    return ASSETS / "emoji" / f"{name.replace(' ', '_')}.png"


@cache
def emoji(name: str) -> Image.Image:
    """Return the emoji as RGBA, cropped to its visible pixels, 136 px at most. Do not draw into it: it is shared."""
    with Image.open(emoji_file(name)) as image:
        return image.convert("RGBA")


@cache
def font(name: str, size: int) -> ImageFont.FreeTypeFont:
    """Return one of ``FONT_FILES`` at ``size`` pixels; simple layout, the same with and without Raqm."""
    return ImageFont.truetype(ASSETS / "fonts" / name, size, layout_engine=ImageFont.Layout.BASIC)
