"""The two stages of training: seeing (name what each patch shows), then answering (packed questions)."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from demo.training.corpus import Corpus
from demo.training.packing import IGNORED, Packed, attention_mask, pack, prefix
from demo.training.student import PATCHES, Student

SEEING_RATE, ANSWERING_RATE = 2e-3, 1.5e-3
VISION_RATE_SHARE = 0.15
"""Of the answering stage's rate, for the vision tower and the projector, which can see by then."""
BARE_UNTIL = 0.38
"""The share of the answering stage in which questions come without notes and options."""
PATCH_LOSS_SHARE = 0.1
_REPORT_EVERY = 50


class Optimizers:
    """Muon for the large matrices, AdamW for all else, under one schedule: warm up, hold, fall."""

    def __init__(self, modules: Sequence[nn.Module], rate: float) -> None:
        named = [pair for module in modules for pair in module.named_parameters()]
        large = [
            p for name, p in named if p.ndim == 2 and "embed" not in name and min(p.shape) > 128
        ]
        chosen = {id(p) for p in large}
        rest = [p for _, p in named if id(p) not in chosen]
        self.rate = rate
        self._all: list[torch.optim.Optimizer] = [
            torch.optim.AdamW(rest, lr=rate, betas=(0.9, 0.98), weight_decay=0.01)
        ]
        if large:
            muon = torch.optim.Muon(
                large, lr=rate, weight_decay=0.02, momentum=0.95, adjust_lr_fn="match_rms_adamw"
            )
            self._all.append(muon)

    def step(self, progress: float) -> None:
        """Take a step at ``progress`` (0 to 1) of the stage, and clear the gradients."""
        hold_until = 0.3
        fall = max(0.02, (1 - progress) / (1 - hold_until)) if progress > hold_until else 1.0
        for optimizer in self._all:
            for group in optimizer.param_groups:
                group["lr"] = self.rate * min(1.0, progress / 0.03) * fall
            optimizer.step()
            optimizer.zero_grad()


class Stage:
    """Counts the steps of a stage that lasts ``minutes``, and prints how it goes now and then."""

    def __init__(self, name: str, minutes: float) -> None:
        self.name, self.minutes = name, minutes

    def steps(self) -> Iterator[float]:
        """Yield the progress, 0 to 1, before every step, until the time is over; one step at least."""
        start = time.monotonic()
        progress, self.count = 0.0, 0
        while progress < 1:
            yield progress
            self.count += 1
            progress = (time.monotonic() - start) / 60 / self.minutes if self.minutes else 1.0

    def report(self, progress: float, **values: float) -> None:
        if self.count % _REPORT_EVERY == 0:
            shown = "  ".join(f"{name} {value:.3f}" for name, value in values.items())
            print(f"{self.name} {progress:4.0%}  step {self.count}  {shown}", flush=True)


class Sampler:
    """Draws batches of indices without repetition within an epoch."""

    def __init__(self, count: int, seed: int) -> None:
        self._count, self._rng = count, np.random.RandomState(seed)
        self._left: NDArray[np.int64] = np.zeros(0, np.int64)

    def draw(self, size: int) -> NDArray[np.int64]:
        """Return ``size`` indices in rising order, or all there are when they are fewer."""
        size = min(size, self._count)
        if len(self._left) < size:
            self._left = self._rng.permutation(self._count)
        batch, self._left = np.sort(self._left[:size]), self._left[size:]
        return batch


def learn_to_see(student: Student, corpus: Corpus, minutes: float) -> None:
    """Train the vision tower and the projector until each patch lies near the name of what it shows."""
    optimizers = Optimizers([student.vision, student.projector, student.nothing], SEEING_RATE)
    sampler, stage = Sampler(len(corpus), seed=0), Stage("seeing", minutes)
    for progress in stage.steps():
        batch = sampler.draw(64)
        with torch.autocast("cpu", torch.bfloat16):
            features = student.see(corpus.pictures[batch])
            loss = student.patch_loss(features, corpus.kinds[batch], corpus.colors[batch])
        loss.backward()
        optimizers.step(progress)
        student.model.zero_grad()
        stage.report(progress, loss=loss.item())


def learn_to_answer(student: Student, corpus: Corpus, minutes: float) -> None:
    """Train all parts on packed questions; naming patches goes on beside it."""
    language = Optimizers([student.language, student.nothing], ANSWERING_RATE)
    vision = Optimizers([student.vision, student.projector], ANSWERING_RATE * VISION_RATE_SHARE)
    sampler, stage, rng = (
        Sampler(len(corpus), seed=1),
        Stage("answering", minutes),
        random.Random(1),
    )
    for progress in stage.steps():
        bare = progress < BARE_UNTIL
        batch = sampler.draw(20 if bare else 32)
        questions = [corpus.questions[i] for i in batch]
        packed = pack(student.tokenizer, questions, rng, 200 if bare else 320, bare=bare)
        with torch.autocast("cpu", torch.bfloat16):
            features = student.see(corpus.pictures[batch])
            answers, accuracy = answer_loss(student, features, packed)
            patches = student.patch_loss(features, corpus.kinds[batch], corpus.colors[batch])
        (answers + PATCH_LOSS_SHARE * patches).backward()
        nn.utils.clip_grad_norm_(student.language.parameters(), 1.0)
        language.step(progress)
        vision.step(progress)
        stage.report(progress, loss=answers.item(), accuracy=accuracy)


def answer_loss(student: Student, features: Tensor, packed: Packed) -> tuple[Tensor, float]:
    """Return the weighted loss of the answers' tokens, and the share of these that are right."""
    first = prefix(student.tokenizer).index(student.model.config.image_token_index)
    embedded = student.language.embed_tokens(packed.tokens).to(features.dtype)
    seen = student.projector(features)
    inputs = torch.cat([embedded[:, :first], seen, embedded[:, first + PATCHES :]], dim=1)
    hidden = student.language(
        inputs_embeds=inputs,
        attention_mask=attention_mask(packed.block, features.dtype),
        position_ids=packed.position,
        use_cache=False,
    ).last_hidden_state
    asked = packed.label != IGNORED
    scores = student.model.lm_head(hidden[asked]).float()
    labels, weights = packed.label[asked], packed.weight[asked]
    losses = F.cross_entropy(scores, labels, reduction="none")
    right = (scores.argmax(-1) == labels).float().mean().item()
    return (losses * weights).sum() / weights.sum(), right
