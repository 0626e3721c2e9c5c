"""HallusionBench's schema filled with drawn pictures: all nine subcategories, in figures, pairs and sets of questions.

A question of the visual dependent part (VD) is asked about an original (figure 0) and its edits (1, 2); one of the visual
supplement (VS) without a picture (figure 0), about the original (1) and about the edit (2). All keys are texts, as on the
hub.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from PIL import Image

from demo.datasets.files import IMAGE, TEXT, DemoSet, Row, png
from demo.datasets.hallusion_bench import facts, sights
from demo.datasets.hallusion_bench.case import Case

COLUMNS = {
    **dict.fromkeys(
        (
            "category", "subcategory", "visual_input", "set_id", "figure_id", "sample_note",
            "question_id", "question", "gt_answer_details", "gt_answer", "filename",
        ),
        TEXT,
    ),
    "image": IMAGE,
}  # fmt: skip
PARTS = {"VD": sights.SUBCATEGORIES, "VS": facts.SUBCATEGORIES}
SOURCES = {"0": "As is generally known.", "1": "As drawn.", "2": "Since the picture was edited."}
"""Visual input -> where the answer comes from."""


def build(seed: int) -> DemoSet:
    """Return the set of ``seed`` with both splits."""
    rows = list(_rows(seed))
    return DemoSet(
        COLUMNS,
        {
            "image": [row for row in rows if row["image"]],
            "non_image": [row for row in rows if not row["image"]],
        },
    )


def build_with_pictures(seed: int) -> DemoSet:
    """Return the questions that have a picture, the same as in the whole set."""
    return DemoSet(COLUMNS, {"image": build(seed).splits["image"]})


def _rows(seed: int) -> Iterator[Row]:
    for category, subcategories in PARTS.items():
        for subcategory, cases in subcategories.items():
            rng = random.Random(f"hallusion:{category}:{subcategory}:{seed}")
            for number, case in enumerate(cases(rng)):
                yield from _case_rows(category, subcategory, str(number), case)


def _case_rows(category: str, subcategory: str, set_id: str, case: Case) -> Iterator[Row]:
    for figure, (visual_input, picture, which) in enumerate(_figures(category, case)):
        cell = png(picture) if picture else None
        for number, claim in enumerate(case.claims):
            truth = claim.truths[which]
            yield {
                "category": category,
                "subcategory": subcategory,
                "visual_input": visual_input,
                "set_id": set_id,
                "figure_id": str(figure),
                "sample_note": case.note,
                "question_id": str(number),
                "question": claim.question,
                "gt_answer_details": SOURCES[visual_input],
                "gt_answer": str(int(truth)),
                "filename": f"./{category}/{subcategory}/{set_id}_{figure}.png" if cell else None,
                "image": cell,
            }


def _figures(category: str, case: Case) -> Iterator[tuple[str, Image.Image | None, int]]:
    """Yield each figure's visual input, its picture, and which of the claims' truths holds for it."""
    if category == "VS":
        yield "0", None, 0
    for which, picture in enumerate(case.pictures):
        yield "2" if which else "1", picture, which
