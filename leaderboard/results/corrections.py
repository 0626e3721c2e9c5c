"""Correcting a stored score: the value that a reviewer gives stands in place of the computed one, which is kept.

A correction belongs to one score of a run under one protocol. Grading the run again under the same protocol computes
the score anew and puts the correction back over it; under another protocol the scores are others and have none. Either
is told of in the run's history: no correction is lost without a word.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext

from leaderboard.accounts.models import User
from leaderboard.catalog.labels import is_difference
from leaderboard.results import ablation
from leaderboard.results.models import Score, ScoreCorrection
from leaderboard.results.signals import run_corrected
from leaderboard.runs.models import Run, RunEvent
from leaderboard.runs.states import GRADED

Place = tuple[str, str, str]
"""Axis, dimension and metric."""
NUMBERS = ("value", "correct", "low", "high")
DERIVED = (ablation.BLIND, ablation.VISUAL_GAIN)
"""Metrics that rest on other runs too: they follow from what is corrected there."""


class NotCorrectable(ValueError):
    """There is no such score, or it cannot have this value. ``code`` is stable. Nothing changed."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@transaction.atomic
def correct(
    run: Run, place: Place, value: float | None, *, author: User, reason: str
) -> ScoreCorrection:
    """Show ``value`` (a fraction, or a signed difference) instead of what was computed; None: what was computed again.

    The score is of the run's present protocol. Raises NotCorrectable. Who may is the caller's to ask.
    """
    run = Run.objects.select_for_update(of=("self",), no_key=True).get(pk=run.pk)
    score = _score_at(run, place)
    _require_possible(score, value)
    computed = score.computed or {name: getattr(score, name) for name in NUMBERS}
    correction = ScoreCorrection.objects.create(
        run=run,
        protocol=run.protocol,
        axis=score.axis,
        dimension=score.dimension,
        metric=score.metric,
        old_value=score.value,
        computed_value=computed["value"],
        new_value=value,
        author=author,
        reason=reason,
    )
    _show(score, computed, value)
    _write_event(correction)
    ablation.refresh(run)
    run_corrected.send(sender=Run, run=run)
    return correction


def put_back(run: Run, protocol: str) -> list[Place]:
    """Put the corrections of a run's scores over what was just computed under ``protocol``.

    Returns those of which something else was computed than when they were made, or nothing: a reviewer should look
    again. Call it in the transaction that stored the scores.
    """
    scores = {(s.axis, s.dimension, s.metric): s for s in run.scores.filter(protocol=protocol)}
    changed = []
    for place, correction in standing(run, protocol).items():
        score = scores.get(place)
        if score is None or not _equal(score.value, correction.computed_value):
            changed.append(place)
        if score is not None:
            _show(score, {name: getattr(score, name) for name in NUMBERS}, correction.new_value)
    return changed


def standing(run: Run, protocol: str) -> dict[Place, ScoreCorrection]:
    """Return the corrections that hold under a protocol, by the place of the score."""
    newest = {c.place: c for c in run.corrections.filter(protocol=protocol).order_by("id")}
    return {place: c for place, c in newest.items() if c.new_value is not None}


def computed_numbers(score: Score) -> tuple[float | None, ...]:
    """Return value, correct, total, low and high as they were computed, whatever is shown."""
    told: Mapping[str, Any] = score.computed or {name: getattr(score, name) for name in NUMBERS}
    return told["value"], told["correct"], score.total, told["low"], told["high"]


def told_in_event(places: Iterable[Place]) -> list[str]:
    """Return places as an event's data names them."""
    return ["/".join(place) for place in places]


def _score_at(run: Run, place: Place) -> Score:
    axis, dimension, metric = place
    if run.state not in GRADED:
        raise NotCorrectable("not-graded", gettext("Only a graded run has scores to correct."))
    if metric in DERIVED:
        told = gettext("It follows from another run: correct the score of that one.")
        raise NotCorrectable("derived", told)
    of_protocol = Score.objects.select_for_update().filter(run=run, protocol=run.protocol)
    score = of_protocol.filter(axis=axis, dimension=dimension, metric=metric).first()
    if score is None:
        raise NotCorrectable("no-such-score", gettext("The run has no such score."))
    return score


def _require_possible(score: Score, value: float | None) -> None:
    if value is None:
        if score.computed is None:
            told = gettext("It has not been corrected: there is nothing to take back.")
            raise NotCorrectable("not-corrected", told)
        return
    least = -1.0 if is_difference(score.metric) else 0.0
    if not (math.isfinite(value) and least <= value <= 1.0):
        told = gettext("The value is a fraction: from %(least)g to 1.") % {"least": least}
        raise NotCorrectable("out-of-range", told)
    if _equal(score.value, value):
        raise NotCorrectable("same-value", gettext("It has this value already."))


def _show(score: Score, computed: Mapping[str, Any], value: float | None) -> None:
    """Store what is shown from now on."""
    if value is None:
        for name in NUMBERS:
            setattr(score, name, computed[name])
        score.computed = None
    else:
        score.value, score.correct, score.low, score.high = value, None, None, None
        score.computed = dict(computed)
    score.save(update_fields=[*NUMBERS, "computed"])


def _write_event(correction: ScoreCorrection) -> None:
    RunEvent.objects.create(
        run=correction.run,
        kind=RunEvent.Kind.NOTE,
        attempt=correction.run.attempt,
        actor=correction.author,
        reason=correction.reason,
        data={
            "corrected": {
                "score": "/".join(correction.place),
                "from": correction.old_value,
                "to": correction.new_value,
                "computed": correction.computed_value,
            }
        },
    )


def _equal(a: float | None, b: float | None) -> bool:
    """Whether two values are the same but for the last digits, which differ between machines."""
    return a == b or (a is not None and b is not None and math.isclose(a, b, rel_tol=1e-9))
