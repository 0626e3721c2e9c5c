"""All of HallusionBench is asked as lmms-eval asks its part with pictures, and the rest without any."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.harness.conftest import Harness, draw
from tests.support.openai_server import OpenAIServer

pytestmark = [pytest.mark.harness, pytest.mark.slow]

COLOURS = {"1": "red", "2": "blue"}
"""Visual input -> the picture's colour."""


def row(visual_input: str, figure: int, question: int, *, picture: bool) -> dict[str, Any]:
    """Return a row in the hub's schema."""
    cell = {"bytes": draw(COLOURS[visual_input]), "path": "x.png"} if picture else None
    return {
        "category": "VS",
        "subcategory": "chart",
        "visual_input": visual_input,
        "set_id": "0",
        "figure_id": str(figure),
        "sample_note": "drawn",
        "question_id": str(question),
        "question": f"Question {question} of figure {figure}: is the disc red?",
        "gt_answer_details": "It is red." if visual_input != "2" else "It is blue.",
        "gt_answer": "0" if visual_input == "2" else "1",
        "filename": f"./VS/chart/0_{figure}.png" if cell else None,
        "image": cell,
    }


IMAGE = [row(kind, int(kind), q, picture=True) for kind in ("1", "2") for q in range(3)]
NON_IMAGE = [row("0", 0, q, picture=False) for q in range(3)]


def write(folder: Path, slug: str, **splits: list[dict[str, Any]]) -> None:
    (folder / slug).mkdir(parents=True)
    for split, rows in splits.items():
        pq.write_table(pa.Table.from_pylist(rows), folder / slug / f"{split}.parquet")


def harness_for(slug: str, server: OpenAIServer, folder: Path) -> Harness:
    home = folder / slug
    home.mkdir()
    return Harness(server, folder / "data", home / "out", home / "items", {"benchmark": slug})


def ask(slug: str, server: OpenAIServer, folder: Path) -> dict[str, tuple[Any, list[bytes]]]:
    """Run a benchmark; return what it sent beside the pictures, and the pictures, by question."""
    server.received.clear()
    harness = harness_for(slug, server, folder)
    status, output = harness.run()
    assert status == 0, output
    return {
        request.text: (
            {name: value for name, value in request.body.items() if name != "messages"},
            [base64.b64decode(url.split(",")[1]) for url in request.images],
        )
        for request in server.received
    }


def test_prompts_with_a_picture_are_lmms_evals_and_the_others_have_none(
    server: OpenAIServer, tmp_path: Path
) -> None:
    write(tmp_path / "data", "hallusion_bench_image", image=IMAGE)
    write(tmp_path / "data", "hallusion_bench", image=IMAGE, non_image=NON_IMAGE)
    theirs = ask("hallusion_bench_image", server, tmp_path)
    ours = ask("hallusion_bench", server, tmp_path)
    assert set(theirs) == {row["question"] for row in IMAGE}
    assert {text: ours[text] for text in theirs} == theirs
    rest = {text: sent for text, sent in ours.items() if text not in theirs}
    assert set(rest) == {row["question"] for row in NON_IMAGE}
    assert all(pictures == [] for _, pictures in rest.values())
    shown = {hashlib.sha256(pictures[0]).digest() for _, pictures in theirs.values()}
    assert len(shown) == len(COLOURS)


def test_split_without_an_image_column_is_asked_as_well(
    server: OpenAIServer, tmp_path: Path
) -> None:
    bare = [{name: cell for name, cell in row.items() if name != "image"} for row in NON_IMAGE]
    write(tmp_path / "data", "hallusion_bench", image=IMAGE, non_image=bare)
    assert len(ask("hallusion_bench", server, tmp_path)) == len(IMAGE) + len(NON_IMAGE)


def test_question_about_a_missing_picture_is_refused(server: OpenAIServer, tmp_path: Path) -> None:
    blind = [{**IMAGE[0], "image": None}, *IMAGE[1:]]
    write(tmp_path / "data", "hallusion_bench", image=blind, non_image=NON_IMAGE)
    failure = harness_for("hallusion_bench", server, tmp_path).failure()
    assert failure["code"] == "dataset_schema"
    assert "has no image" in failure["detail"]
    assert server.received == []
