"""What the apps above may listen to."""

from __future__ import annotations

from django.dispatch import Signal

run_graded = Signal()
"""Sent by the ingest inside its transaction, once the run awaits review: ``run``."""
