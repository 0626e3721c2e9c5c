"""VQAv2's schema with drawn pictures: three questions a picture, ten answers a question, not all of them the same."""

from __future__ import annotations

import random
from collections.abc import Iterator

from demo.datasets.files import IMAGE, INTEGER, TEXT, DemoSet, Row, png, records
from demo.drawing.questions import Drawing, Question
from demo.drawing.scenes import Scene, draw_chart, draw_emoji, draw_lines, draw_shapes, draw_text

SIZE = 320
"""Side of the pictures in pixels."""
COLUMNS = {
    "question_type": TEXT,
    "multiple_choice_answer": TEXT,
    "answers": records(answer=TEXT, answer_confidence=TEXT, answer_id=INTEGER),
    "image_id": INTEGER,
    "answer_type": TEXT,
    "question_id": INTEGER,
    "question": TEXT,
    "image": IMAGE,
}
SCENES: tuple[Scene, ...] = (
    *(draw_shapes, draw_emoji, draw_chart, draw_emoji),
    *(draw_shapes, draw_lines, draw_text),
)
PICTURES = 28
ANNOTATORS = 10
TYPES = (
    *("what color is the", "what color", "what is the color of the", "what is the", "what"),
    *("how many", "is there a", "is there", "is the", "are the", "can you", "does the", "do"),
    *("which", "where is the", "in which"),
)
"""Beginnings that stand for a kind of question; the longest that fits is its type."""
NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def build_val(seed: int) -> DemoSet:
    """Return the set of ``seed`` as the validation split."""
    return DemoSet(COLUMNS, {"validation": list(_rows(seed))})


def build_lite(seed: int) -> DemoSet:
    """Return the questions about the first half of the pictures, as lmms-eval's lite subset."""
    rows = list(_rows(seed))
    last = rows[len(rows) // 2]["image_id"]
    return DemoSet(COLUMNS, {"lite": [row for row in rows if row["image_id"] <= last]})


def _rows(seed: int) -> Iterator[Row]:
    rng = random.Random(f"vqav2:{seed}")
    for number in range(PICTURES):
        drawing = SCENES[number % len(SCENES)](rng, SIZE, 0.5)
        picture, image_id = png(drawing.canvas.picture()), 1000 + 7 * number
        for place, question in enumerate(_asked(rng, drawing)):
            answers = _answers(rng, question)
            yield {
                "question_type": _type_of(question.text),
                "multiple_choice_answer": question.answer.lower(),
                "answers": [
                    {"answer": answer, "answer_confidence": _confidence(rng), "answer_id": i}
                    for i, answer in enumerate(answers, start=1)
                ],
                "image_id": image_id,
                "answer_type": _kind(question),
                "question_id": 1000 * image_id + place,
                "question": question.text,
                "image": picture,
            }


def _asked(rng: random.Random, drawing: Drawing) -> list[Question]:
    """Return up to one question of each answer type that needs no options."""
    by_kind: dict[str, list[Question]] = {}
    for question in drawing.questions:
        if question.form != "choice":
            by_kind.setdefault(_kind(question), []).append(question)
    return [rng.choice(by_kind[kind]) for kind in sorted(by_kind)]


def _kind(question: Question) -> str:
    if question.form == "yes_no":
        return "yes/no"
    return "number" if question.answer.isdecimal() else "other"


def _answers(rng: random.Random, question: Question) -> list[str]:
    """Return what ten people answered: at least six of them right, some in other words, the rest something else."""
    right = question.answer.lower()
    answers = [_in_other_words(rng, right) for _ in range(rng.randint(6, ANNOTATORS))]
    wrong = ["no" if right == "yes" else "yes"] if question.form == "yes_no" else []
    wrong += [text.lower() for text in question.distractors[:2]] or ["not sure"]
    answers += [rng.choice(wrong) for _ in range(ANNOTATORS - len(answers))]
    rng.shuffle(answers)
    return answers


def _in_other_words(rng: random.Random, answer: str) -> str:
    """Return the answer, now and then as somebody else would write it; scorers take both for the same."""
    if rng.random() < 0.85 or answer in ("yes", "no"):
        return answer
    if answer.isdecimal() and int(answer) < len(NUMBERS):
        return NUMBERS[int(answer)]
    return f"the {answer}" if answer.isalpha() else answer


def _confidence(rng: random.Random) -> str:
    return rng.choices(("yes", "maybe", "no"), (8, 1.5, 0.5))[0]


def _type_of(question: str) -> str:
    fitting = [kind for kind in TYPES if f"{question.lower()} ".startswith(f"{kind} ")]
    return max(fitting, key=len, default="none of the above")
