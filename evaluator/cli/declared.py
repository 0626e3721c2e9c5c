"""The option ``--declaration`` of several commands: a benchmark that is declared as data."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from evaluator.errors import EvaluationError, FailureCode


def add_declaration(parser: argparse.ArgumentParser) -> None:
    """Declare the option."""
    parser.add_argument(
        "--declaration",
        type=Path,
        help="JSON file that declares the benchmark as a task of lmms-eval",
    )


def declaration_in(path: Path | None) -> dict[str, Any] | None:
    """Return the file's object; None without a file. Raises EvaluationError(SPEC_INVALID)."""
    if path is None:
        return None
    try:
        declaration = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise EvaluationError(FailureCode.SPEC_INVALID, f"{path}: {error}") from error
    if not isinstance(declaration, dict):
        raise EvaluationError(FailureCode.SPEC_INVALID, f"{path} holds no JSON object")
    return declaration
