"""The states of a run. They are texts, so that a state that a newer site has is no error here."""

from __future__ import annotations

UNDER_WAY = frozenset({"queued", "starting", "evaluating", "scoring"})
"""It goes on by itself from here."""
ENDED_BADLY = frozenset({"failed", "cancelled"})
"""It ended without results; ``retry`` sends it again."""
