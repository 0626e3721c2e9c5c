"""Writing results files as harnesses write them, of ``tests.small_set``."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import openpyxl

from evaluator.records import Item
from tests.small_set import BENCHMARK, Answer, always_a, small_set

FAILED = "[LMMS_EVAL_REQUEST_FAILED after 3 retries] Connection error."
DATE = "20261123_033524"


def lines_of(items: Iterable[Item], answer: Answer = always_a) -> list[dict[str, Any]]:
    """Return lines as ``python -m evaluator grade`` reads them."""
    return [
        {**item.fields, "response": said}
        if (said := answer(item)) is not None
        else {**item.fields, "error": "HTTP 500"}
        for item in items
    ]


def write_jsonl(path: Path, lines: Iterable[Any]) -> Path:
    """Write objects as JSON lines; bytes as they are."""
    texts = [x if isinstance(x, bytes) else json.dumps(x).encode() for x in lines]
    path.write_bytes(b"".join(text + b"\n" for text in texts))
    return path


def jsonl(folder: Path, answer: Answer = always_a, items: Sequence[Item] | None = None) -> Path:
    """Return a file of lines with the model's answers to the small set."""
    chosen = small_set().items if items is None else items
    return write_jsonl(folder / "answers.jsonl", lines_of(chosen, answer))


def samples_of(items: Iterable[Item], answer: Answer = always_a) -> list[dict[str, Any]]:
    """Return samples as lmms-eval 0.7.3 logs them for ``mmbench_en_dev`` (written down from a real run)."""
    return [_sample(item, answer(item)) for item in items]


def _sample(item: Item, said: str | None) -> dict[str, Any]:
    text = FAILED if said is None else said
    fields = item.fields
    options = "\n".join(f"{letter}. {fields[letter]}" for letter in "ABCD" if letter in fields)
    echo = {**fields, "prediction": text, "E": "nan"}
    return {
        "doc_id": item.position,
        "target": fields["answer"],
        "filtered_resps": text,
        "token_counts": [{"input_tokens": 30, "output_tokens": 2, "reasoning_tokens": 0}],
        "doc_hash": "74234e98afe7498fb5daf1f36ac2d78acc339464f950703b8c019892f982b90b",
        "gpt_eval_score": echo,
        "submission": echo,
        "input": f"{fields['question']} There are several options:\n{options}\n\n"
        "Answer with the option's letter from the given choices directly.",
    }


def results_json(task: str = BENCHMARK, limit: float | None = None) -> dict[str, Any]:
    """Return what lmms-eval says of a run, cut to a few of its keys."""
    return {
        "results": {task: {"alias": task, "gpt_eval_score,none": 30.0}},
        "configs": {
            task: {"task": task, "generation_kwargs": {"max_new_tokens": 64, "temperature": 0.0}}
        },
        "config": {
            "model": "openai",
            "model_args": "base_url=http://10.0.0.7:8000/v1,api_key=sk-planted",
            "limit": limit,
        },
        "lmms_eval_version": "0.7.3",
        "date": DATE,
    }


def lmms_folder(
    folder: Path,
    answer: Answer = always_a,
    *,
    task: str = BENCHMARK,
    items: Sequence[Item] | None = None,
    limit: float | None = None,
) -> Path:
    """Return a folder as ``lmms_eval --log_samples --output_path`` leaves it."""
    home = folder / "output" / "tiny__vlm"
    home.mkdir(parents=True)
    chosen = small_set().items if items is None else items
    write_jsonl(home / f"{DATE}_samples_{task}.jsonl", samples_of(chosen, answer))
    (home / f"{DATE}_results.json").write_text(json.dumps(results_json(task, limit), indent=2))
    (folder / "output" / "submissions").mkdir()
    return folder / "output"


def table_rows(items: Iterable[Item], answer: Answer = always_a) -> list[dict[str, Any]]:
    """Return rows as VLMEvalKit has them for MMBench: the second level with a small l, pictures left out."""
    rows = []
    for item in items:
        row = {name: cell for name, cell in item.fields.items() if name != "L2-category"}
        said = answer(item)
        row["l2-category"] = item.fields["L2-category"]
        row["prediction"] = "Failed to obtain answer via API." if said is None else said
        rows.append(row)
    return rows


def write_table(path: Path, rows: Sequence[dict[str, Any]]) -> Path:
    """Write a table in the format that the path's ending names."""
    columns = list(rows[0])
    if path.suffix == ".json":
        path.write_text(json.dumps(rows, indent=4, ensure_ascii=False), encoding="utf-8")
    elif path.suffix == ".tsv":
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, delimiter="\t", quoting=csv.QUOTE_ALL)
            writer.writerow(columns)
            writer.writerows([row.get(name, "") for name in columns] for row in rows)
    else:
        book = openpyxl.Workbook(write_only=True)
        sheet = book.create_sheet()
        sheet.append(columns)
        for row in rows:
            sheet.append([row.get(name) for name in columns])
        book.save(path)
    return path
