"""``python -m evaluator probe``: put an endpoint or a served checkpoint under load and print its serving figures.

What is asked is the same for every model (docs/engines.md); PROBE_* and TARGET_* are read from the environment.
An API key is read from the environment variable EVALUATOR_API_KEY.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from evaluator.cli.models import ANY_ADDRESS, add_model, model_in, roots_with
from evaluator.engines import get_engine
from evaluator.errors import EvaluationError, FailureCode
from evaluator.serving.measuring import Measurements
from evaluator.serving.probe import probe
from evaluator.serving.probe_plan import ProbePlan
from evaluator.serving.sampling import Sampler, sources_of
from evaluator.serving.serve import serve
from evaluator.serving.telemetry import hardware_facts
from evaluator.settings import PipelineSettings

COLUMNS: tuple[tuple[str, Callable[[dict[str, Any]], Any]], ...] = (
    ("streams", lambda level: level["concurrency"]),
    ("requests", lambda level: level["requests"]),
    ("failed", lambda level: level["errors"]),
    ("TTFT p50 ms", lambda level: level["ttft_ms_p50"]),
    ("p95", lambda level: level["ttft_ms_p95"]),
    ("p99", lambda level: level["ttft_ms_p99"]),
    ("ITL p50 ms", lambda level: level["itl_ms_p50"]),
    ("p95", lambda level: level["itl_ms_p95"]),
    ("tokens/s a stream", lambda level: level["tokens_per_s"]),
    ("tokens/s in all", lambda level: level["output_tokens_per_s"]),
    ("requests/s", lambda level: level["requests_per_s"]),
    ("goodput", lambda level: level["goodput"]),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add_model(parser)
    parser.add_argument("--levels", help="numbers of streams, such as 1,4,16 (PROBE_LEVELS)")
    parser.add_argument(
        "--first-question",
        type=_from_zero,
        default=0,
        help="begin here, where a server that was probed before may know the first questions",
    )
    parser.add_argument(
        "--exact-length",
        action="store_true",
        help="ask for answers of PROBE_MAX_TOKENS tokens, where the server knows min_tokens",
    )
    parser.add_argument("--json", action="store_true", help="print everything as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Serve, probe and print. Raises EvaluationError when the model cannot be served or reached."""
    plan, settings = _plan(arguments), PipelineSettings.from_environment()
    model = model_in(arguments)
    console = Console(stderr=True, quiet=arguments.json)
    with (
        tempfile.TemporaryDirectory(prefix="probe-") as folder,
        serve(
            model,
            api_key=os.environ.get("EVALUATOR_API_KEY"),
            commands=settings.engine_commands,
            checkpoint_roots=roots_with(arguments, settings.checkpoint_roots),
            start_timeout_s=settings.engine_start_timeout_s,
            request_timeout_s=plan.request_timeout_s,
            allowed_networks=ANY_ADDRESS,
            work_dir=Path(folder),
            cancelled=lambda: False,
            hub=settings.hub,
        ) as served,
        Sampler(sources_of(served, get_engine(served.engine).gauges)) as sampler,
    ):
        report = probe(
            served.base_url,
            served.model_name,
            served.api_key,
            plan,
            allowed_networks=served.allowed_networks,
            cancelled=lambda: not served.alive(),
            on_level=lambda level: console.print(f"{level.concurrency} streams: done"),
        )
        versions = dict(served.versions)
    measured = Measurements(sampler=sampler, probed=report)
    found = {
        "probe": measured.probe(),
        "telemetry": measured.telemetry(),
        "hardware": hardware_facts(),
        "versions": versions,
    }
    if arguments.json:
        print(json.dumps(found, indent=1))
    else:
        _print(found)
    return 0


def _from_zero(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0")
    return int(text)


def _plan(arguments: argparse.Namespace) -> ProbePlan:
    """Return the environment's plan, with the levels and the option of the arguments."""
    environment = dict(os.environ)
    if arguments.levels:
        environment["PROBE_LEVELS"] = arguments.levels
    plan = PipelineSettings.from_environment(environment).probe
    if plan is None:
        raise EvaluationError(
            FailureCode.SPEC_INVALID, "PROBE_LEVELS is none: name levels with --levels"
        )
    return replace(
        plan, first_question=arguments.first_question, exact_length=arguments.exact_length
    )


def _print(found: dict[str, Any]) -> None:
    # Never narrower than its content: figures that are cut cannot be read.
    console = Console(width=200)
    probed = found["probe"]
    table = Table(*(title for title, _ in COLUMNS), box=None)
    for level in probed["levels"]:
        table.add_row(*(_shown(value(level)) for _, value in COLUMNS))
    console.print(table)
    if probed["stopped"]:
        console.print(f"Stopped: {probed['stopped']}.")
    _print_targets(console, probed["targets"])
    console.print(f"Hardware: {found['hardware']['host_class']}")


def _print_targets(console: Console, targets: Sequence[dict[str, Any]]) -> None:
    words = {True: "met", False: "missed", None: "not measured"}
    table = Table("streams", "target", "limit", "measured", "", box=None)
    for row in targets:
        table.add_row(
            _shown(row["concurrency"]),
            row["name"],
            f"{row['limit']:g}",
            _shown(row["measured"]),
            words[row["met"]],
        )
    console.print(table)


def _shown(value: float | None) -> str:
    if value is None:
        return "–"
    return str(value) if isinstance(value, int) else f"{value:.4g}"
