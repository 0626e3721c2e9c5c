"""The demo sets of the standard seed, drawn once for all tests, as their benchmarks read them."""

from __future__ import annotations

import io
from functools import cache
from typing import Any

from PIL import Image

from demo.datasets import BUILDERS, SEED, DemoSet
from evaluator.benchmarks import get_benchmark
from evaluator.records import Item

HUB_COLUMNS = {
    "hallusion_bench": [
        *("category", "subcategory", "visual_input", "set_id", "figure_id", "sample_note"),
        *("question_id", "question", "gt_answer_details", "gt_answer", "filename", "image"),
    ],
    "mmmu_val": [
        *("id", "question", "options", "explanation", *(f"image_{n}" for n in range(1, 8))),
        *("img_type", "answer", "topic_difficulty", "question_type", "subfield"),
    ],
    "mmmu_pro_standard": [
        *("id", "question", "options", "explanation", *(f"image_{n}" for n in range(1, 8))),
        *("img_type", "answer", "topic_difficulty", "subject"),
    ],
    "mmmu_pro_vision": ["id", "image", "options", "answer", "subject"],
    "realworldqa": ["image_path", "question", "answer", "image"],
    "vqav2_val": [
        *("question_type", "multiple_choice_answer", "answers", "image_id", "answer_type"),
        *("question_id", "question", "image"),
    ],
}
"""What lmms-eval's own data sets have, in order; the variants of one family share them."""
HUB_COLUMNS["hallusion_bench_image"] = HUB_COLUMNS["hallusion_bench"]
HUB_COLUMNS["vqav2_val_lite"] = HUB_COLUMNS["vqav2_val"]


@cache
def demo_set(slug: str, seed: int = SEED) -> DemoSet:
    return BUILDERS[slug](seed)


@cache
def items(slug: str) -> list[Item]:
    """Return the set's items as an evaluation makes them, all splits in the declared order."""
    benchmark = get_benchmark(slug)
    rows = [row for split in benchmark.data.splits for row in demo_set(slug).splits[split]]
    return [
        Item(benchmark.row_key(row, position), position, benchmark.fields(row))
        for position, row in enumerate(rows)
    ]


def pictures(row: dict[str, Any]) -> list[Image.Image]:
    """Return the row's pictures, decoded."""
    cells = [cell for cell in row.values() if isinstance(cell, dict) and "bytes" in cell]
    return [Image.open(io.BytesIO(cell["bytes"])) for cell in cells]
