"""Taking in a delivered bundle: verify, grade, have judged, store, score, once.

A run is first moved to SCORING, which fixes the delivery on it. Then it is graded, outside of any transaction, since a
judge may be asked; what the judge said is kept at once, so a kill loses nothing of it. Last, everything that came of
the bundle is written in one transaction together with the move to REVIEW. So a run in REVIEW has all of its results
and a run anywhere else has none.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone

from evaluator.benchmarks import Benchmark
from evaluator.bundle import Bundle, open_bundle, sha256_of
from evaluator.errors import EvaluationError, FailureCode
from evaluator.grading.marking import finished
from evaluator.metrics.rates import answer_lengths
from evaluator.records import Manifest, Marked, Response
from leaderboard.accounts.models import User
from leaderboard.catalog.checkpoints import record_facts
from leaderboard.catalog.declarations import declaration_of
from leaderboard.catalog.items_pack import dataset_version
from leaderboard.catalog.models import DatasetVersion
from leaderboard.core.artifacts import fetch_reported
from leaderboard.core.judges import judge_of, protocol_by
from leaderboard.core.locks import LockSpace, lock_if_free
from leaderboard.core.text import storable, storable_json
from leaderboard.results.copy import copy_responses
from leaderboard.results.items import Ids, items_of
from leaderboard.results.judging import judged
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
        failure_facts={},
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
            graded = _grade(run, bundle, dataset)
            _store(run, bundle.manifest, graded, attempt)
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


@dataclass(frozen=True, slots=True)
class _Graded:
    """A run's responses with their verdicts, and by which benchmark, data set and protocol they came about."""

    benchmark: Benchmark
    dataset: DatasetVersion
    ids: Ids
    protocol: str
    marked: Sequence[Marked]


def _grade(run: Run, bundle: Bundle, dataset: DatasetVersion) -> _Graded:
    """Grade the bundle's responses, with the judge where the settings name one.

    Raises TransitionRefused when the run is cancelled while the judge is asked.
    """
    benchmark = declaration_of(run.benchmark)
    judge = judge_of(benchmark)
    items, ids = items_of(dataset)
    marked = mark(benchmark, items, _storable(bundle.responses()))
    if judge is not None:
        marked = judged(
            benchmark, judge, marked, ids, before_batch=lambda: _require_scoring(run)
        ).marked
    protocol = protocol_by(benchmark, judge)
    return _Graded(benchmark, dataset, ids, protocol, finished(benchmark, marked))


def _storable(responses: Iterable[Response]) -> Iterator[Response]:
    """Yield the responses with the texts that will be stored, so that grading them again gives the same."""
    for response in responses:
        yield replace(response, text=storable(response.text))


def _require_scoring(run: Run) -> None:
    state = Run.objects.values_list("state", flat=True).get(pk=run.pk)
    if state != RunState.SCORING:
        raise TransitionRefused(run, RunState.REVIEW, state)


@transaction.atomic
def _store(run: Run, manifest: Manifest, graded: _Graded, attempt: int) -> None:
    """Write everything, and move the run to REVIEW, unless an earlier call did."""
    run.refresh_from_db()
    if run.state != RunState.SCORING:
        return
    record_facts(run.submission.variant, storable_json(manifest.checkpoint))
    copy_responses(run, graded.marked, graded.ids)
    Score.objects.bulk_create(
        Score(run=run, protocol=graded.protocol, **entry.to_json())
        for entry in score(graded.benchmark, graded.marked)
    )
    verdicts = count(graded.marked, rows=graded.dataset.expected_rows, limit=run.limit)
    counts = {**verdicts, "lengths": answer_lengths(graded.marked)}
    Run.objects.transition(
        run,
        RunState.REVIEW,
        attempt=attempt,
        dataset=graded.dataset,
        protocol=graded.protocol,
        counts=counts,
        blockers=blockers(run, counts),
        manifest=storable_json(manifest.to_json()),
        finished_at=timezone.now(),
    )
    run_graded.send(sender=Run, run=run)
