"""In production a missing secret stops the start with a message that names it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COMPLETE = {
    "SECRET_KEY": "k" * 50,
    "DATABASE_URL": "postgres://u:p@127.0.0.1:1/db",
    "REDIS_URL": "redis://127.0.0.1:1/0",
}


def load(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Load the settings in a process that knows nothing but ``environment``."""
    return subprocess.run(
        [sys.executable, "-c", "import leaderboard.settings as s; print(s.ENVIRONMENT)"],
        env={"PATH": os.environ["PATH"]} | environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("name", sorted(COMPLETE))
def test_a_missing_secret_is_named(name: str) -> None:
    done = load({k: v for k, v in COMPLETE.items() if k != name})
    assert done.returncode != 0
    assert f"{name} is not set" in done.stderr


def test_production_is_the_default_and_starts_when_complete() -> None:
    assert load(COMPLETE).stdout.strip() == "production"


def test_an_unknown_environment_is_refused() -> None:
    done = load(COMPLETE | {"VLMLB_ENV": "prod"})
    assert "VLMLB_ENV" in done.stderr


def test_secrets_of_the_environment_are_not_in_the_message() -> None:
    done = load({**COMPLETE, "VLMLB_ENV": "prod"})
    assert "k" * 50 not in done.stderr + done.stdout
