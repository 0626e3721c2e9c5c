"""Fixtures that every area shares."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.utils import translation
from pytest_django import Settings


@pytest.fixture(autouse=True)
def _own_artifacts(settings: Settings, tmp_path: Path) -> None:
    """Each test has an artifact store of its own."""
    settings.ARTIFACTS_URL = str(tmp_path / "artifacts")


@pytest.fixture(autouse=True)
def _own_language(settings: Settings) -> None:
    """Each test starts in the site's language, whatever the page before it was read in."""
    translation.activate(settings.LANGUAGE_CODE)


@pytest.fixture
def benchmarks(db: None) -> None:
    """The declared benchmarks are in the database."""
    # Models can be imported only once Django is set up, which is after this file is read.
    from tests.factories import ensure_benchmarks

    ensure_benchmarks()
