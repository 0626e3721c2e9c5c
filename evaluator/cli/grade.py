"""``python -m evaluator grade BENCHMARK FILE.jsonl``: grade answers that were written to a file.

Each line is one JSON object: an item's own fields as its data set has them, plus ``response`` (the model's text),
``error`` (why the request failed) or ``skipped``. Nothing is fetched and no model is asked.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evaluator.benchmarks import Benchmark, benchmark_of
from evaluator.cli.declared import add_declaration, declaration_in
from evaluator.errors import EvaluationError
from evaluator.grading.marking import finished, mark
from evaluator.metrics.rates import answer_lengths
from evaluator.metrics.run import run_scores
from evaluator.records import Marked, Score, Verdict
from evaluator.results_files.jsonl import read_jsonl


@dataclass(frozen=True, slots=True)
class GradedFile:
    """What came of a file: how many items had each verdict, how long the answers are, and the scores."""

    counts: dict[str, int]
    answer_lengths: dict[str, Any]
    scores: list[Score]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("benchmark", help="the benchmark's name, such as mmbench_en_dev")
    parser.add_argument("file", type=Path, help="JSON lines: an item's fields plus its response")
    add_declaration(parser)
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")


def run(args: argparse.Namespace) -> int:
    """Grade the file and print its scores. Returns 0, or 2 with a message for a bad name, file or line."""
    try:
        benchmark = benchmark_of(args.benchmark, declaration_in(args.declaration))
        result = grade_file(benchmark, args.file)
    except (EvaluationError, OSError, ValueError) as error:
        return refuse(error, args.file)
    warn_of_other_size(benchmark, result)
    sys.stdout.write(as_json(benchmark, result) if args.json else as_table(benchmark, result))
    return 0


def refuse(error: Exception, path: Path) -> int:
    """Say on standard error why a file cannot be graded; return the exit code."""
    if isinstance(error, EvaluationError):
        message = error.detail
    else:
        message = f"{path}: {error.strerror if isinstance(error, OSError) else error}"
    sys.stderr.write(f"{message}\n")
    return 2


def warn_of_other_size(benchmark: Benchmark, result: GradedFile) -> None:
    """Say on standard error when these are not as many items as the benchmark's release has."""
    if result.counts["items"] != benchmark.data.rows:
        sys.stderr.write(
            f"Note: {result.counts['items']:,} items; {benchmark.slug} has {benchmark.data.rows:,}. "
            "Do not compare these scores with those of complete runs.\n"
        )


def mark_file(benchmark: Benchmark, path: Path) -> list[Marked]:
    """Mark every line of ``path``. Raises BadResults, a ValueError, and OSError."""
    with path.open("rb") as lines:
        answers = read_jsonl(benchmark, lines)
        marked = [mark(benchmark, a.item, a.response, a.ruling) for a in answers]
    return finished(benchmark, marked)


def grade_file(benchmark: Benchmark, path: Path) -> GradedFile:
    """Grade every line of ``path``. Raises as ``mark_file`` does."""
    rows = mark_file(benchmark, path)
    verdicts = Counter(row.graded.verdict for row in rows)
    counts = {"items": len(rows), **{verdict.value: verdicts[verdict] for verdict in Verdict}}
    return GradedFile(counts, answer_lengths(rows), run_scores(benchmark, rows))


def as_json(benchmark: Benchmark, result: GradedFile) -> str:
    """Return the result as the document that ``--json`` prints."""
    document = {
        "protocol": benchmark.protocol,
        "counts": result.counts,
        "answer_lengths": result.answer_lengths,
        "scores": [score.to_json() for score in result.scores],
    }
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def as_table(benchmark: Benchmark, result: GradedFile) -> str:
    """Return the result as a table for people, in percent."""
    counts = ", ".join(f"{count:,} {name}" for name, count in result.counts.items() if count)
    head = ("axis", "dimension", "metric", "%", "95 % interval", "of")
    body = [_cells(score) for score in result.scores]
    widths = [max(len(row[i]) for row in (head, *body)) for i in range(len(head))]
    lines = [f"{benchmark.title.en}, graded by {benchmark.protocol}", counts]
    lines += [*_length_lines(result.answer_lengths), ""]
    lines += [_aligned(row, widths) for row in (head, *body)]
    return "\n".join(lines) + "\n"


def percent(value: float | None) -> str:
    """Return a fraction in percent with two decimals, a dash for None."""
    return "—" if value is None else f"{100 * value:.2f}"


def interval(low: float | None, high: float | None) -> str:
    """Return an interval of fractions in percent, a dash where there is none."""
    return "—" if low is None or high is None else f"[{percent(low)}, {percent(high)}]"


def _length_lines(lengths: dict[str, Any]) -> Iterator[str]:
    """Yield what is known of the answers' lengths, in words."""
    for name in ("characters", "completion_tokens"):
        if found := lengths[name]:
            yield (
                f"{name.replace('_', ' ')} per answer: mean {found['mean']:,.1f}, median {found['p50']:,.0f}, "
                f"95 % at most {found['p95']:,.0f}, longest {found['max']:,}"
            )
    if (reasoning := lengths["reasoning"])["answers"]:
        yield f"reasoning in {reasoning['answers']:,} answers, {percent(reasoning['share'])} % of all characters"


def _cells(score: Score) -> tuple[str, ...]:
    counted = f"{score.total}" if score.correct is None else f"{score.correct}/{score.total}"
    place = (score.axis, score.dimension, score.metric)
    return *place, percent(score.value), interval(score.low, score.high), counted


def _aligned(cells: Iterable[str], widths: Sequence[int]) -> str:
    """Words to the left, the last three columns (numbers) to the right."""
    pairs = list(zip(cells, widths, strict=True))
    return "  ".join([f"{c:<{w}}" for c, w in pairs[:-3]] + [f"{c:>{w}}" for c, w in pairs[-3:]])
