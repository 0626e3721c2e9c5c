"""What a HallusionBench question looks like to a model: as lmms-eval's own task has it, or without a picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lmms_eval.tasks.hallusion_bench.evaluate_hb import hb_doc_to_text, hb_doc_to_visual

NO_PICTURE = "0"
"""The ``visual_input`` of a question that is asked without one."""

doc_to_text = hb_doc_to_text


def doc_to_visual(doc: Mapping[str, Any]) -> list[Any]:
    """Return the question's picture, or nothing for one without.

    Raises ValueError when the picture that the question is about is missing: it must not be asked blind.
    """
    if str(doc["visual_input"]) == NO_PICTURE:
        return []
    if doc.get("image") is None:
        raise ValueError(f"the row has no image, but visual_input {doc['visual_input']}")
    return list(hb_doc_to_visual(doc))
