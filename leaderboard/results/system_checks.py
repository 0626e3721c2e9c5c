"""Checks of the settings at the start, as ``manage.py check`` runs them."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from evaluator.benchmarks import all_benchmarks
from evaluator.grading.judging import judgeable

LISTS = ("JUDGE_BENCHMARKS", "JUDGE_EVERYTHING")


@register()
def judge_is_for_known_benchmarks(**_options: Any) -> list[CheckMessage]:
    """Find slugs in the settings that no judge can be used for: they would be overlooked in silence."""
    known = [slug for slug, benchmark in all_benchmarks().items() if judgeable(benchmark)]
    return [
        Error(
            f"{name} names {', '.join(unknown)}: no benchmark with a prompt for judges.",
            hint=f"These have one: {', '.join(known)}.",
            id=f"results.E00{number}",
        )
        for number, name in enumerate(LISTS, start=1)
        if (unknown := [slug for slug in getattr(settings, name) if slug not in known])
    ]
