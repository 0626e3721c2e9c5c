"""Taking in a delivered bundle: verify, grade, store, score, in one transaction, once.

A run is first moved to SCORING, which fixes the delivery on it; then everything that the bundle gives is written
together with the move to REVIEW. So a run in REVIEW has all of its results and a run anywhere else has none.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone

from evaluator.benchmarks import get_benchmark
from evaluator.bundle import Bundle, open_bundle, sha256_of
from evaluator.errors import EvaluationError, FailureCode
from evaluator.records import Item as ItemRecord
from evaluator.records import Manifest
from leaderboard.accounts.models import User
from leaderboard.catalog.items_pack import dataset_version
from leaderboard.catalog.models import DatasetVersion
from leaderboard.core.artifacts import fetch_reported
from leaderboard.core.locks import LockSpace, lock_if_free
from leaderboard.core.text import storable_json
from leaderboard.results.copy import copy_responses
from leaderboard.results.models import Score
from leaderboard.results.scoring import blockers, count, mark, score
from leaderboard.results.signals import run_graded
from leaderboard.runs.attempts import locked
from leaderboard.runs.failures import fail, fail_with
from leaderboard.runs.models import Run, TransitionRefused
from leaderboard.runs.states import ON_WORKER, WAITING, RunState

logger = logging.getLogger(__name__)


def is_transient(error: BaseException) -> bool:
    """Whether trying again later may help: the database or the artifact store is away."""
    if isinstance(error, EvaluationError):
        return error.code is FailureCode.ARTIFACTS_UNAVAILABLE
    return isinstance(error, OperationalError | InterfaceError)


def ingest(run: Run, *, artifact: str, sha256: str, items_artifact: str, attempt: int) -> Run:
    """Take in the delivery of one run; return the run as it is afterwards.

    Changes nothing when the attempt is not the run's current one, when the run has been graded, failed or cancelled
    meanwhile, or while another call scores it. A delivery that cannot be used fails the run with a code, and nothing
    of it is stored. Raises only what ``is_transient``: then the run is still in SCORING and the same call may be made
    again.
    """
    if not _accept(run, artifact, sha256, items_artifact, attempt):
        return run
    return _score(run, attempt)


def ingest_again(run: Run, actor: User | None) -> Run:
    """Grade the kept bundle of a failed run once more. Raises TransitionRefused unless it failed with a bundle."""
    if not run.artifact:
        raise TransitionRefused(run, RunState.SCORING, run.state)
    attempt = run.attempt
    Run.objects.filter(state=RunState.FAILED).transition(
        run,
        RunState.SCORING,
        actor=actor,
        attempt=attempt,
        failure_code="",
        failure_detail="",
        log_tail="",
        finished_at=None,
    )
    return _score(run, attempt)


@transaction.atomic
def _accept(run: Run, artifact: str, sha256: str, items_artifact: str, attempt: int) -> bool:
    """Move the run to SCORING with this delivery. False when there is nothing to do for it."""
    locked(run.submission_id)
    run.refresh_from_db()
    if run.attempt != attempt:
        logger.info("run %s: delivery of attempt %d, now at %d", run, attempt, run.attempt)
        return False
    if run.state == RunState.SCORING:
        return run.artifact_sha256 == sha256
    if run.state not in WAITING | ON_WORKER:
        logger.info("run %s: delivery ignored, it is %s", run, run.state)
        return False
    Run.objects.transition(
        run,
        RunState.SCORING,
        attempt=attempt,
        artifact=artifact,
        artifact_sha256=sha256,
        items_artifact=items_artifact,
    )
    return True


def _score(run: Run, attempt: int) -> Run:
    """Score a run in SCORING, unless somebody else does. The lock tells the reaper that the run is in good hands."""
    with lock_if_free(LockSpace.INGEST, run.pk) as free:
        if free:
            _score_locked(run, attempt)
        else:
            logger.info("run %s is being scored by another process", run)
    run.refresh_from_db()
    return run


def _score_locked(run: Run, attempt: int) -> None:
    try:
        with _fetched(run) as path, open_bundle(path) as bundle:
            _check_manifest(run, bundle.manifest, attempt)
            dataset = dataset_version(run.benchmark, bundle.manifest.dataset, run.items_artifact)
            _store(run, bundle, dataset, attempt)
    except TransitionRefused as refused:
        # Cancelled while it was graded. The transaction is undone, so nothing of it is stored.
        logger.info("%s", refused)
    except Exception as error:
        if is_transient(error):
            raise
        _fail(run, error, attempt)


def _fail(run: Run, error: Exception, attempt: int) -> None:
    """End the run for a delivery that cannot be used. The bundle is kept either way."""
    try:
        if isinstance(error, EvaluationError):
            fail_with(run, error, attempt=attempt)
        else:
            logger.error("run %s could not be graded", run.public_id, exc_info=error)
            fail(run, FailureCode.GRADING_FAILED, type(error).__name__, attempt=attempt)
    except TransitionRefused as refused:
        logger.info("%s", refused)


@contextmanager
def _fetched(run: Run) -> Iterator[Path]:
    """Yield a local copy of the run's bundle; EvaluationError(BUNDLE_CORRUPT) unless it has the reported hash."""
    with TemporaryDirectory(prefix="vlmlb-bundle-") as folder:
        path = Path(folder) / "bundle.zip"
        fetch_reported(run.artifact, path)
        found = sha256_of(path)
        if found != run.artifact_sha256:
            raise EvaluationError(
                FailureCode.BUNDLE_CORRUPT,
                f"The bundle's sha256 is {found[:12]}…, {run.artifact_sha256[:12]}… was reported.",
            )
        yield path


def _check_manifest(run: Run, manifest: Manifest, attempt: int) -> None:
    """Refuse a bundle that was made for another run."""
    told = {
        "run": (manifest.run, str(run.public_id)),
        "submission": (manifest.submission, str(run.submission.public_id)),
        "benchmark": (manifest.benchmark, run.benchmark.slug),
        "attempt": (manifest.attempt, attempt),
    }
    for name, (found, expected) in told.items():
        if found != expected:
            raise EvaluationError(
                FailureCode.BUNDLE_CORRUPT,
                f"The manifest's {name} is {str(found)[:40]!r}, not {expected!r}.",
            )


@transaction.atomic
def _store(run: Run, bundle: Bundle, dataset: DatasetVersion, attempt: int) -> None:
    """Grade and write everything, and move the run to REVIEW, unless an earlier call did."""
    run.refresh_from_db()
    if run.state != RunState.SCORING:
        return
    benchmark = get_benchmark(run.benchmark.slug)
    items, item_ids = _items_of(dataset)
    marked = mark(benchmark, items, bundle.responses())
    copy_responses(run, marked, item_ids)
    Score.objects.bulk_create(
        Score(run=run, protocol=benchmark.protocol, **entry.to_json())
        for entry in score(benchmark, marked)
    )
    counts = count(marked, rows=dataset.rows, limit=run.limit)
    Run.objects.transition(
        run,
        RunState.REVIEW,
        attempt=attempt,
        dataset=dataset,
        protocol=benchmark.protocol,
        counts=counts,
        blockers=blockers(counts, limit=run.limit, max_errored_share=settings.MAX_ERRORED_SHARE),
        manifest=storable_json(bundle.manifest.to_json()),
        finished_at=timezone.now(),
    )
    run_graded.send(sender=Run, run=run)


def _items_of(dataset: DatasetVersion) -> tuple[dict[str, ItemRecord], dict[str, int]]:
    """Return the data set's items as graders read them, and their rows' ids, both by key."""
    items: dict[str, ItemRecord] = {}
    ids: dict[str, int] = {}
    rows = dataset.items.values_list("pk", "key", "position", "fields")
    for pk, key, position, fields in rows.iterator(chunk_size=5000):
        items[key] = ItemRecord(key=key, position=position, fields=fields)
        ids[key] = pk
    return items, ids
