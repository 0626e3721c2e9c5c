"""Comparisons that are kept until one of the two runs is graded anew: reading thousands of answers takes long."""

from __future__ import annotations

import hashlib
import uuid
from typing import Any

from django.core.cache import cache
from django.db import transaction

from evaluator.metrics.paired import PairedResult
from leaderboard.results.comparison import (
    Comparison,
    DimensionComparison,
    compare_runs,
    require_comparable,
)
from leaderboard.results.signals import run_graded, run_regraded
from leaderboard.runs.models import Run

SECONDS = 3600
_SHAPE = repr([kind.__slots__ for kind in (Comparison, DimensionComparison, PairedResult)])
"""After an upgrade that changes what a comparison holds, nothing kept before it is read."""


def compared(first: Run, second: Run) -> Comparison:
    """As ``compare_runs``, at most once an hour for the same two runs graded as they are. Raises NotComparable."""
    require_comparable(first, second)
    parts = (_SHAPE, *(part for run in (first, second) for part in (str(run.pk), _stamp(run))))
    key = f"comparison:{hashlib.sha256(chr(0).join(parts).encode()).hexdigest()}"
    found: Comparison | None = cache.get(key)
    if found is None:
        found = compare_runs(first, second)
        cache.set(key, found, SECONDS)
    return found


def connect() -> None:
    """Watch for runs whose verdicts change."""
    for signal in (run_graded, run_regraded):
        signal.connect(_renew, dispatch_uid="results.kept_comparisons")


def _stamp_key(run: Run) -> str:
    return f"comparison:run:{run.pk}"


def _stamp(run: Run) -> str:
    """Return what changes whenever the run is graded."""
    return str(cache.get_or_set(_stamp_key(run), lambda: uuid.uuid4().hex, None))


def _renew(run: Run, **_extra: Any) -> None:
    """Make what was kept of the run stale once the running transaction is committed."""
    transaction.on_commit(lambda: cache.delete(_stamp_key(run)))
