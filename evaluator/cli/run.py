"""``python -m evaluator run``: evaluate an endpoint or a checkpoint on one benchmark, without a site.

The answers are kept in the output folder as they arrive: the same command continues after an interruption.
An API key is read from the environment variable EVALUATOR_API_KEY.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from evaluator.benchmarks import benchmark_of
from evaluator.cli.declared import add_declaration, declaration_in
from evaluator.cli.grade import as_json, as_table, grade_file, warn_of_other_size
from evaluator.cli.models import ANY_ADDRESS, add_model, model_in, roots_with
from evaluator.errors import EvaluationError, FailureCode
from evaluator.generation import Generated
from evaluator.messages import RunProgress, Stage
from evaluator.pipeline import evaluate
from evaluator.results_files.jsonl import json_object
from evaluator.settings import PipelineSettings
from evaluator.spec import PICTURES, BenchmarkSpec, EvaluationSpec, GenerationSpec

BUNDLE, ANSWERS, SCORES, LOCK = "bundle.zip", "answers.jsonl", "scores.json", "lock"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add_model(parser)
    parser.add_argument(
        "--benchmark", required=True, help="slug; see `python -m evaluator benchmarks`"
    )
    parser.add_argument("--out", required=True, type=Path, help="folder for answers and scores")
    parser.add_argument("--limit", type=int, help="only the first N rows (such a run never ranks)")
    add_declaration(parser)
    parser.add_argument(
        "--pictures",
        choices=PICTURES,
        default="shown",
        help="what the model sees of the pictures: none of them, or a grey one for each (%(default)s)",
    )
    parser.add_argument(
        "--frugal",
        action="store_true",
        help="do not ask the later passes of a question once one is wrong (CircularEval)",
    )
    parser.add_argument(
        "--probe", action="store_true", help="put the model under load first (PROBE_LEVELS)"
    )
    parser.add_argument(
        "--concurrency", type=int, default=8, help="requests in flight (%(default)s)"
    )
    parser.add_argument(
        "--data-dir", type=Path, help="local data instead of BENCHMARK_DATA_DIR or the hub"
    )
    parser.add_argument("--json", action="store_true", help="print the scores as JSON")


class Terminal:
    """The pipeline's observer for a terminal: a progress bar; what is delivered is copied to the output folder."""

    def __init__(self, out: Path, bar: Progress) -> None:
        self._out = out
        self._bar = bar
        self._task = bar.add_task("starting", total=None, rate="")
        self.error: EvaluationError | None = None

    def stage(self, stage: Stage, run: str | None = None) -> None:
        del run
        self._bar.update(self._task, description=stage.value)

    def progress(self, run: str, figures: RunProgress, log: tuple[str, ...]) -> None:
        del run, log
        rate = f"{figures.rate:.1f}/s" if figures.rate else ""
        failed = f" {figures.errored} failed" if figures.errored else ""
        skipped = f" {figures.skipped} not asked" if figures.skipped else ""
        self._bar.update(
            self._task, completed=figures.done, total=figures.total, rate=rate + failed + skipped
        )

    def cancelled(self) -> bool:
        return False

    def deliver(self, run: str, bundle: Path, sha256: str, generated: Generated) -> None:
        del run, sha256
        shutil.copy2(bundle, self._out / BUNDLE)
        write_answers(generated, self._out / ANSWERS)

    def failed(self, run: str, error: EvaluationError) -> None:
        del run
        self.error = error


def write_answers(generated: Generated, target: Path) -> None:
    """Write the answers as ``evaluator grade`` reads them."""
    answers = {r.key: r for r in generated.responses}
    with target.open("w") as lines:
        for item in generated.items():
            if answer := answers.get(item.key):
                lines.write(json.dumps(json_object(item.fields, answer)) + "\n")


def run(arguments: argparse.Namespace) -> int:
    """Evaluate, grade, write ``scores.json`` and print the scores. Raises EvaluationError on failure."""
    data_dir = arguments.data_dir
    if data_dir and not (data_dir / arguments.benchmark).is_dir():
        raise EvaluationError(
            FailureCode.DATASET_MISSING, f"{data_dir} has no folder {arguments.benchmark}"
        )
    spec = specification(arguments)
    benchmark = benchmark_of(arguments.benchmark, spec.benchmarks[0].declaration)
    out: Path = arguments.out
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with alone_in(out), Progress(*columns, console=Console(stderr=True)) as bar:
        terminal = Terminal(out, bar)
        key = os.environ.get("EVALUATOR_API_KEY")
        evaluate(spec, pipeline_settings(arguments), terminal, key)
    if terminal.error is not None:
        raise terminal.error
    result = grade_file(benchmark, out / ANSWERS)
    warn_of_other_size(benchmark, result)
    (out / SCORES).write_text(as_json(benchmark, result))
    print(as_json(benchmark, result) if arguments.json else as_table(benchmark, result), end="")
    return 0


@contextmanager
def alone_in(out: Path) -> Iterator[None]:
    """Make the output folder, and hold it for the length of the block: two commands would mix their files.

    Raises EvaluationError(SPEC_INVALID) when it cannot be made or another command holds it. A killed command holds nothing.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        lock = (out / LOCK).open("w")
    except OSError as error:
        raise EvaluationError(
            FailureCode.SPEC_INVALID, f"--out {out} cannot be made: {error.strerror}"
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise EvaluationError(
                FailureCode.SPEC_INVALID,
                f"another command is at work in --out {out}: wait for it, or name another folder",
            ) from error
        yield


def specification(arguments: argparse.Namespace) -> EvaluationSpec:
    """Return the spec that the arguments describe. Raises EvaluationError(SPEC_INVALID)."""
    benchmark = BenchmarkSpec(
        slug=arguments.benchmark,
        run="run",
        limit=arguments.limit,
        pictures=arguments.pictures,
        frugal=arguments.frugal,
        declaration=declaration_in(arguments.declaration),
    )
    generation = GenerationSpec(concurrency=arguments.concurrency)
    spec = EvaluationSpec(
        submission="local",
        attempt=1,
        model=model_in(arguments),
        benchmarks=(benchmark,),
        generation=generation,
        probe=arguments.probe,
    )
    return EvaluationSpec.from_json(spec.to_json())


def pipeline_settings(arguments: argparse.Namespace) -> PipelineSettings:
    """Return the environment's settings, with everything kept below the output folder."""
    settings = PipelineSettings.from_environment()
    return replace(
        settings,
        work_dir=arguments.out / "work",
        data_dir=arguments.data_dir or settings.data_dir,
        checkpoint_roots=roots_with(arguments, settings.checkpoint_roots),
        allowed_networks=ANY_ADDRESS,
    )
