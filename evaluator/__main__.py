"""``python -m evaluator``: evaluate and grade without a site."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from evaluator.cli import benchmarks, compare, grade, probe, run
from evaluator.errors import EvaluationError
from evaluator.settings import SettingsError

COMMANDS = {
    "run": run,
    "grade": grade,
    "compare": compare,
    "probe": probe,
    "benchmarks": benchmarks,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return 0, 1 when the evaluation failed, 2 when the call or a setting was wrong."""
    parser = argparse.ArgumentParser(
        prog="python -m evaluator", description=(__doc__ or "").replace("``", "")
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name, module in COMMANDS.items():
        summary = (module.__doc__ or "").strip().splitlines()[0].split(": ", 1)[-1]
        module.add_arguments(
            commands.add_parser(
                name, help=summary, description=(module.__doc__ or "").replace("``", "")
            )
        )
    parsed = parser.parse_args(arguments)
    try:
        return int(COMMANDS[parsed.command].run(parsed))
    except EvaluationError as error:
        for line in error.log_tail:
            print(f"  {line}", file=sys.stderr)
        print(f"{error.words.title_en}: {error.detail}", file=sys.stderr)
        print(error.words.advice_en, file=sys.stderr)
        return 1
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Stopped. The answers so far are kept; the same command continues.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
