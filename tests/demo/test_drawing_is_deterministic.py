"""One seed is one picture with its questions, on any machine, without fonts of the system."""

from __future__ import annotations

import random

import numpy as np
import pytest
from PIL import ImageDraw, ImageFont

from demo.datasets import BUILDERS, SEED
from demo.drawing import glyphs
from demo.drawing.canvas import TRAINING_SIZE, Canvas
from demo.drawing.catalog import EMOJI
from demo.drawing.labels import KIND_IDS, patch_labels
from demo.drawing.scenes import SHARES, draw
from demo.training.assets import CHARACTERS


@pytest.mark.parametrize("scene", SHARES, ids=lambda scene: scene.__name__)
def test_every_scene_draws_the_same_twice(scene):
    first, second = (scene(random.Random(5), TRAINING_SIZE, 0.5) for _ in range(2))
    assert first.questions == second.questions
    assert np.array_equal(first.canvas.array(), second.canvas.array())


def test_another_seed_draws_another_picture():
    pictures = {draw(seed, yes_share=0.5).canvas.array().tobytes() for seed in range(30)}
    assert len(pictures) == 30


def test_every_answer_is_among_no_distractors():
    for seed in range(300):
        for question in draw(seed, yes_share=0.5).questions:
            offered = (question.answer, *question.distractors)
            assert len(set(offered)) == len(offered), (seed, question)


def test_no_font_outside_the_package_is_opened(monkeypatch):
    opened = []
    real = ImageFont.truetype

    def spy(file, *args, **kwargs):
        opened.append(file)
        return real(file, *args, **kwargs)

    monkeypatch.setattr(ImageFont, "truetype", spy)
    glyphs.font.cache_clear()
    for seed in range(60):
        draw(seed, yes_share=0.5)
    assert opened
    assert all(file.is_relative_to(glyphs.ASSETS) for file in opened)


@pytest.mark.parametrize("slug", BUILDERS)
def test_the_fonts_have_every_letter_that_is_written(monkeypatch, slug):
    written = set()
    real = ImageDraw.ImageDraw.text

    def spy(pen, xy, text, *args, **kwargs):
        written.update(text)
        return real(pen, xy, text, *args, **kwargs)

    monkeypatch.setattr(ImageDraw.ImageDraw, "text", spy)
    BUILDERS[slug](SEED)
    assert written
    assert written <= set(CHARACTERS)


def test_every_emoji_of_the_catalogue_has_a_visible_glyph_and_no_file_is_left_over():
    names = {glyphs.emoji_file(name).name for name in EMOJI}
    assert {path.name for path in (glyphs.ASSETS / "emoji").glob("*.png")} == names
    for name in EMOJI:
        alpha = np.asarray(glyphs.emoji(name).getchannel("A"))
        assert (alpha > 90).mean() > 0.1, name


def test_assets_stay_small_and_carry_their_licences():
    sizes = [path.stat().st_size for path in glyphs.ASSETS.rglob("*") if path.is_file()]
    assert sum(sizes) < 2 * 2**20
    assert "SIL OPEN FONT LICENSE" in (glyphs.ASSETS / "emoji" / "OFL.txt").read_text()
    assert "Bitstream Vera" in (glyphs.ASSETS / "fonts" / "LICENSE.txt").read_text()


def test_patch_labels_name_what_was_drawn_where():
    canvas = Canvas(random.Random(0), TRAINING_SIZE)
    canvas.shape("square", 0.25, 0.25, 0.15, "red", angle=0)
    labels = patch_labels(canvas.kinds).reshape(8, 8)
    assert (labels[1:3, 1:3] == KIND_IDS["square"]).all()
    assert (labels[4:, 4:] == KIND_IDS["background"]).all()
