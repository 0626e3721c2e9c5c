"""A word or a number, to be read."""

from __future__ import annotations

import random

from demo.drawing.canvas import Canvas, jitter
from demo.drawing.catalog import COLOR_NAMES, COLORS, WORDS
from demo.drawing.glyphs import FONT_FILES, font
from demo.drawing.questions import Drawing, Question, near, others, yes_no


def draw_text(rng: random.Random, size: int, yes_share: float) -> Drawing:  # noqa: ARG001
    """Draw one word of WORDS or a number below 1,000, as large as it can be or somewhat smaller."""
    canvas = Canvas(rng, size)
    is_number = rng.random() < 0.5
    if is_number:
        text = str(rng.choice([rng.randint(0, 9), rng.randint(10, 99), rng.randint(100, 999)]))
    else:
        text = rng.choice(WORDS)
    color = _write(rng, canvas, text)
    asked = _number_questions(rng, text) if is_number else _word_questions(rng, text)
    wrong = others(rng, COLOR_NAMES, color, 3)
    asked.append(Question("color", "What is the color of the text?", color, wrong))
    return Drawing("text", canvas, asked)


def _write(rng: random.Random, canvas: Canvas, text: str) -> str:
    """Draw ``text`` at a random place and return its colour."""
    name = rng.choice(FONT_FILES)
    largest = int(min(0.55, 1.25 / max(1, len(text))) * canvas.width)
    size = rng.randint(int(largest * 0.62), largest)
    while font(name, size).getlength(text) > canvas.width * 0.94:
        size = int(size * 0.93)
    face = font(name, size)
    x = rng.uniform(0.03, 0.97 - face.getlength(text) / canvas.width)
    y = rng.uniform(0, 1 - size * 1.2 / canvas.width)
    faint = ("yellow", "pink") if canvas.brightness > 150 else ("purple", "blue")
    color = rng.choice([c for c in canvas.visible_colors() if c not in faint])
    for character in text:
        canvas.character(x, y, character, face, jitter(COLORS[color], rng, 10), color)
        x += face.getlength(character) / canvas.width
    return color


def _misread(rng: random.Random, number: str) -> list[str]:
    """Return three numbers that differ from ``number`` in one digit, in random order."""
    wrong: set[str] = set()
    while len(wrong) < 3:
        digits = list(number)
        place = rng.randrange(len(digits))
        digits[place] = str(rng.randint(0, 9))
        other = "".join(digits)
        if other != number and not (len(other) > 1 and other[0] == "0"):
            wrong.add(other)
    # A set of texts has another order in each process: sorted, so that the lot alone decides.
    return rng.sample(sorted(wrong), 3)


def _number_questions(rng: random.Random, number: str) -> list[Question]:
    wrong = tuple(_misread(rng, number))
    text = rng.choice(
        ["What number is shown in the image?", "Which number is written in the picture?"]
    )
    said = number if rng.random() < 0.5 else rng.choice(wrong)
    return [
        Question("ocr_number", text, number, wrong),
        Question("ocr_number", "What number is written here?", number, wrong),
        yes_no("ocr_yn", f"Is the number in the image {said}?", said == number),
    ]


def _word_questions(rng: random.Random, word: str) -> list[Question]:
    same_length = [w for w in WORDS if len(w) == len(word)]
    text = rng.choice(
        ["What word is written in the image?", "What does the text in the image say?"]
    )
    pool = same_length if rng.random() < 0.6 else WORDS
    asked = [
        Question("ocr_word", text, word, others(rng, pool, word, 3)),
        Question(
            "ocr_word", "Which word is shown in the picture?", word, others(rng, WORDS, word, 3)
        ),
    ]
    said = word if rng.random() < 0.5 else rng.choice([w for w in WORDS if w != word])
    asked.append(yes_no("ocr_yn", f"Does the image show the word {said}?", said == word))
    text = "How many letters are in the word?"
    asked.append(Question("count", text, str(len(word)), near(rng, len(word), 2, 7)))
    return asked
