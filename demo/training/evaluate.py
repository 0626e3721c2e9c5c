"""Measure a checkpoint on held-out drawings, by skill and form, beside what guessing would score.

    python -m demo.training.evaluate DIR [--per-skill 45] [--skill color ...] [--blind] [--json]

``--blind`` shows a grey picture instead: what is left is what the words alone give away.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import defaultdict
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from demo.drawing.scenes import draw
from demo.training.corpus import HELD_OUT
from demo.training.prompts import Asked, ask

_BATCH = 25


class Item(NamedTuple):
    """One question with its picture; ``chance`` is a guesser's accuracy, 0 where answers are open."""

    key: str
    picture: Image.Image
    asked: Asked
    chance: float


def items(per_skill: int, pictures: int, skills: Collection[str] = ()) -> list[Item]:
    """Return up to ``per_skill`` questions of each form of every skill, or only of ``skills``."""
    rng, counts = random.Random(7), defaultdict[str, int](int)
    found = []
    for seed in range(HELD_OUT, HELD_OUT + pictures):
        drawing = draw(seed, yes_share=0.5)
        picture = Image.fromarray(drawing.canvas.array())
        for question in drawing.questions:
            if skills and question.skill not in skills:
                continue
            for form in ("yes_no",) if question.form == "yes_no" else ("choice", "open"):
                key = f"{question.skill}/{form}"
                if counts[key] >= per_skill or (form == "open" and question.form == "choice"):
                    continue
                counts[key] += 1
                guesses = {"yes_no": 2, "choice": 1 + len(question.distractors)}.get(form, 0)
                asked = ask(rng, question, form)
                found.append(Item(key, picture, asked, 1 / guesses if guesses else 0.0))
    return found


def answers(checkpoint: Path, asked: list[Item], *, blind: bool) -> Iterator[tuple[Item, str]]:
    """Yield the checkpoint's answer to every item, greedy, through its own processor and chat template."""
    import torch
    from transformers import AutoProcessor, LlavaForConditionalGeneration

    model: Any = LlavaForConditionalGeneration.from_pretrained(checkpoint, dtype=torch.float32)
    processor: Any = AutoProcessor.from_pretrained(checkpoint)
    ordered = sorted(asked, key=lambda item: len(item.asked.prompt))
    grey = Image.new("RGB", (128, 128), (128, 128, 128))
    for start in range(0, len(ordered), _BATCH):
        batch = ordered[start : start + _BATCH]
        texts = [
            processor.apply_chat_template(
                [
                    {
                        "role": "user",
                        "content": [{"type": "image"}, {"type": "text", "text": item.asked.prompt}],
                    }
                ],
                add_generation_prompt=True,
            )
            for item in batch
        ]
        pictures = [grey if blind else item.picture for item in batch]
        inputs = processor(images=pictures, text=texts, return_tensors="pt", padding=True)
        with torch.inference_mode():
            output = model.generate(**inputs, max_new_tokens=8, do_sample=False)
        said = processor.batch_decode(
            output[:, inputs["input_ids"].shape[1] :], skip_special_tokens=True
        )
        yield from zip(batch, (text.strip() for text in said), strict=True)


def measure(checkpoint: Path, asked: list[Item], *, blind: bool) -> dict[str, dict[str, float]]:
    """Return accuracy, chance and number of questions by skill and form."""
    results: dict[str, list[tuple[bool, float]]] = defaultdict(list)
    for item, said in answers(checkpoint, asked, blind=blind):
        results[item.key].append((said.lower() == item.asked.answer.lower(), item.chance))
    return {
        key: {
            "accuracy": float(np.mean([right for right, _ in values])),
            "chance": float(np.mean([chance for _, chance in values])),
            "n": len(values),
        }
        for key, values in sorted(results.items())
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m demo.training.evaluate", description=__doc__.splitlines()[0]
    )
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--per-skill", type=int, default=45)
    parser.add_argument("--pictures", type=int, default=1_000, help="held-out drawings to search")
    parser.add_argument("--skill", action="append", default=[], help="only this one (repeatable)")
    parser.add_argument("--blind", action="store_true", help="show a grey picture instead")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    given = parser.parse_args()
    asked = items(given.per_skill, given.pictures, given.skill)
    table = measure(given.checkpoint, asked, blind=given.blind)
    if given.json:
        print(json.dumps(table))
        return
    for key, row in table.items():
        print(f"{key:22s} {row['accuracy']:6.1%}  chance {row['chance']:5.1%}  n {row['n']}")


if __name__ == "__main__":
    main()
