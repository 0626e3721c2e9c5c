"""What a run without pictures tells of the run with them: its score, and what the pictures are worth.

Both are scores of the run with pictures, under its protocol: ``blind`` is the headline of the run without, and
``visual_gain`` the paired difference. The board, the pages and the API then show them like any other score. So what
is stored is always fit to be shown with the run: of a published run it rests on published runs only, and of any other
on none that its readers may not see. A variant is everybody's; another submitter's run of it is not.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Case, Q, Value, When
from django.dispatch import receiver

from leaderboard.core.locks import LockSpace, wait_for_lock
from leaderboard.results.comparison import paired_difference
from leaderboard.results.models import Score
from leaderboard.results.signals import run_graded, run_regraded
from leaderboard.runs.models import Pictures, Run, RunQuerySet, Submission
from leaderboard.runs.signals import run_state_changed, visibility_changed
from leaderboard.runs.states import GRADED, PUBLIC, RunState
from leaderboard.runs.visibility import readable_by_all

BLIND = "blind"
VISUAL_GAIN = "visual_gain"

_SOUND = GRADED - {RunState.REJECTED, RunState.QUARANTINED}
_SHOWN_WITH = {
    RunState.PUBLISHED: frozenset({RunState.PUBLISHED}),
    RunState.SUPERSEDED: PUBLIC,
}
"""What a run that everybody may read can rest on; any other on whatever is sound."""


@receiver((run_graded, run_regraded), dispatch_uid="results.refresh_ablation_of_graded_run")
def refresh_of_graded_run(run: Run, **_extra: Any) -> None:
    """A run has new scores."""
    refresh(run)


@receiver(run_state_changed, dispatch_uid="results.refresh_ablation_on_decision")
def refresh_on_decision(run: Run, from_state: RunState, **_extra: Any) -> None:
    """A run was published, withdrawn or rejected: what may be shown with it, or rests on it, is another."""
    if from_state in GRADED:
        refresh(run)


@receiver(visibility_changed, dispatch_uid="results.refresh_ablation_on_visibility")
def refresh_on_visibility(submission: Submission, **_extra: Any) -> None:
    """Others read its runs than before."""
    for run in submission.runs.in_states(GRADED).select_related("benchmark", "submission"):
        refresh(run)


def refresh(run: Run) -> None:
    """Store anew what follows from ``run``, which is graded: of itself, or of the runs that show what it hides.

    Call it in the transaction that changed the run. Two such transactions on one benchmark wait for each other, so
    that of two runs graded at once the second finds the first.
    """
    alike = _alike(run)
    if not alike.exclude(pictures=Pictures.SHOWN).exists():
        return
    wait_for_lock(LockSpace.BOARD, run.benchmark_id)
    changed = [run] if run.pictures == Pictures.SHOWN else _sighted(run)
    for sighted in changed:
        _store(sighted, counterpart_of(sighted))


def counterpart_of(sighted: Run) -> Run | None:
    """Return the run without pictures that this one is compared with, if there is any.

    It is of the same submission, else of the same variant; text only before grey pictures; then the newest. It was
    asked as many rows on the same data and graded by the same protocol. It is neither rejected nor in quarantine, and
    with a published run it is published too. Who may read this one may read it as well.
    """
    shown_with = _SHOWN_WITH.get(RunState(sighted.state), _SOUND)
    return (
        _alike(sighted)
        .filter(
            _read_with(sighted.submission),
            dataset=sighted.dataset_id,
            protocol=sighted.protocol,
            state__in=shown_with,
        )
        .exclude(pictures=Pictures.SHOWN)
        .select_related("benchmark")
        .order_by(
            Case(When(submission=sighted.submission_id, then=Value(0)), default=Value(1)),
            Case(When(pictures=Pictures.NONE, then=Value(0)), default=Value(1)),
            "-finished_at",
            "-id",
        )
        .first()
    )


def _read_with(submission: Submission) -> Q:
    """Return the condition under which a run is read by everybody who reads those of this submission."""
    same_readers = Q(
        submission__submitter=submission.submitter_id,
        submission__organization=submission.organization_id,
        submission__visibility=submission.visibility,
    )
    return readable_by_all() | same_readers


def _alike(run: Run) -> RunQuerySet:
    """The runs of the same variant on as much of the same benchmark, whatever has become of them."""
    return Run.objects.filter(
        submission__variant=run.submission.variant_id, benchmark=run.benchmark_id, limit=run.limit
    )


def _sighted(blind: Run) -> RunQuerySet:
    """Return the graded runs that this one may be the counterpart of, or was before either was graded again."""
    return (
        _alike(blind)
        .filter(pictures=Pictures.SHOWN, dataset=blind.dataset_id)
        .in_states(GRADED)
        .select_related("benchmark", "submission")
    )


def _store(sighted: Run, blind: Run | None) -> None:
    """Write the two scores in place of those that are there; none without a counterpart."""
    of_run = Score.objects.filter(run=sighted, protocol=sighted.protocol)
    of_run.filter(metric__in=(BLIND, VISUAL_GAIN)).delete()
    if blind is not None:
        Score.objects.bulk_create(_scores(sighted, blind))


def _scores(sighted: Run, blind: Run) -> list[Score]:
    place = {
        "run": sighted,
        "protocol": sighted.protocol,
        "axis": sighted.benchmark.headline_axis,
        "dimension": sighted.benchmark.headline_dimension,
    }
    headline = Score.objects.headline(blind)
    difference = paired_difference(sighted, blind)
    if headline is None or not difference.n:
        return []
    return [
        Score(
            **place,
            metric=BLIND,
            value=headline.value,
            correct=headline.correct,
            total=headline.total,
            low=headline.low,
            high=headline.high,
        ),
        Score(
            **place,
            metric=VISUAL_GAIN,
            value=difference.difference,
            total=difference.n,
            low=difference.low,
            high=difference.high,
        ),
    ]
