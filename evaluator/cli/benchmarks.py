"""``python -m evaluator benchmarks``: list the benchmarks that this evaluator knows."""

from __future__ import annotations

import argparse

from rich.console import Console
from rich.table import Table

from evaluator.benchmarks import all_benchmarks


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """This command takes no arguments."""
    del parser


def run(arguments: argparse.Namespace) -> int:
    """Print one line per benchmark."""
    del arguments
    table = Table("slug", "title", "rows", "protocol", "data set", box=None)
    for benchmark in all_benchmarks().values():
        data = benchmark.data
        source = "/".join(filter(None, (data.path, data.name, data.split)))
        table.add_row(
            benchmark.slug, benchmark.title.en, str(data.rows), benchmark.protocol, source
        )
    # Never narrower than its content: names that are cut cannot be copied.
    Console(width=200).print(table)
    return 0
