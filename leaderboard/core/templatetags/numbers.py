"""Template filters: the functions of ``core.numbers`` under their own names."""

from __future__ import annotations

from django import template

from leaderboard.core import numbers

register = template.Library()

for function in (
    numbers.count,
    numbers.percent,
    numbers.points,
    numbers.decimal,
    numbers.parameters,
    numbers.duration,
    numbers.remaining,
    numbers.moment,
    numbers.instant,
    numbers.age,
):
    register.filter(function.__name__, function)
