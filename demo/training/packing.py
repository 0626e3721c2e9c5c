"""Many questions about one picture in one sequence: each sees the picture and itself, and no other question."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor

from demo.drawing.questions import Question
from demo.training.prompts import Asked, ask, ask_for_letter
from demo.training.student import PATCHES
from demo.training.tokenizer import BOS, EOS, IMAGE

IGNORED = -100
END_WEIGHT = 0.05
"""Of the end token in the loss: it is easy, and there is one in every answer."""
_LETTER_SHARE = 0.05
_BARE_SHARE = 0.2


@dataclass(frozen=True)
class Packed:
    """Tensors (batch, length). ``block`` is 0 for the picture, then the question's number, -1 for padding."""

    tokens: Tensor
    block: Tensor
    position: Tensor
    label: Tensor
    weight: Tensor


def prefix(tokenizer: Tokenizer) -> list[int]:
    """Return the tokens before a question: the beginning, the speaker, a place for every patch."""
    speaker = tokenizer.encode("User: ", add_special_tokens=False).ids
    return [BOS, *speaker, *[IMAGE] * PATCHES]


def pack(
    tokenizer: Tokenizer,
    questions: Sequence[Sequence[Question]],
    rng: random.Random,
    length: int,
    *,
    bare: bool,
) -> Packed:
    """Fill one sequence a picture with its questions, in random order, twice when there is room.

    ``bare`` asks them without notes and options: short, so that many fit; training begins so.
    """
    start = prefix(tokenizer)
    shape = (len(questions), length)
    tokens, position = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    block, label = np.full(shape, -1, np.int64), np.full(shape, IGNORED, np.int64)
    weight = np.zeros(shape, np.float32)
    for i, mine in enumerate(questions):
        at = len(start)
        tokens[i, :at], block[i, :at], position[i, :at] = start, 0, range(at)
        for number, (prompt, answer) in enumerate(_encoded(tokenizer, mine, rng, bare), start=1):
            size = len(prompt) + len(answer)
            if at + size > length:
                continue
            span = slice(at, at + size)
            tokens[i, span], block[i, span] = prompt + answer, number
            position[i, span] = range(len(start), len(start) + size)
            first, last = at + len(prompt) - 1, at + size - 2
            label[i, first : last + 1] = answer
            weight[i, first:last] = max(1, len(answer) - 1) ** -0.5
            weight[i, last] = END_WEIGHT
            at += size
    arrays = (tokens, block, position, label, weight)
    return Packed(*(torch.from_numpy(array) for array in arrays))


def _encoded(
    tokenizer: Tokenizer, questions: Sequence[Question], rng: random.Random, bare: bool
) -> list[tuple[list[int], list[int]]]:
    twice = [*questions, *questions]
    rng.shuffle(twice)
    asked = [a for question in twice if (a := _asked(rng, question, bare))]
    prompts = tokenizer.encode_batch(
        [f"\n{a.prompt} Assistant:" for a in asked], add_special_tokens=False
    )
    answers = tokenizer.encode_batch([f" {a.answer}" for a in asked], add_special_tokens=False)
    return [(p.ids, [*a.ids, EOS]) for p, a in zip(prompts, answers, strict=True)]


def _asked(rng: random.Random, question: Question, bare: bool) -> Asked | None:
    """Return the question in some form; None for one that needs its options when none are to be given."""
    can_be_bare = question.form != "choice"
    if bare:
        return Asked(question.text, question.answer) if can_be_bare else None
    if can_be_bare and rng.random() < _BARE_SHARE:
        return Asked(question.text, question.answer)
    return ask_for_letter(rng, question) if rng.random() < _LETTER_SHARE else ask(rng, question)


def attention_mask(block: Tensor, dtype: torch.dtype) -> Tensor:
    """Return the additive mask (batch, 1, length, length): backwards only, to the picture and the own question."""
    length = block.shape[1]
    backwards = torch.tril(torch.ones(length, length, dtype=torch.bool))
    related = (block[:, None, :] == 0) | (block[:, None, :] == block[:, :, None])
    allowed = (backwards & related) | torch.eye(length, dtype=torch.bool)
    mask = torch.zeros(allowed.shape, dtype=dtype)
    return mask.masked_fill(~allowed, float("-inf"))[:, None]
