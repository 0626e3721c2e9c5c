"""The prompts of training: those that lmms-eval writes for MMBench, MMMU and HallusionBench, and plain questions.

A multiple-choice answer is the option's text, never its letter: so small a model does not learn to point.
"""

from __future__ import annotations

import random
from typing import Literal, NamedTuple

from demo.drawing.catalog import COLOR_NAMES, OBJECT_NAMES, SHAPES, WORDS
from demo.drawing.questions import QUADRANTS, RELATIONS, Question

LETTERS = "ABCDE"
CHOICE_NOTE = "Answer with the option's letter from the given choices directly."
OPEN_NOTE = "Answer the question using a single word or phrase."
YES_NO_NOTES = (" Please answer yes or no.", "\nPlease answer yes or no.")
CHOICE_SHARE = 0.6
"""Of the questions that can be asked both ways, how many come with options."""

Form = Literal["choice", "open", "yes_no"]


class Asked(NamedTuple):
    """A prompt and the answer that is right for it."""

    prompt: str
    answer: str


def listed(text: str, options: list[str], rng: random.Random | None = None) -> str:
    """Return a question with lettered options as MMBench's prompt has them; with ``rng``, at times as MMMU's."""
    lines = "\n".join(
        f"{letter}. {option}" for letter, option in zip(LETTERS, options, strict=False)
    )
    plain = rng is not None and rng.random() < 0.3
    return f"{text}{'' if plain else ' There are several options:'}\n{lines}\n\n{CHOICE_NOTE}"


def ask(rng: random.Random, question: Question, form: Form | None = None) -> Asked:
    """Put a question in one of the forms it allows; ``form`` chooses one, with all distractors as options."""
    if question.form == "yes_no":
        return _ask_yes_no(rng, question, plain=form is not None)
    if form is None:
        choose = question.form == "choice" or rng.random() < CHOICE_SHARE
    else:
        choose = form == "choice"
    if not choose:
        return Asked(f"{question.text}\n{OPEN_NOTE}", question.answer)
    count = len(question.distractors)
    if form is None:
        count = min(count, rng.choice([1, 2, 3, 3, 3]))
    options = [question.answer, *question.distractors[:count]]
    rng.shuffle(options)
    return Asked(listed(question.text, options, rng), question.answer)


def _ask_yes_no(rng: random.Random, question: Question, *, plain: bool) -> Asked:
    style = "plain" if plain else rng.choice(["plain", "plain", "note", "open", "choice"])
    if style == "choice":
        options = ["Yes", "No"]
        rng.shuffle(options)
        return Asked(listed(question.text, options, rng), question.answer)
    note = {"plain": "", "note": rng.choice(YES_NO_NOTES), "open": f"\n{OPEN_NOTE}"}[style]
    return Asked(question.text + note, question.answer)


def ask_for_letter(rng: random.Random, question: Question) -> Asked:
    """Return practice in reading options, which needs no picture: what does option C say?"""
    if not question.distractors or rng.random() < 0.5:
        pools = [
            COLOR_NAMES,
            SHAPES,
            OBJECT_NAMES,
            QUADRANTS,
            tuple("0123456789"),
            tuple(rng.sample(WORDS, 8)),
            tuple(RELATIONS.values()),
        ]
        pool = rng.choice(pools)
    else:
        pool = (question.answer, *question.distractors)
    options = rng.sample(pool, min(len(pool), rng.choice([2, 3, 4, 4, 4])))
    index = rng.randrange(len(options))
    text = listed(f"What is option {LETTERS[index]}?", options, rng)
    return Asked(text.replace(CHOICE_NOTE, OPEN_NOTE), options[index])
