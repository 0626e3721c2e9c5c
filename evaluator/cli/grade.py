"""``python -m evaluator grade BENCHMARK FILE.jsonl``: grade answers that were written to a file.

Each line is one JSON object: an item's own fields as its data set has them, plus ``response`` (the model's text) or
``error`` (why the request failed). Nothing is fetched and no model is asked.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evaluator.benchmarks import Benchmark, get_benchmark
from evaluator.errors import EvaluationError
from evaluator.grading.marking import finished, mark
from evaluator.metrics.run import run_scores
from evaluator.records import Item, Marked, Response, Ruling, Score, Verdict

_FAILED_TEXTS = ("[LMMS_EVAL_REQUEST_FAILED", "Failed to obtain answer via API")
"""How lmms-eval and VLMEvalKit write a failed request where its answer would be."""


class BadLine(ValueError):
    """A line that cannot be graded; the message says which and why."""

    def __init__(self, number: int, reason: str) -> None:
        super().__init__(f"line {number}: {reason}")


@dataclass(frozen=True, slots=True)
class GradedFile:
    """What came of a file: how many items had each verdict, and the scores."""

    counts: dict[str, int]
    scores: list[Score]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("benchmark", help="the benchmark's name, such as mmbench_en_dev")
    parser.add_argument("file", type=Path, help="JSON lines: an item's fields plus its response")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")


def run(args: argparse.Namespace) -> int:
    """Grade the file and print its scores. Returns 0, or 2 with a message for a bad name, file or line."""
    try:
        benchmark = get_benchmark(args.benchmark)
        result = grade_file(benchmark, args.file)
    except EvaluationError as error:
        return _refuse(error.detail)
    except OSError as error:
        return _refuse(f"{args.file}: {error.strerror}")
    except ValueError as error:
        return _refuse(f"{args.file}: {error}")
    warn_of_other_size(benchmark, result)
    sys.stdout.write(as_json(benchmark, result) if args.json else as_table(benchmark, result))
    return 0


def warn_of_other_size(benchmark: Benchmark, result: GradedFile) -> None:
    """Say on standard error when these are not as many items as the benchmark's release has."""
    if result.counts["items"] != benchmark.data.rows:
        sys.stderr.write(
            f"Note: {result.counts['items']:,} items; {benchmark.slug} has {benchmark.data.rows:,}. "
            "Do not compare these scores with those of complete runs.\n"
        )


def grade_file(benchmark: Benchmark, path: Path) -> GradedFile:
    """Grade every line of ``path``. Raises BadLine, ValueError for a file without lines, and OSError."""
    rows = finished(benchmark, list(_graded_lines(benchmark, path)))
    if not rows:
        raise ValueError("the file is empty")
    verdicts = Counter(row.graded.verdict for row in rows)
    counts = {"items": len(rows), **{verdict.value: verdicts[verdict] for verdict in Verdict}}
    return GradedFile(counts, run_scores(benchmark, rows))


def _graded_lines(benchmark: Benchmark, path: Path) -> Iterator[Marked]:
    first_seen: dict[str, int] = {}
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            item, response, ruling = _read_line(benchmark, number, line)
            if item.key in first_seen:
                raise BadLine(number, f"key {item.key} is already on line {first_seen[item.key]}")
            first_seen[item.key] = number
            yield mark(benchmark, item, response, ruling)


def _read_line(
    benchmark: Benchmark, number: int, line: bytes
) -> tuple[Item, Response, Ruling | None]:
    try:
        doc = json.loads(line.decode("utf-8-sig" if number == 1 else "utf-8"))
    except (ValueError, RecursionError) as error:
        raise BadLine(number, f"not JSON ({error})") from error
    if not isinstance(doc, dict):
        raise BadLine(number, "not a JSON object")
    text, error_text = _answer(number, doc)
    try:
        ruling = benchmark.told(doc)
        item = Item(benchmark.key(doc), number - 1, benchmark.fields(doc))
    except KeyError as error:
        raise BadLine(number, f"the field {error} is missing") from error
    except (TypeError, ValueError, OverflowError) as error:
        raise BadLine(number, str(error)) from error
    return item, Response(item.key, item.position, text, error_text), ruling


def _answer(number: int, doc: dict[str, Any]) -> tuple[str, str | None]:
    """Take the answer's text and its error out of ``doc``."""
    text, error = doc.pop("response", None), doc.pop("error", None)
    if error is not None:
        return "", str(error)
    if text is None:
        raise BadLine(number, "the field 'response' is missing")
    if not isinstance(text, str):
        raise BadLine(number, f"response is {type(text).__name__}, not text")
    if text.startswith(_FAILED_TEXTS):
        return "", text
    return text, None


def as_json(benchmark: Benchmark, result: GradedFile) -> str:
    """Return the result as the document that ``--json`` prints."""
    document = {
        "protocol": benchmark.protocol,
        "counts": result.counts,
        "scores": [score.to_json() for score in result.scores],
    }
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def as_table(benchmark: Benchmark, result: GradedFile) -> str:
    """Return the result as a table for people, in percent."""
    counts = ", ".join(f"{count:,} {name}" for name, count in result.counts.items())
    head = ("axis", "dimension", "metric", "%", "95 % interval", "of")
    body = [_cells(score) for score in result.scores]
    widths = [max(len(row[i]) for row in (head, *body)) for i in range(len(head))]
    lines = [f"{benchmark.title.en}, graded by {benchmark.protocol}", counts, ""]
    lines += [_aligned(row, widths) for row in (head, *body)]
    return "\n".join(lines) + "\n"


def _cells(score: Score) -> tuple[str, ...]:
    value = "—" if score.value is None else f"{100 * score.value:.2f}"
    interval = "—"
    if score.low is not None and score.high is not None:
        interval = f"[{100 * score.low:.2f}, {100 * score.high:.2f}]"
    counted = f"{score.total}" if score.correct is None else f"{score.correct}/{score.total}"
    return score.axis, score.dimension, score.metric, value, interval, counted


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    """Words to the left, the last three columns (numbers) to the right."""
    pairs = list(zip(cells, widths, strict=True))
    return "  ".join([f"{c:<{w}}" for c, w in pairs[:-3]] + [f"{c:>{w}}" for c, w in pairs[-3:]])


def _refuse(message: str) -> int:
    sys.stderr.write(f"{message}\n")
    return 2
