"""A byte-level BPE tokenizer of 2,048 tokens, trained on the prompts and on Python's own help texts.

Digits, and letters within words in capitals, are tokens of their own: a model that reads letter by letter needs them.
"""

from __future__ import annotations

import pydoc_data.topics
import random
from collections.abc import Iterator

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from demo.drawing.scenes import draw
from demo.training.corpus import TOKENIZER_SEEDS, YES_SHARE
from demo.training.prompts import ask

SPECIAL = ("<pad>", "<s>", "</s>", "<image>")
PAD, BOS, EOS, IMAGE = range(4)
SIZE = 2048
_CAPITALS = r"[A-Z](?=[A-Z])|(?<=[A-Z])[A-Z]"


def train_tokenizer(pictures: int) -> Tokenizer:
    """Return a tokenizer trained on the questions of that many drawings."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.Split(Regex(_CAPITALS), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=SIZE,
        special_tokens=list(SPECIAL),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_texts(pictures), trainer)
    return tokenizer


def _texts(pictures: int) -> Iterator[str]:
    rng = random.Random(1)
    for seed in range(TOKENIZER_SEEDS, TOKENIZER_SEEDS + pictures):
        for question in draw(seed, yes_share=YES_SHARE).questions:
            asked = ask(rng, question)
            yield f"User: \n{asked.prompt} Assistant: {asked.answer}"
            yield f" {asked.answer} {' '.join(question.distractors)}"
    yield from pydoc_data.topics.topics.values()
