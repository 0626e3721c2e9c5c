"""What the apps above may listen to."""

from __future__ import annotations

from django.dispatch import Signal

run_graded = Signal()
"""Sent by ``results.ingest`` inside its transaction, when the run is in REVIEW with its responses and scores: ``run``."""
