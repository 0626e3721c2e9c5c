"""Drawn items and answers of every declared benchmark, for measuring: realistic in shape and length, no real data."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import cycle, islice
from typing import Any

from evaluator.benchmarks import Benchmark
from evaluator.records import Item, Response

Doc = dict[str, Any]

QUESTIONS = 1176
"""Of MMBench in its first release, asked in 4,377 rows."""
SUBJECTS = ("Accounting", "Art", "Biology", "Computer_Science", "History", "Math", "Pharmacy")
THINGS = ("a red car", "a bus on line {n}", "two people who wait for a bus", "a tall tree")
CLOSING = "Let me look at the picture. There is a road with a number of cars on it. "

CHOICES = {
    "short": ("A", "B", "C.", "(D)"),
    "sentences": (
        "The answer is B.",
        "**C. a bus**",
        "D\n\nThe picture shows a tall tree next to a small house.",
        "I think it is a red car.",
        "The answer is (C) because A is wrong.",
        "I'm sorry, I cannot tell from this picture.",
        "答案是B。",
        "<think>A cat? No, it barks.</think>A",
    ),
    "reasoning": (
        f"{CLOSING}Option A names a red car, and there is a car, but it is not red. Option B names a bus; a bus "
        "would be longer. " * 3 + "So the answer is C.",
    ),
}
YES_NO = {
    "short": ("Yes", "No", "yes.", "No."),
    "sentences": (
        "Yes, the two lines are of the same length.",
        "No, the orange circle on the left is larger.",
        "**No.** The chart shows 12, not 21.",
        "It cannot be determined from the picture.",
        "答案：是的。",
        "<think>They look unequal.</think>Yes",
    ),
    "reasoning": (f"{CLOSING}{'The left bar ends at 40 and the right one at 42. ' * 8}So: no.",),
}
WORDS = {
    "short": ("2", "red", "bus", "left"),
    "sentences": (
        "There are 2 cars.",
        "The car is red.",
        "**On the left.**",
        "I'm sorry, I cannot tell from this picture.",
        "答案是红色。",
        "<think>One, two, three.</think>3",
    ),
    "reasoning": (f"{CLOSING}{'The next car is parked behind a tree. ' * 9}So the answer is 3.",),
}


def _mmbench(n: int) -> Doc:
    number, question = divmod(n, QUESTIONS)
    options = {letter: text.format(n=question) for letter, text in zip("ABCD", THINGS, strict=True)}
    return {
        "index": number * 1_000_000 + question,
        "question": "What is in the picture?",
        **options,
        "answer": "ABCD"[(question + number) % 4],
        "category": "image_scene",
        "L2-category": "coarse_perception",
    }


def _hallusionbench(n: int) -> Doc:
    pair, figure = divmod(n, 3)
    return {
        "category": ("VD", "VS")[pair % 2],
        "subcategory": ("illusion", "chart")[pair % 2],
        "visual_input": "1" if figure == 0 and pair % 2 == 0 else ("0", "1", "2")[figure],
        "set_id": str(pair // 4),
        "figure_id": str(figure),
        "question_id": str(pair // 2 % 2),
        "question": "Are the two orange circles of the same size?",
        "gt_answer": str(n % 2),
    }


def _mmmu(n: int) -> Doc:
    subject = SUBJECTS[n % len(SUBJECTS)]
    doc = {
        "id": f"validation_{subject}_{n}",
        "question": "What does <image 1> show?",
        "topic_difficulty": ("Easy", "Medium", "Hard")[n % 3],
        "subfield": subject,
        "img_type": "['Diagrams']",
    }
    if n % 17 == 0:
        return doc | {"question_type": "open", "options": "[]", "answer": "['3', 'three']"}
    options = [text.format(n=n) for text in THINGS]
    return doc | {
        "question_type": "multiple-choice",
        "options": str(options),
        "answer": "ABCD"[n % 4],
    }


def _mmmu_pro(n: int) -> Doc:
    return {
        "id": f"test_{n}",
        "subject": SUBJECTS[n % len(SUBJECTS)],
        "question": "What is in the picture?",
        "topic_difficulty": "Medium",
        "options": str([f"{text} {part}".format(n=n) for part in range(3) for text in THINGS][:10]),
        "answer": "ABCDEFGHIJ"[n % 10],
    }


def _realworldqa(n: int) -> Doc:
    if n % 2:
        return {"question": "How many cars are there?", "answer": str(n % 7)}
    lines = (f"{letter}. {text}".format(n=n) for letter, text in zip("ABC", THINGS, strict=False))
    return {"question": "\n".join(("What is this?", *lines)), "answer": "ABC"[n % 3]}


def _vqav2(n: int) -> Doc:
    return {
        "question_id": n,
        "image_id": n // 4,
        "question": "What colour is the car?",
        "question_type": "what color is the",
        "answer_type": ("yes/no", "number", "other")[n % 3],
        "answers": [
            {"answer": ("red", "dark red", "2", "yes")[(n + i // 6) % 4]} for i in range(10)
        ],
    }


_DRAWN: dict[str, tuple[Callable[[int], Doc], dict[str, tuple[str, ...]]]] = {
    "mmbench": (_mmbench, CHOICES),
    "hallusionbench": (_hallusionbench, YES_NO),
    "mmmu": (_mmmu, CHOICES),
    "mmmu_pro": (_mmmu_pro, CHOICES),
    "realworldqa": (_realworldqa, CHOICES | {"short": WORDS["short"]}),
    "vqav2": (_vqav2, WORDS),
}


def drawn_kind(benchmark: Benchmark) -> str:
    """Return which drawn items fit the benchmark. Raises LookupError where there are none: draw some."""
    names = [name for name in _DRAWN if benchmark.slug.startswith(name) or benchmark.family == name]
    if not names:
        raise LookupError(f"no items are drawn for {benchmark.slug}: add some to {__file__}")
    return max(names, key=len)


def answer_styles(benchmark: Benchmark) -> dict[str, tuple[str, ...]]:
    """Return answers as models write them, by style."""
    return _DRAWN[drawn_kind(benchmark)][1]


def drawn(benchmark: Benchmark, rows: int, texts: tuple[str, ...]) -> list[tuple[Item, Response]]:
    """Return that many items of the benchmark with these answers in turn."""
    return list(islice(_endless(benchmark, texts), rows))


def _endless(benchmark: Benchmark, texts: tuple[str, ...]) -> Iterator[tuple[Item, Response]]:
    draw = _DRAWN[drawn_kind(benchmark)][0]
    for position, text in enumerate(cycle(texts)):
        doc = draw(position)
        item = Item(benchmark.row_key(doc, position), position, benchmark.fields(doc))
        yield item, Response(item.key, position, text, finish_reason="stop", completion_tokens=9)
