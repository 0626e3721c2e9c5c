"""VLMEvalKit's result tables: a benchmark's own columns plus ``prediction``.

Its columns are those of its own tsv releases (github.com/open-compass/VLMEvalKit, ``vlmeval/dataset``). They differ
from the hub's, which our benchmarks read, as the functions below say; a benchmark without one is read as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from string import ascii_uppercase
from typing import Any

from evaluator.benchmarks.base import Benchmark
from evaluator.results_files.answers import Answered, BadResults, answered, each_once, shown
from evaluator.results_files.tables import UNIT, Row

PREDICTION = "prediction"

Doc = dict[str, Any]


def read_table(benchmark: Benchmark, rows: Iterable[Row]) -> Iterator[Answered]:
    """Yield the answer of each row of the benchmark, in order; each item once. Raises BadResults.

    An empty cell under ``prediction`` is an empty answer: that is how VLMEvalKit stores one. A table without the
    column is refused.
    """
    return each_once(_answers(benchmark, rows), UNIT)


def _answers(benchmark: Benchmark, rows: Iterable[Row]) -> Iterator[Answered]:
    as_hub = _AS_HUB.get(benchmark.family, _as_it_is)
    columns: dict[str, None] = {}
    predicted = False
    position = 0
    for number, row in rows:
        columns |= dict.fromkeys(row)
        predicted = predicted or PREDICTION in row
        text = cell_text(row.get(PREDICTION))
        doc = _hub_doc(as_hub, row, number)
        if doc is None:
            continue
        yield answered(benchmark, doc, text, None, number=number, position=position, unit=UNIT)
        position += 1
    if not predicted:
        raise BadResults(_no_prediction(columns))


def _no_prediction(columns: Iterable[str]) -> str:
    found = ", ".join(shown(name) for name in list(columns)[:20]) or "none"
    return f"there is no column 'prediction' with an answer in it; the columns are: {found}"


def _hub_doc(as_hub: Callable[[Doc], Doc | None], row: Doc, number: int) -> Doc | None:
    try:
        return as_hub(row)
    except KeyError as missing:
        raise BadResults(f"the column {missing} is missing", number, UNIT) from missing
    except ValueError as wrong:
        raise BadResults(str(wrong), number, UNIT) from wrong


def cell_text(cell: Any) -> str:
    """Return a cell's text; a spreadsheet may hold an answer such as "5" as the number 5 or 5.0."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def _as_it_is(row: Doc) -> Doc:
    return row


def _mmbench(row: Doc) -> Doc:
    """The second level of its abilities has a small letter, and options may be numbers in a spreadsheet."""
    doc = row | _options(row)
    if "l2-category" in doc:
        doc["L2-category"] = doc.pop("l2-category")
    return doc


def _hallusionbench(row: Doc) -> Doc:
    """``index`` is category_subcategory_visual-input_set_figure_question, and the answer Yes or No."""
    parts = str(row["index"]).split("_")
    answer = cell_text(row["answer"]).strip().lower()
    if len(parts) != len(_HALLUSION_INDEX) or answer not in _YES_NO:
        raise ValueError(
            f"index {shown(row['index'])!r} with answer {shown(row['answer'])!r} is none of HallusionBench's"
        )
    return {
        "question": row["question"],
        "gt_answer": _YES_NO[answer],
        **dict(zip(_HALLUSION_INDEX, parts, strict=True)),
    }


_HALLUSION_INDEX = (
    "category",
    "subcategory",
    "visual_input",
    "set_id",
    "figure_id",
    "question_id",
)
_YES_NO = {"yes": "1", "no": "0"}


def _mmmu(row: Doc) -> Doc | None:
    """Options have a column each, ``id`` is the hub's, the subject may be called category (MMMU-Pro).

    Rows of the dev split, which MMMU's table has too, are left out.
    """
    if row.get("split") == "dev" or str(row["id"]).startswith("dev_"):
        return None
    options = _options(row)
    told = {name: cell for name, cell in row.items() if name not in options}
    return {
        "question_type": "multiple-choice" if options else "open",
        **({"subject": row["category"]} if "category" in row else {}),
        **told,
        "answer": cell_text(row["answer"]),
        "options": options,
    }


def _realworldqa(row: Doc) -> Doc:
    """Options have a column each; the hub's questions list them, a line each."""
    lines = [f"{letter}. {text}" for letter, text in _options(row).items()]
    return {
        "index": cell_text(row["index"]),
        "question": "\n".join([str(row["question"]), *lines]),
        "answer": cell_text(row["answer"]),
    }


def _options(row: Doc) -> dict[str, str]:
    return {letter: cell_text(row[letter]) for letter in ascii_uppercase if letter in row}


_AS_HUB: dict[str, Callable[[Doc], Doc | None]] = {
    "mmbench": _mmbench,
    "hallusionbench": _hallusionbench,
    "mmmu": _mmmu,
    "realworldqa": _realworldqa,
}
"""From a row to the columns that the hub has, by family of benchmarks; None: the row is no item of ours."""
