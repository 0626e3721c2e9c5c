"""A small data set in HallusionBench's schema: pairs of a question over an original and an edited figure."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from typing import Any

from evaluator.benchmarks import get_benchmark
from evaluator.records import Item
from tests.small_set import Answer, SmallSet, webp

BENCHMARK = "hallusion_bench"
SUBCATEGORIES = {
    "VD": ("illusion", "math", "video", "figure", "ocr"),
    "VS": ("chart", "table", "map", "ocr"),
}
SETS = 3
"""Per subcategory. Each has an original and an edited figure and two questions; VS's original is no picture."""


@cache
def hallusion_set(slug: str = BENCHMARK) -> SmallSet:
    """Return the data set. The same object each time: do not change it."""
    declaration = get_benchmark(slug)
    pictures, items = {}, []
    for position, doc in enumerate(_rows()):
        images: tuple[str, ...] = ()
        if doc["visual_input"] != "0":
            side = 80 + 10 * int(doc["set_id"]) + int(doc["figure_id"])
            data = webp("red" if doc["figure_id"] == "0" else "blue", side)
            name = hashlib.sha256(data).hexdigest()
            pictures[name] = data
            images = (name,)
        items.append(Item(declaration.key(doc), position, declaration.fields(doc), images))
    content = json.dumps([item.to_json() for item in items], sort_keys=True)
    facts = {
        "path": "tests/small-hallusion-set",
        "split": "image+non_image",
        "fingerprint": hashlib.sha256(f"{slug} {content}".encode()).hexdigest(),
        "rows": len(items),
        "local": True,
        "label": "small test set",
    }
    return SmallSet(items, pictures, facts)


def _rows() -> list[dict[str, Any]]:
    return [
        {
            "category": category,
            "subcategory": subcategory,
            "set_id": str(number),
            "figure_id": str(figure),
            "question_id": str(question),
            "visual_input": str(figure if category == "VS" else 1 + figure),
            "question": f"Is circle {question} the larger one?",
            # The edit turns the answer round.
            "gt_answer": str((figure + question) % 2),
            "gt_answer_details": "",
            "filename": "",
        }
        for category, subcategories in SUBCATEGORIES.items()
        for subcategory in subcategories
        for number in range(SETS)
        for figure in range(2)
        for question in range(2)
    ]


def yes_or_no(item: Item) -> str:
    """The right answer."""
    return "Yes" if item.fields["gt_answer"] == "1" else "No"


def knows_sets(sets: int) -> Answer:
    """Return a model that sees the first ``sets`` of each subcategory, and says yes to everything else."""

    def answer(item: Item) -> str:
        return yes_or_no(item) if int(item.fields["set_id"]) < sets else "Yes."

    return answer
