"""Visual dependent: what only the picture can tell. Illusions, sums, words, scenes, and films of four frames."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence

from PIL import Image

from demo.datasets.hallusion_bench.case import SIZE, Case, Claim, Subcategory
from demo.drawing import diagrams, illusions
from demo.drawing import illustrations as draw
from demo.drawing.canvas import Canvas
from demo.drawing.catalog import COLORS, GROUPS, WORDS, with_article

ILLUSIONS: Mapping[str, tuple[Callable[[random.Random, int, bool], Canvas], str, str]] = {
    "Mueller-Lyer": (
        illusions.mueller_lyer,
        "Are the two horizontal lines the same length?",
        "Is the upper horizontal line longer than the lower one?",
    ),
    "Ponzo": (
        illusions.ponzo,
        "Do the two thick lines have the same length?",
        "Is the upper thick line longer than the lower one?",
    ),
    "Ebbinghaus": (
        illusions.ebbinghaus,
        "Are the two orange circles the same size?",
        "Is the orange circle on the right larger than the one on the left?",
    ),
    "Zoellner": (
        illusions.zoellner,
        "Are the long colored lines parallel to each other?",
        "Are the long colored lines tilted against each other?",
    ),
    "Hering": (
        illusions.hering,
        "Are the two red lines straight?",
        "Are the two red lines bent?",
    ),
    "contrast": (
        illusions.contrast,
        "Do the two small squares have the same shade of grey?",
        "Is the small square on the left lighter than the one on the right?",
    ),
    "vertical": (
        illusions.upright,
        "Are the two lines the same length?",
        "Is the vertical line longer than the horizontal line?",
    ),
}
STARTS = ("circle", "square", "triangle", "star", "diamond")


def illusion(rng: random.Random) -> Iterator[Case]:
    """Six classic illusions; the edit makes what the eye expects come true."""
    for name in rng.sample(list(ILLUSIONS), 6):
        drawn, equal, unequal = ILLUSIONS[name]
        seed = rng.random()
        pictures = tuple(drawn(random.Random(seed), SIZE, edit).picture() for edit in (False, True))
        claims = (Claim(equal, (True, False)), Claim(unequal, (False, True)))
        yield Case(f"illusion: {name}", pictures, claims)


def math(rng: random.Random) -> Iterator[Case]:
    """A sum, a triangle's sides, and a grid of dots; the edit is off by one."""
    a, b = rng.randint(3, 9), rng.randint(3, 9)
    yield _flipped(
        "sum",
        [_text(f"{a} + {b} = {a + b + wrong}") for wrong in (0, 1)],
        "Is the sum in the image correct?",
        f"Does the image say that {a} + {b} = {a + b + 1}?",
    )
    times = rng.randint(1, 4)
    yield _flipped(
        "right triangle",
        [
            diagrams.triangle(
                random.Random(1), SIZE, (str(4 * times), str(3 * times), str(long))
            ).picture()
            for long in (5 * times, 5 * times + 1)
        ],
        "Do the lengths in the image belong to a right triangle?",
        f"Is the longest side {5 * times + 1} long?",
    )
    columns, rows = rng.randint(3, 5), rng.randint(2, 4)
    seed = rng.random()
    yield _flipped(
        "dots",
        [
            diagrams.dots(random.Random(seed), SIZE, columns, rows, gone).picture()
            for gone in (0, 1)
        ],
        f"Are there {columns * rows} dots in the image?",
        "Is a dot missing in the last row?",
    )


def ocr(rng: random.Random) -> Iterator[Case]:
    """A word, a number, and a colour's name; the edit changes a letter, a digit, or the ink."""
    word, other = rng.choice([pair for pair in _one_letter_apart() if rng.random() < 0.5])
    color = rng.choice(("red", "blue", "green"))
    yield _flipped(
        "word",
        [diagrams.sign(random.Random(1), SIZE, [said], color).picture() for said in (word, other)],
        f"Does the image show the word {word}?",
        f"Does the image show the word {other}?",
    )
    number = rng.randint(12, 88)
    yield _flipped(
        "number",
        [_text(str(said)) for said in (number, number + 10)],
        f"Is the number in the image {number}?",
        f"Is the number in the image {number + 10}?",
    )
    name, ink = rng.sample(("red", "blue", "green", "orange"), 2)
    yield _flipped(
        "name of a color",
        [_text(name.upper(), color) for color in (name, ink)],
        f"Is the text written in {name}?",
        f"Is the text written in {ink}?",
    )


def figure(rng: random.Random) -> Iterator[Case]:
    """Things, a scene, and a ball and a box; the edit replaces or moves one of them."""
    group = rng.choice(("animal", "food"))
    *others, first, second = rng.sample(list(GROUPS[group]), 5)
    seed = rng.random()
    yield _flipped(
        f"{group} group",
        [
            draw.group(random.Random(seed), SIZE, [*others, name]).picture()
            for name in (first, second)
        ],
        f"Is there {with_article(first)} in the image?",
        f"Is there {with_article(second)} in the image?",
    )
    skies = [("sun", (185, 220, 250), (120, 180, 95)), ("moon", (25, 30, 60), (35, 60, 45))]
    rng.shuffle(skies)
    seed = rng.random()
    yield _flipped(
        "landscape",
        [
            draw.landscape(
                random.Random(seed), SIZE, draw.Landscape(sky, ground, ("house", "tree"), (light,))
            ).picture()
            for light, sky, ground in skies
        ],
        f"Can you see a {skies[0][0]} in this picture?",
        f"Can you see a {skies[1][0]} in this picture?",
    )
    here, there = rng.sample([*draw.BALL_PLACES, "under the box"], 2)
    seed = rng.random()
    yield _flipped(
        "ball and box",
        [draw.ball_and_box(random.Random(seed), SIZE, p).picture() for p in (here, there)],
        f"Is the ball {here}?",
        f"Is the ball {there}?",
    )


def video(rng: random.Random) -> Iterator[Case]:
    """Three films of four frames. The first edit runs backwards, in the second nothing happens."""
    for note, film, forwards, backwards in (
        (
            "rolling ball",
            _moving(rng),
            "Does the ball move to the right from the first frame to the last?",
            "Does the ball move to the left from the first frame to the last?",
        ),
        (
            "growing shape",
            _growing(rng),
            "Does the shape become larger from the first frame to the last?",
            "Does the shape become smaller from the first frame to the last?",
        ),
        (
            "rising sun",
            _rising(rng),
            "Does the sun go up from the first frame to the last?",
            "Does the sun go down from the first frame to the last?",
        ),
    ):
        pictures = tuple(map(diagrams.frames, (film, film[::-1], [film[1]] * 4)))
        claims = (Claim(forwards, (True, False, False)), Claim(backwards, (False, True, False)))
        yield Case(f"video: {note}", pictures, claims)


def _moving(rng: random.Random) -> list[Image.Image]:
    color, y, film = rng.choice(("red", "blue", "purple")), rng.uniform(0.62, 0.72), []
    for i in range(4):
        canvas = Canvas(random.Random(1), SIZE, background=(235, 240, 245))
        canvas.rectangle((0, y + 0.13, 1, 1), (170, 190, 150))
        canvas.shape("circle", 0.15 + 0.23 * i, y, 0.13, color)
        film.append(canvas.picture())
    return film


def _growing(rng: random.Random) -> list[Image.Image]:
    kind, color = rng.choice(STARTS), rng.choice(("red", "green", "orange"))
    film = []
    for r in (0.09, 0.17, 0.25, 0.33):
        canvas = Canvas(random.Random(1), SIZE, background=(250, 248, 240))
        canvas.shape(kind, 0.5, 0.5, r, color, angle=0)
        film.append(canvas.picture())
    return film


def _rising(rng: random.Random) -> list[Image.Image]:
    x, film = rng.uniform(0.35, 0.65), []
    for y in (0.74, 0.56, 0.38, 0.2):
        canvas = Canvas(random.Random(1), SIZE, background=(190, 222, 250))
        canvas.emoji("sun", x, y, 0.15)
        canvas.rectangle((0, 0.72, 1, 1), (110, 170, 95))
        film.append(canvas.picture())
    return film


def _flipped(note: str, pictures: Sequence[Image.Image], true: str, false: str) -> Case:
    """Return the case of one edit that makes the true claim false, and the false one true."""
    claims = (Claim(true, (True, False)), Claim(false, (False, True)))
    return Case(note, tuple(pictures), claims)


def _text(text: str, color: str = "black") -> Image.Image:
    canvas = diagrams.sheet(random.Random(1), SIZE)
    canvas.write(text, 0.5, 0.5, 0.3, COLORS[color], widest=0.88)
    return canvas.picture()


def _one_letter_apart() -> list[tuple[str, str]]:
    words = sorted(WORDS, key=lambda word: (len(word), word))
    return [(a, b) for a in words for b in words if a != b and _differences(a, b) == 1]


def _differences(a: str, b: str) -> int:
    return sum(x != y for x, y in zip(a, b, strict=True)) if len(a) == len(b) else -1


SUBCATEGORIES: Mapping[str, Subcategory] = {
    "illusion": illusion,
    "math": math,
    "ocr": ocr,
    "figure": figure,
    "video": video,
}
