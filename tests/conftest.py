"""Fixtures that every area shares."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_django import Settings


@pytest.fixture(autouse=True)
def _own_artifacts(settings: Settings, tmp_path: Path) -> None:
    """Each test has an artifact store of its own."""
    settings.ARTIFACTS_URL = str(tmp_path / "artifacts")


@pytest.fixture
def benchmarks(db: None) -> None:
    """The declared benchmarks are in the database."""
    # Models can be imported only once Django is set up, which is after this file is read.
    from tests.factories import ensure_benchmarks

    ensure_benchmarks()
