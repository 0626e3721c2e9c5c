"""What the apps above may listen to."""

from __future__ import annotations

from django.dispatch import Signal

benchmark_synced = Signal()
"""Sent by ``catalog.sync`` inside its transaction, for each declared benchmark: ``benchmark``."""
