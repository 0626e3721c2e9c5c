"""Make ``demo/drawing/assets`` from the fonts of a Debian machine: emoji as cropped PNG files, letters as small fonts.

Run it once, by hand, after ``apt-get install fonts-noto-color-emoji fonts-dejavu`` and ``pip install fonttools``::

    python -m demo.training.assets

The result is committed, so that drawing needs neither these packages nor their exact versions.
"""

from __future__ import annotations

import argparse
import string
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from demo.drawing.catalog import EMOJI
from demo.drawing.glyphs import ASSETS, FONT_FILES, emoji_file

EMOJI_FONT = Path("/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf")
LETTER_FONTS = Path("/usr/share/fonts/truetype/dejavu")
STRIKE = 109
"""The only size, in pixels, that the bitmap emoji font has."""
CHARACTERS = string.ascii_letters + string.digits + " .,:;!?%+-=()/'&"


def render_emoji(mark: str) -> Image.Image:
    """Return one emoji, cropped to its visible pixels. Raqm joins the sequences of several code points."""
    font = ImageFont.truetype(EMOJI_FONT, STRIKE, layout_engine=ImageFont.Layout.RAQM)
    image = Image.new("RGBA", (136, 136), (0, 0, 0, 0))
    ImageDraw.Draw(image).text((0, 4), mark, font=font, embedded_color=True)
    return image.crop(image.getbbox())


def subset_font(source: Path, target: Path) -> None:
    """Write ``source`` reduced to ``CHARACTERS``, hinting kept so that letters look as they did in training."""
    from fontTools import subset

    options = subset.Options(hinting=True, layout_features=[], name_IDs=["*"], notdef_outline=True)
    font = subset.load_font(str(source), options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(text=CHARACTERS)
    subsetter.subset(font)
    subset.save_font(font, str(target), options)


def main() -> None:
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    for folder in ("emoji", "fonts"):
        (ASSETS / folder).mkdir(parents=True, exist_ok=True)
    for name, mark in EMOJI.items():
        render_emoji(mark).save(emoji_file(name), optimize=True)
    for name in FONT_FILES:
        subset_font(LETTER_FONTS / name, ASSETS / "fonts" / name)
    files = [path for path in ASSETS.rglob("*") if path.is_file()]
    print(f"{len(files)} files, {sum(path.stat().st_size for path in files)} bytes in {ASSETS}")


if __name__ == "__main__":
    main()
