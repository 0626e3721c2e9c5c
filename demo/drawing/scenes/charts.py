"""Bar charts and pie charts without labels: which part is largest, smallest, and how many there are."""

from __future__ import annotations

import random
from collections.abc import Sequence

from demo.drawing.canvas import Canvas, jitter
from demo.drawing.catalog import COLOR_NAMES, COLORS, RGB, with_article
from demo.drawing.questions import Drawing, Question, near, others, yes_no

AXIS: RGB = (60, 60, 60)
CHART_COLORS = tuple(name for name in COLOR_NAMES if name != "white")
_TOP, _BASE = 0.08, 0.88
_PIXEL = 1 / 256


def draw_chart(rng: random.Random, size: int, yes_share: float) -> Drawing:
    """Draw a bar chart (two times in three) or a pie chart, no two parts alike."""
    canvas = Canvas(rng, size, light=True)
    if rng.random() < 0.65:
        return Drawing("chart", canvas, _bars(rng, canvas, yes_share))
    return Drawing("chart", canvas, _pie(rng, canvas, yes_share))


def bars(canvas: Canvas, colors: Sequence[str], heights: Sequence[float]) -> None:
    """Draw two axes and one bar a colour; heights from 0 to 10.5."""
    for ends in ((0.08, _TOP, 0.08, _BASE), (0.08, _BASE, 0.96, _BASE)):
        canvas.line(ends, AXIS, 3 * _PIXEL)
    step = 0.86 / len(colors)
    for i, (color, height) in enumerate(zip(colors, heights, strict=True)):
        left, top = 0.1 + i * step, _BASE - (_BASE - _TOP) * height / 10.5
        box = (left + step * 0.14, top, left + step * 0.84, _BASE - 2 * _PIXEL)
        canvas.rectangle(box, jitter(COLORS[color], canvas.rng, 10), "bar", color)


def _bars(rng: random.Random, canvas: Canvas, yes_share: float) -> list[Question]:
    count = rng.randint(2, 5)
    colors = rng.sample(CHART_COLORS, count)
    heights = rng.sample(range(2, 11), count)
    bars(canvas, colors, heights)
    high, low, pool = _extremes(rng, colors, heights)
    text = rng.choice(
        [
            "What is the color of the tallest bar in the chart?",
            "Which bar has the highest value in the bar chart?",
        ]
    )
    asked = [Question("chart", text, high, others(rng, pool, high, 3))]
    text = rng.choice(
        [
            "What is the color of the shortest bar in the chart?",
            "Which bar has the lowest value in the bar chart?",
        ]
    )
    asked.append(Question("chart", text, low, others(rng, pool, low, 3)))
    text = "How many bars are in the chart?"
    asked.append(Question("count", text, str(count), near(rng, count, 1, 6)))
    i, j = rng.sample(range(count), 2)
    text = rng.choice(
        [
            f"Is the {colors[i]} bar taller than the {colors[j]} bar?",
            f"According to the chart, is {colors[i]} higher than {colors[j]}?",
        ]
    )
    asked.append(yes_no("chart_yn", text, heights[i] > heights[j]))
    asked.append(_part_exists(rng, colors, "bar", yes_share))
    text = "What kind of chart is this?"
    return [*asked, Question("chart_type", text, "bar chart", ("pie chart", "line chart"))]


def pie(canvas: Canvas, colors: Sequence[str], shares: Sequence[float]) -> None:
    """Draw one slice a colour at a random place and turn; shares add up to 1."""
    rng = canvas.rng
    r = rng.uniform(0.3, 0.43)
    margin = r + 4 * _PIXEL
    x, y = rng.uniform(margin, 1 - margin), rng.uniform(margin, 1 - margin)
    angle = rng.uniform(0, 360)
    for color, share in zip(colors, shares, strict=True):
        end = angle + 360 * share
        fill = jitter(COLORS[color], rng, 10)
        canvas.slice((x - r, y - r, x + r, y + r), angle, end, fill, "slice", color)
        angle = end


def _pie(rng: random.Random, canvas: Canvas, yes_share: float) -> list[Question]:
    count = rng.randint(2, 4)
    colors = rng.sample(CHART_COLORS, count)
    shares = _distinct_shares(rng, count)
    pie(canvas, colors, shares)
    high, low, pool = _extremes(rng, colors, shares)
    text = "What is the color of the largest slice of the pie chart?"
    asked = [Question("chart", text, high, others(rng, pool, high, 3))]
    text = "What is the color of the smallest slice of the pie chart?"
    asked.append(Question("chart", text, low, others(rng, pool, low, 3)))
    text = "How many slices does the pie chart have?"
    asked.append(Question("count", text, str(count), near(rng, count, 1, 6)))
    i, j = rng.sample(range(count), 2)
    text = f"Is the {colors[i]} slice larger than the {colors[j]} slice?"
    asked.append(yes_no("chart_yn", text, shares[i] > shares[j]))
    asked.append(_part_exists(rng, colors, "slice", yes_share))
    text = "What kind of chart is this?"
    return [*asked, Question("chart_type", text, "pie chart", ("bar chart", "line chart"))]


def _distinct_shares(rng: random.Random, count: int) -> list[float]:
    """Return shares whose largest and smallest stand apart from the next."""
    while True:
        raw = [rng.uniform(0.1, 1) for _ in range(count)]
        shares = [value / sum(raw) for value in raw]
        ordered = sorted(shares)
        if ordered[-1] - ordered[-2] > 0.08 and ordered[1] - ordered[0] > 0.06:
            return shares


def _extremes(
    rng: random.Random, colors: Sequence[str], values: Sequence[float]
) -> tuple[str, str, list[str]]:
    """Return the colours of the largest and smallest value, and the colours to choose among (at least three)."""
    high, low = colors[values.index(max(values))], colors[values.index(min(values))]
    absent = [name for name in COLOR_NAMES if name not in colors]
    return high, low, [*colors, *rng.sample(absent, 2 if len(colors) < 3 else 0)]


def _part_exists(
    rng: random.Random, colors: Sequence[str], part: str, yes_share: float
) -> Question:
    if rng.random() < yes_share:
        color = rng.choice(colors)
    else:
        color = rng.choice([c for c in COLOR_NAMES if c not in colors])
    text = f"Is there {with_article(color)} {part} in the chart?"
    return yes_no("exist", text, color in colors)
