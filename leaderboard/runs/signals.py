"""What the apps above may listen to."""

from __future__ import annotations

from django.dispatch import Signal

run_state_changed = Signal()
"""Sent by ``RunQuerySet.transition`` inside its transaction: ``run``, ``from_state``, ``to_state``, ``actor``."""

run_repeated = Signal()
"""Sent by ``runs.reruns.repeat`` inside its transaction: ``run``, which is queued, and ``repeats``, the earlier one."""

visibility_changed = Signal()
"""Sent by ``runs.ownership.set_visibility`` inside its transaction: ``submission``, as it is now."""
