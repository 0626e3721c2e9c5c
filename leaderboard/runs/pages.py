"""Gathers what the pages of runs show: the queries and live figures; the presenters turn them into texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from django.db.models import F
from django.utils import timezone

from evaluator.messages import Progress
from leaderboard.catalog.models import DatasetVersion, Precision
from leaderboard.core import numbers
from leaderboard.runs import presenters, score_summary, scores
from leaderboard.runs.models import Run
from leaderboard.runs.progress import live_by_run, queue_position
from leaderboard.runs.provenance import provenance
from leaderboard.runs.serving import level_titles, serving
from leaderboard.runs.states import ACTIVE, GRADED, PUBLIC, RETRYABLE, RunState
from leaderboard.runs.suggestions import suggestions_of
from leaderboard.runs.telemetry import telemetry
from leaderboard.runs.timeline import timeline


@dataclass(frozen=True, slots=True)
class ListRow:
    """A run in a list. ``share`` is in percent, for the bar; empty when not known."""

    run: Run
    look: str
    marks: list[str]
    share: str
    note: str
    score: scores.ScoreCell


def list_rows(runs: list[Run]) -> list[ListRow]:
    """Return the rows of a list of runs, with live progress for those that a worker has, and the headline's score."""
    progress = live_by_run(runs)
    found = _headlines(runs)
    return [_list_row(run, progress.get(run.pk), scores.cell_of(found.get(run.pk))) for run in runs]


@dataclass(slots=True)
class _Headline:
    """The score that ranks a run, as ``scores.ScoreLike``."""

    axis: str
    dimension: str
    metric: str
    value: float | None
    correct: int | None
    total: int
    low: float | None
    high: float | None
    computed: Mapping[str, float | None] | None


def _headlines(runs: list[Run]) -> dict[int, _Headline]:
    """Return the score that ranks each of these runs, by primary key; one query, none where nothing is graded."""
    graded = [run.pk for run in runs if run.state in GRADED]
    if not graded:
        return {}
    # Scores live above this app: they are reached from the run.
    headline = Run.objects.filter(
        pk__in=graded,
        scores__protocol=F("protocol"),
        scores__axis=F("benchmark__headline_axis"),
        scores__dimension=F("benchmark__headline_dimension"),
        scores__metric=F("benchmark__headline_metric"),
    )
    names = [f"scores__{field.name}" for field in fields(_Headline)]
    return {pk: _Headline(*values) for pk, *values in headline.values_list("pk", *names)}


def _list_row(run: Run, progress: Progress | None, score: scores.ScoreCell) -> ListRow:
    figures = presenters.own_progress(run, progress)
    share = presenters.share_done(figures)
    look, marks = presenters.look(run.state), presenters.marks(run)
    if figures and share is not None:
        note = f"{numbers.count(figures.done)} / {numbers.count(figures.total)}"
        return ListRow(run, look, marks, f"{100 * share:.0f}", note, score)
    items = run.counts.get("items")
    return ListRow(run, look, marks, "", numbers.count(items) if items else "", score)


def live_context(run: Run, user: Any) -> dict[str, Any]:
    """Return what the changing part of a run page shows to ``user``.

    ``private`` says whether the user may see what is never public: the log, the failure's detail, the worker, the
    model's address, and the buttons that act on the run.
    """
    now = timezone.now()
    private = run.submission.details_visible_to(user)
    changeable = private and run.submission.changeable_by(user)
    active = run.state in ACTIVE
    progress = live_by_run([run]).get(run.pk)
    figures = presenters.own_progress(run, progress)
    events = list(run.events.select_related("actor").order_by("id"))
    return {
        "run": run,
        "active": active,
        "graded": run.state in GRADED,
        "private": private,
        "look": presenters.look(run.state),
        "marks": presenters.marks(run),
        "steps": timeline(
            run, events, now, presenters.share_done(figures), imported=run.submission.imported
        ),
        "work": presenters.work(run, figures, now),
        "stage": presenters.stage_title(progress.stage) if progress else "",
        "ahead": queue_position(run.submission) if run.state == RunState.QUEUED else None,
        "tiles": presenters.tiles(run, figures),
        "log": presenters.log_of(run, progress) if private else [],
        "failure": presenters.failure(run, events) if private else None,
        "suggestions": suggestions_of(run) if private and run.state == RunState.FAILED else [],
        "withdrawal": presenters.withdrawal(run, events) if private else None,
        "rerun": presenters.rerun(events) if private else "",
        **_related(run, user),
        "history": presenters.history(events, private),
        "siblings": list_rows(_siblings(run, user)),
        "in_other_precisions": run.state == RunState.PUBLISHED and _in_other_precisions(run),
        "can_cancel": active and changeable,
        "can_retry": changeable and run.state in RETRYABLE and not run.submission.imported,
        "facts": provenance(run, private) if private or run.state in GRADED else [],
        **_graded_context(run, private),
    }


def expected_dataset(run: Run) -> DatasetVersion | None:
    """Return the data set that the run used or, before that is known, the one that its benchmark uses now."""
    return run.dataset or run.benchmark.datasets.filter(current=True).first()


def _related(run: Run, user: Any) -> dict[str, Run | None]:
    """Return the runs that this one is linked with and that ``user`` may see; no query where there are no links."""
    linked = {run.superseded_by_id, run.rerun_of_id} - {None}
    seen = Run.objects.visible_to(user).in_bulk(linked) if linked else {}
    return {
        "successor": seen.get(run.superseded_by_id) if run.superseded_by_id else None,
        "repeated": seen.get(run.rerun_of_id) if run.rerun_of_id else None,
    }


def _in_other_precisions(run: Run) -> bool:
    """Return whether this benchmark has a published run of the same model on the same engine in another precision."""
    variant = run.submission.variant
    told = {variant.precision, Precision.UNKNOWN}
    others = Run.objects.published().filter(
        benchmark=run.benchmark_id,
        submission__variant__model=variant.model_id,
        submission__variant__engine=variant.engine,
    )
    known = variant.precision != Precision.UNKNOWN
    return known and others.exclude(submission__variant__precision__in=told).exists()


def _siblings(run: Run, user: Any) -> list[Run]:
    """Return the other benchmarks of the same submission, without asking for the submission again."""
    others = list(
        Run.objects.visible_to(user)
        .filter(submission=run.submission_id)
        .exclude(pk=run.pk)
        .select_related("benchmark")
        .order_by("id")
    )
    for other in others:
        other.submission = run.submission
    return others


def _graded_context(run: Run, private: bool) -> dict[str, Any]:
    """Return scores and checks; empty before there are any."""
    if run.state not in GRADED:
        return {}
    benchmark = run.benchmark
    found = scores.by_place(run.scores.filter(protocol=run.protocol).order_by("id"))
    dimensions = list(benchmark.dimensions.all())
    drawn = score_summary.in_breakdowns()
    return {
        "scores": scores.by_dimension(benchmark, dimensions, found, elsewhere=drawn),
        "score_tiles": score_summary.tiles(benchmark, found),
        "breakdowns": score_summary.breakdowns(benchmark, dimensions, found),
        "rates": score_summary.rates(benchmark, found),
        "whole": score_summary.further(benchmark, found),
        "saved": presenters.saved_requests(run),
        "lengths": presenters.answer_lengths(run),
        "serving": serving(run.manifest),
        "level_titles": level_titles(),
        "telemetry": telemetry(run.manifest),
        "checks": list(run.checks.all()) if private or run.state in PUBLIC else [],
    }
