"""What the apps above may listen to."""

from __future__ import annotations

from django.dispatch import Signal

run_graded = Signal()
"""Sent by ``results.ingest`` inside its transaction, when the run is in REVIEW with its responses and scores: ``run``."""

run_corrected = Signal()
"""Sent by ``results.corrections`` inside its transaction, when a reviewer corrected a score of a run: ``run``."""

run_regraded = Signal()
"""Sent by ``results.regrade`` inside its transaction, when a run's responses have other verdicts or it has other scores:
``run``, and ``from_protocol``, under which it was graded before."""
