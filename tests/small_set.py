"""A small data set in MMBench's schema, and what a worker packs of it. Knows nothing of the site."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image as Pillow

from evaluator.benchmarks import get_benchmark
from evaluator.bundle import pack_items
from evaluator.records import Item, Response

BENCHMARK = "mmbench_en_dev"
PASS = 1_000_000
"""MMBench's distance between the indexes of a question's rotations."""

Answer = Callable[[Item], str | None]
"""What the model says to an item; None: the request failed."""

_CATEGORIES = (
    ("coarse_perception", "image_scene"),
    ("finegrained_perception (instance-level)", "object_localization"),
    ("finegrained_perception (cross-instance)", "spatial_relationship"),
    ("attribute_reasoning", "function_reasoning"),
    ("relation_reasoning", "social_relation"),
    ("logic_reasoning", "future_prediction"),
    ("coarse_perception", "image_quality"),
    ("finegrained_perception (instance-level)", "ocr"),
)
_COLOURS = ("red", "green", "blue", "yellow")


@dataclass(frozen=True, slots=True)
class SmallSet:
    """Items in the order of the data set, their pictures by sha256, and what a harness says of the data set."""

    items: list[Item]
    pictures: dict[str, bytes]
    facts: dict[str, Any]

    def pack(self, folder: Path) -> Path:
        """Write the harness's items folder and pack it as a worker does."""
        home = folder / "items"
        (home / "images").mkdir(parents=True)
        lines = [json.dumps(item.to_json(), ensure_ascii=False) for item in self.items]
        (home / "items.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
        for name, data in self.pictures.items():
            (home / "images" / f"{name}.webp").write_bytes(data)
        packed = folder / "items.zip"
        pack_items(home, self.facts, packed)
        return packed


@cache
def small_set(slug: str = BENCHMARK, questions: int = 8, label: str = "small test set") -> SmallSet:
    """Return ``questions`` questions, each in the four rotations of its options, one drawn picture per question.

    The same object each time: do not change it.
    """
    declaration = get_benchmark(slug)
    pictures, items = {}, []
    for position, doc in enumerate(rows(questions)):
        data = webp(_COLOURS[doc["index"] % PASS % 4], side=400 + doc["index"] % PASS)
        name = hashlib.sha256(data).hexdigest()
        pictures[name] = data
        items.append(Item(declaration.key(doc), position, declaration.fields(doc), images=(name,)))
    content = json.dumps([item.to_json() for item in items], sort_keys=True)
    facts = {
        "path": "tests/small-set",
        "name": "en",
        "split": "dev",
        "fingerprint": hashlib.sha256(content.encode()).hexdigest(),
        "rows": len(items),
        "local": True,
        "label": label,
    }
    return SmallSet(items, pictures, facts)


def rows(questions: int) -> list[dict[str, Any]]:
    """Return rows as the hub has them."""
    return [
        _row(number, turn) for turn in range(4) for number in range(questions)
    ]  # MMBench has its unrotated rows first.


def _row(number: int, turn: int) -> dict[str, Any]:
    options = [_COLOURS[(place + turn) % 4] for place in range(4)]
    l2, l3 = _CATEGORIES[number % len(_CATEGORIES)]
    return {
        "index": number + turn * PASS,
        "question": f"Question {number}: which colour?",
        "hint": "nan",
        **dict(zip("ABCD", options, strict=True)),
        "answer": "ABCD"[options.index(_COLOURS[number % 4])],
        "category": l3,
        "L2-category": l2,
        "source": "tests",
        "split": "dev",
        "comment": "nan",
    }


def webp(colour: str, side: int = 400) -> bytes:
    """Return a picture of one colour, twice as wide as high."""
    target = BytesIO()
    Pillow.new("RGB", (2 * side, side), colour).save(target, "WEBP")
    return target.getvalue()


def right(item: Item) -> str:
    """The answer of a model that knows everything."""
    return str(item.fields["answer"])


def always_a(_item: Item) -> str:
    """The answer of the baseline that says A to everything."""
    return "A"


def knows_first(questions: int) -> Answer:
    """Return a model that knows the first ``questions`` in every rotation, and says the wrong letter to the others."""

    def answer(item: Item) -> str:
        gold = right(item)
        known = item.fields["index"] % PASS < questions
        return gold if known else "ABCD"["ABCD".index(gold) - 1]

    return answer


def respond(item: Item, text: str | None) -> Response:
    """Return the model's response to an item; None: the request failed."""
    if text is None:
        return Response(item.key, item.position, error="HTTP 500", retries=3)
    return Response(
        item.key,
        item.position,
        text=text,
        finish_reason="stop",
        ttft_ms=40.0 + item.position,
        latency_ms=90.0 + item.position,
        prompt_tokens=120,
        completion_tokens=2,
    )


def rewritten(packed: Path, members: dict[str, bytes | None]) -> Path:
    """Replace members of a zip (None: leave out), as somebody who tampers with it would; return a new file."""
    target = packed.with_name(f"rewritten-{packed.name}")
    with zipfile.ZipFile(packed) as old, zipfile.ZipFile(target, "w") as new:
        kept: Iterable[str] = [name for name in old.namelist() if name not in members]
        for name in kept:
            new.writestr(name, old.read(name))
        for name, data in members.items():
            if data is not None:
                new.writestr(name, data)
    return target
