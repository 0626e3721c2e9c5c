"""Where the real model outputs with official numbers lie: beside the repository, never in it."""

import json
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.load_profile("repeatable")

GOLDEN = Path(__file__).resolve().parents[3] / "shared" / "golden"


@pytest.fixture(scope="session")
def golden():
    """The folder of golden files; the test is skipped, and says so, where it is absent."""
    if not GOLDEN.is_dir():
        pytest.skip(f"GOLDEN NUMBERS NOT CHECKED: there is no {GOLDEN}")
    return GOLDEN


@pytest.fixture(scope="session")
def expected(golden):
    """The official scorers' numbers by golden file."""
    return json.loads((golden / "expected.json").read_text())
