"""What the apps above may listen to."""

from __future__ import annotations

from django.dispatch import Signal

run_state_changed = Signal()
"""Sent by ``RunQuerySet.transition`` inside its transaction: ``run``, ``from_state``, ``to_state``, ``actor``."""
