"""Importing: a results file becomes a bundle in the artifact store, and a run that waits to be scored.

From there on it is a run like any other: ``results.ingest`` grades, stores and scores it in one transaction, and the
reaper sees to one that was forgotten. What is wrong with a file is found before anything is stored.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import transaction

from evaluator.errors import EvaluationError, FailureCode
from evaluator.results_files.answers import BadResults
from evaluator.results_files.source import Source, open_source
from leaderboard.accounts.models import User
from leaderboard.catalog.declarations import declaration_of
from leaderboard.catalog.models import Benchmark, Variant, VlmModel
from leaderboard.core.judges import judge_of
from leaderboard.core.text import storable
from leaderboard.results.imports.delivery import Delivery, deliver, origin_of
from leaderboard.results.imports.preparation import prepare
from leaderboard.results.imports.request import AlreadyImported, ImportRequest, checked
from leaderboard.results.ingest import ingest, is_transient
from leaderboard.runs.dispatch import send_delivery
from leaderboard.runs.imported import begin_imported
from leaderboard.runs.models import Run
from leaderboard.runs.ownership import owner_of, ownership_errors
from leaderboard.runs.states import RunState
from leaderboard.runs.submission import SubmissionInvalid
from leaderboard.runs.variants import model_of, model_slug

logger = logging.getLogger(__name__)

VOID = (RunState.REJECTED, RunState.FAILED, RunState.CANCELLED)
"""Runs in these states say nothing any more: their file may be imported again."""


def import_results(
    user: User, path: Path, request: ImportRequest, *, name: str = "", within_quota: bool = True
) -> Run:
    """Take in the answers at ``path`` and score them; return the run, which then awaits review.

    ``path`` is a file, a zip file, or a folder; ``name`` is what it is called, when not as the path. While the
    artifact store or the database is away the run is left in SCORING, and scored later.
    Raises SubmissionInvalid, QuotaExceeded (unless ``within_quota`` is off), AlreadyImported, EvaluationError
    (RESULTS_UNREADABLE, RESULTS_OTHER_ITEMS, ARTIFACTS_UNAVAILABLE), OSError: nothing is stored then.
    """
    run = take_in(user, path, request, name=name, within_quota=within_quota)
    try:
        return ingest(
            run,
            artifact=run.artifact,
            sha256=run.artifact_sha256,
            items_artifact=run.items_artifact,
            attempt=run.attempt,
        )
    except Exception as error:
        if not is_transient(error):
            raise
        logger.warning("run %s is scored later: %s", run.public_id, error)
        return run


def take_in(
    user: User, path: Path, request: ImportRequest, *, name: str = "", within_quota: bool = True
) -> Run:
    """As ``import_results``, without the scoring: the run is in SCORING."""
    request = checked(request)
    if errors := ownership_errors(user, request.owner, request.visibility):
        raise SubmissionInvalid(errors)
    row = Benchmark.objects.get(slug=request.benchmark)
    with _readable(path, row) as source:
        origin = origin_of(source, storable(name or path.name), user.get_username())
        _refuse_second(user, request, row, origin.sha256)
        prepared = prepare(row, source, own_items=request.own_items)
    delivery = deliver(row, origin, prepared)
    return _begin(user, request, row, delivery, within_quota)


def score_later(run: Run) -> None:
    """Have the site's worker score a run that ``take_in`` returned, once this transaction is committed."""
    transaction.on_commit(lambda: send_delivery(run))


def waits_for_a_judge(slug: str) -> bool:
    """Say whether scoring answers to this benchmark means asking a judge, which takes longer than a request may."""
    row = Benchmark.objects.filter(slug=slug).first()
    return row is not None and judge_of(declaration_of(row)) is not None


@contextmanager
def _readable(path: Path, row: Benchmark) -> Iterator[Source]:
    try:
        with open_source(path, declaration_of(row)) as source:
            yield source
    except BadResults as error:
        raise EvaluationError(FailureCode.RESULTS_UNREADABLE, str(error)) from error


def _refuse_second(user: User, request: ImportRequest, row: Benchmark, sha256: str) -> None:
    """Raise AlreadyImported for a run that ``user`` may see: of what is hidden neither word nor effect gets out."""
    before = (
        Run.objects.visible_to(user)
        .exclude(state__in=VOID)
        .filter(
            benchmark=row,
            submission__identity=sha256,
            submission__variant__kind=Variant.Kind.IMPORTED,
            submission__variant__model__slug=model_slug(request),
        )
    )
    first = before.order_by("id").first()
    if first is not None:
        raise AlreadyImported(first)


@transaction.atomic
def _begin(
    user: User, request: ImportRequest, row: Benchmark, delivery: Delivery, within_quota: bool
) -> Run:
    """Store the run, in SCORING. Two imports of the same file at once make one run: the model is locked."""
    model = VlmModel.objects.select_for_update(no_key=True).get(pk=model_of(request).pk)
    _refuse_second(user, request, row, delivery.origin.sha256)
    variant, _ = Variant.objects.get_or_create(
        model=model,
        kind=Variant.Kind.IMPORTED,
        engine=request.engine,
        precision=request.precision,
        revision=request.revision,
        source="",
        served_name="",
    )
    return begin_imported(
        user,
        variant,
        row,
        submission_id=delivery.submission,
        run_id=delivery.run,
        identity=delivery.origin.sha256,
        note=request.note,
        owner=owner_of(user, request.owner),
        visibility=request.visibility,
        limit=delivery.origin.limit,
        within_quota=within_quota,
        artifact=delivery.artifact,
        artifact_sha256=delivery.sha256,
        items_artifact=delivery.items_artifact,
    )
