"""``python -m evaluator compare BENCHMARK FILE_A FILE_B``: compare two models' answers item by item.

Both files are as ``grade`` reads them. Only items that both hold count; the difference is A less B.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from evaluator.benchmarks import Benchmark, benchmark_of
from evaluator.cli.declared import add_declaration, declaration_in
from evaluator.cli.grade import interval, mark_file, percent, refuse
from evaluator.errors import EvaluationError
from evaluator.metrics.paired import PairedResult, compare


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("benchmark", help="the benchmark's name, such as mmbench_en_dev")
    parser.add_argument("first", type=Path, metavar="FILE_A", help="JSON lines, as for grade")
    parser.add_argument("second", type=Path, metavar="FILE_B", help="JSON lines of the other model")
    add_declaration(parser)
    parser.add_argument("--json", action="store_true", help="print JSON instead of words")


def run(args: argparse.Namespace) -> int:
    """Grade both files and print how they differ. Returns 0, or 2 with a message for a bad name, file or line."""
    path = args.first
    try:
        benchmark = benchmark_of(args.benchmark, declaration_in(args.declaration))
        units = []
        for path in (args.first, args.second):
            rows = mark_file(benchmark, path)
            units.append(benchmark.units([(row.item, row.graded) for row in rows]))
    except (EvaluationError, OSError, ValueError) as error:
        return refuse(error, path)
    result = compare(*units)
    sys.stdout.write(as_json(benchmark, result) if args.json else as_words(benchmark, result))
    return 0


def paired_metric(benchmark: Benchmark) -> str:
    """Return the metric that runs of the benchmark are compared by."""
    return benchmark.paired_metric or benchmark.headline[2]


def as_json(benchmark: Benchmark, result: PairedResult) -> str:
    """Return the comparison as the document that ``--json`` prints."""
    document = {
        "protocol": benchmark.protocol,
        "metric": paired_metric(benchmark),
        **asdict(result),
    }
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def as_words(benchmark: Benchmark, result: PairedResult) -> str:
    """Return the comparison for people, in percent and percentage points."""
    p = "—" if result.p is None else f"{result.p:.2g}"
    lines = [
        f"{benchmark.title.en}, {paired_metric(benchmark)}, graded by {benchmark.protocol}",
        f"{result.n:,} units in common; {result.first_only:,} only in A, {result.second_only:,} only in B",
        f"A {percent(result.first)} %, B {percent(result.second)} %",
        f"A - B: {percent(result.difference)} points, 95 % interval {interval(result.low, result.high)}",
        f"A better on {result.first_better:,}, B better on {result.second_better:,}; McNemar's exact p = {p}",
    ]
    return "\n".join(lines) + "\n"
