"""MMMU, MMMU-Pro, RealWorldQA and VQAv2 are asked with lmms-eval's prompts, each row with its own pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from evaluator.benchmarks import get_benchmark
from evaluator.records import Item, Response
from tests.harness.conftest import Harness, draw
from tests.support.openai_server import OpenAIServer

pytestmark = [pytest.mark.harness, pytest.mark.slow]

PICTURE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
MORE_PICTURES = [f"image_{number}" for number in range(2, 8)]
PERSON = pa.struct(
    [("answer", pa.string()), ("answer_confidence", pa.string()), ("answer_id", pa.int64())]
)


def picture(colour: str = "red") -> dict[str, Any]:
    return {"bytes": draw(colour), "path": f"{colour}.png"}


def mmmu(number: int) -> dict[str, Any]:
    is_open = number == 2
    return {
        "id": f"validation_Math_{number}",
        "question": f"What is {number} in <image 1>?",
        "options": "[]" if is_open else "['one', 'two', 'three']",
        "explanation": "",
        "image_1": picture(),
        **dict.fromkeys(MORE_PICTURES),
        "img_type": "['Diagrams']",
        "answer": "['2', 'two']" if is_open else "B",
        "topic_difficulty": "Easy",
        "question_type": "open" if is_open else "multiple-choice",
        "subfield": "Algebra",
    }


def mmmu_pro_standard(number: int) -> dict[str, Any]:
    row = mmmu(1)
    del row["question_type"], row["subfield"]
    options = str([f"text {n}" for n in range(10)])
    return row | {"id": f"test_Math_{number}", "options": options, "subject": "Math"}


def mmmu_pro_vision(number: int) -> dict[str, Any]:
    row = mmmu_pro_standard(number)
    return {name: row[name] for name in ("id", "options", "answer", "subject")} | {
        "image": picture()
    }


def realworldqa(_: int) -> dict[str, Any]:
    # Two rows ask the same: only the picture tells them apart.
    question = "Which way?\nA. Left\nB. Right\nPlease answer directly with only the letter."
    return {"image": picture(), "question": question, "answer": "B"}


def vqav2(number: int) -> dict[str, Any]:
    return {
        "question_type": "what",
        "multiple_choice_answer": "red",
        "answers": [
            {"answer": "red", "answer_confidence": "yes", "answer_id": n} for n in range(10)
        ],
        "image_id": 7,
        "answer_type": "other",
        "question_id": 7000 + number,
        "question": f"What colour is disc {number}?",
        "image": picture(),
    }


SETS = {
    "mmmu_val": mmmu,
    "mmmu_pro_standard": mmmu_pro_standard,
    "mmmu_pro_vision": mmmu_pro_vision,
    "realworldqa": realworldqa,
    "vqav2_val": vqav2,
    "vqav2_val_lite": vqav2,
}


def kind_of(name: str, value: Any) -> pa.DataType:
    if name == "image" or (name.startswith("image_") and name != "image_id"):
        return PICTURE
    if name == "answers":
        return pa.list_(PERSON)
    return pa.int64() if isinstance(value, int) else pa.string()


def write(folder: Path, slug: str, rows: list[dict[str, Any]]) -> None:
    schema = pa.schema([(name, kind_of(name, value)) for name, value in rows[0].items()])
    (folder / slug).mkdir(parents=True)
    file = folder / slug / f"{get_benchmark(slug).data.split}.parquet"
    pq.write_table(pa.Table.from_pylist(rows, schema), file)


def ask(slug: str, rows: list[dict[str, Any]], server: OpenAIServer, folder: Path) -> Harness:
    """Have lmms-eval ask the rows; return the harness that holds the answers."""
    write(folder / "data", slug, rows)
    job = {"benchmark": slug}
    harness = Harness(server, folder / "data", folder / "out", folder / "items", job)
    status, output = harness.run()
    assert status == 0, output
    return harness


@pytest.mark.parametrize("slug", SETS)
def test_every_row_is_asked_with_its_picture_and_can_be_graded(
    slug: str, server: OpenAIServer, tmp_path: Path
) -> None:
    benchmark = get_benchmark(slug)
    rows = [SETS[slug](number) for number in (1, 2)]
    harness = ask(slug, rows, server, tmp_path)
    assert benchmark.data.columns <= set(rows[0])
    answers = sorted(harness.responses(), key=lambda answer: answer["position"])
    keys = [benchmark.row_key(row, position) for position, row in enumerate(rows)]
    assert [answer["key"] for answer in answers] == keys
    assert [len(request.images) for request in server.received] == [1, 1]
    for row, answer in zip(rows, answers, strict=True):
        item = Item(answer["key"], answer["position"], benchmark.fields(row))
        assert benchmark.grade(item, Response.from_json(answer)).verdict.scored


def test_vision_prompt_holds_neither_question_nor_options(
    server: OpenAIServer, tmp_path: Path
) -> None:
    ask("mmmu_pro_vision", [mmmu_pro_vision(1)], server, tmp_path)
    [request] = server.received
    assert request.text.strip() == "Answer with the option letter from the given choices directly."
