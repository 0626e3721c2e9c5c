"""Template filters: words and marks for what the catalog stores as identifiers."""

from __future__ import annotations

from django import template

from leaderboard.catalog import labels
from leaderboard.catalog.models import Precision

register = template.Library()
register.filter("engine", labels.engine_title)
register.filter("bits", labels.precision_bits)


@register.simple_tag
def precisions() -> list[str]:
    """Return what a submission may name as its precision."""
    return list(Precision.values)
