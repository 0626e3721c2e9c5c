"""What may be so of an answer whatever its verdict: flags, each with its condition on responses and its number."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from evaluator.grading.marking import RULING
from evaluator.metrics.rates import TRUNCATED
from evaluator.metrics.shares import OVERALL
from evaluator.records import HowRead
from leaderboard.results.corrections import computed_numbers
from leaderboard.results.models import Verdict
from leaderboard.runs.models import Run


class Flag(models.TextChoices):
    """As the rates of ``evaluator.metrics.rates`` of these names, which count them."""

    TRUNCATED = "truncated", _("Truncated")
    REFUSED = "refused", _("Refused")
    JUDGED = "judged", _("Judged")

    @property
    def condition(self) -> Q:
        """What a response meets that has the flag, and no other does."""
        return _CONDITIONS[self] & ~Q(verdict__in=(Verdict.ERRORED, Verdict.SKIPPED))


_CONDITIONS = {
    Flag.TRUNCATED: Q(finish_reason=TRUNCATED),
    Flag.REFUSED: Q(how=HowRead.REFUSED.value),
    Flag.JUDGED: Q(notes__has_key=RULING) & ~Q(verdict=Verdict.UNJUDGED),
}


def flag_numbers(run: Run) -> dict[str, int]:
    """Return how many of a graded run's answers have each flag, by its value, as counted when the run was graded.

    Runs one query, on scores. A flag is missing that the run was graded without.
    """
    axis, dimension = OVERALL
    rates = run.scores.filter(
        protocol=run.protocol, axis=axis, dimension=dimension, metric__in=Flag.values
    )
    counted = {rate.metric: computed_numbers(rate)[1] for rate in rates}
    return {name: int(number) for name, number in counted.items() if number is not None}
