"""Making what site tests need, through the real services: nothing made here is in a state that the site cannot reach.

Plain functions. Workers are played by the reports that they would send and by real bundles in the artifact store;
the data set is ``tests.small_set``.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.contrib.auth.models import Permission

from evaluator.bundle import write_bundle
from evaluator.errors import FailureCode
from evaluator.messages import Report, ReportKind, Stage
from evaluator.records import Manifest, Response
from leaderboard.accounts.models import User
from leaderboard.catalog.models import Benchmark, Variant
from leaderboard.catalog.sync import sync_benchmarks
from leaderboard.core.artifacts import store
from leaderboard.results.ingest import ingest
from leaderboard.review.services import approve, quarantine, reject, request_rerun, supersede
from leaderboard.runs.models import Run, Submission
from leaderboard.runs.services import SubmissionRequest, apply_report, cancel, submit
from leaderboard.runs.states import RunState
from tests.small_set import BENCHMARK, Answer, SmallSet, respond, right, small_set

PUBLIC_URL = "https://8.8.8.8/v1"
"""A literal public address: nothing is resolved, and nothing is ever sent there."""


# --- People ---------------------------------------------------------------------------------------


def make_user(username: str | None = None, **fields: Any) -> User:
    """Return a new user who may submit."""
    return User.objects.create_user(username or f"user-{uuid.uuid4().hex[:8]}", **fields)


def make_reviewer(username: str | None = None, **fields: Any) -> User:
    """Return a new user who may review."""
    user = make_user(username, is_staff=True, **fields)
    user.user_permissions.add(Permission.objects.get(codename="review_run"))
    return user


# --- Submissions ----------------------------------------------------------------------------------


def ensure_benchmarks() -> None:
    """Sync the declarations unless that was done."""
    if not Benchmark.objects.exists():
        sync_benchmarks()


def make_request(**fields: Any) -> SubmissionRequest:
    """Return a valid request for an endpoint, with ``fields`` changed."""
    plain: dict[str, Any] = {
        "kind": "endpoint",
        "model_name": "Tiny VLM",
        "organization": "Acme",
        "base_url": PUBLIC_URL,
        "served_name": "tiny-vlm",
        "precision": "bf16",
        "benchmarks": [BENCHMARK],
    }
    return SubmissionRequest(**plain | fields)


def make_checkpoint_request(**fields: Any) -> SubmissionRequest:
    """Return a valid request for a checkpoint on the hub, with ``fields`` changed."""
    checkpoint: dict[str, Any] = {
        "kind": "checkpoint",
        "base_url": "",
        "served_name": "",
        "source": "acme/tiny-vlm",
        "engine": "transformers",
    }
    return make_request(**checkpoint | fields)


def make_submission(user: User | None = None, **fields: Any) -> Submission:
    """Submit ``make_request(**fields)``; return the queued submission."""
    ensure_benchmarks()
    return submit(user or make_user(), make_request(**fields))


def make_variant(**fields: Any) -> Variant:
    """Return the variant of a new submission."""
    return make_submission(**fields).variant


def make_run(state: RunState = RunState.QUEUED, user: User | None = None, **fields: Any) -> Run:
    """Return the run of a new submission, brought to ``state`` by what would bring it there.

    From SCORING on it has a real bundle, from REVIEW on responses and scores of a model that knows everything.
    """
    run = make_submission(user, **fields).runs.select_related("benchmark", "submission").get()
    if state is not RunState.QUEUED:
        _BRING_TO[state](run)
        run.refresh_from_db()
    return run


def make_graded_run(answer: Answer = right, user: User | None = None, **fields: Any) -> Run:
    """Return a run in REVIEW whose model gave these answers to the small set."""
    run = make_run(RunState.EVALUATING, user, **fields)
    return ingest(run, **deliver(run, answer).arguments())


def make_published_run(answer: Answer = right, user: User | None = None, **fields: Any) -> Run:
    """Return a run that a reviewer has published."""
    run = make_graded_run(answer, user, **fields)
    approve(run, make_reviewer(), "made by a test")
    run.refresh_from_db()
    return run


# --- What workers send ----------------------------------------------------------------------------


def report_of(run: Run, kind: ReportKind, /, **fields: Any) -> Report:
    """Return a report of the run's submission at its current attempt, with ``fields`` changed."""
    plain: dict[str, Any] = {
        "submission": str(run.submission.public_id),
        "attempt": run.attempt,
        "at": time.time(),
    }
    return Report(kind=kind, **plain | fields)


def start(run: Run, worker: str = "worker-1") -> None:
    """Report that a worker has begun the run's attempt."""
    apply_report(report_of(run, ReportKind.STARTED, facts={"worker": worker}))


def generate(run: Run) -> None:
    """Report that the run's questions are being asked."""
    apply_report(report_of(run, ReportKind.STAGE, stage=Stage.GENERATING, run=str(run.public_id)))


def break_down(run: Run, code: FailureCode = FailureCode.ENDPOINT_ERROR) -> None:
    """Report that the run failed."""
    apply_report(
        report_of(
            run,
            ReportKind.FAILED,
            run=str(run.public_id),
            code=code,
            detail="HTTP 500",
            log_tail=("Traceback …", "it broke"),
        )
    )


@dataclass(frozen=True, slots=True)
class Delivery:
    """A bundle in the artifact store, as a worker reports it."""

    run: Run
    artifact: str
    sha256: str
    items_artifact: str
    attempt: int

    def arguments(self) -> dict[str, Any]:
        """Return what ``ingest`` takes beside the run."""
        return {
            "artifact": self.artifact,
            "sha256": self.sha256,
            "items_artifact": self.items_artifact,
            "attempt": self.attempt,
        }

    def report(self) -> Report:
        return report_of(
            self.run, ReportKind.BUNDLE, run=str(self.run.public_id), **self.arguments()
        )


def deliver(
    run: Run,
    answer: Answer = right,
    /,
    *,
    data: SmallSet | None = None,
    responses: Iterable[Response] | None = None,
    **manifest: Any,
) -> Delivery:
    """Put an items pack and a bundle with the model's answers into the artifact store.

    ``responses`` replaces the answers, ``manifest`` replaces fields of the manifest.
    """
    data = data or small_set(run.benchmark.slug)
    if responses is None:
        responses = [respond(item, answer(item)) for item in data.items]
    with TemporaryDirectory() as name:
        folder = Path(name)
        head = replace(manifest_of(run, data), **manifest)
        sha256 = write_bundle(folder / "bundle.zip", head, responses)
        artifact = (
            f"bundles/{run.submission.public_id}/{run.attempt}/{run.public_id}-{sha256[:12]}.zip"
        )
        store().put_file(folder / "bundle.zip", artifact)
        items_artifact = f"items/{run.benchmark.slug}/{data.facts['fingerprint']}.zip"
        store().put_file(data.pack(folder), items_artifact)
    return Delivery(run, artifact, sha256, items_artifact, run.attempt)


def manifest_of(run: Run, data: SmallSet) -> Manifest:
    """Return what a worker says of the run's bundle."""
    return Manifest(
        benchmark=run.benchmark.slug,
        run=str(run.public_id),
        submission=str(run.submission.public_id),
        attempt=run.attempt,
        spec_identity=run.submission.identity,
        model={"kind": "endpoint", "name": "tiny-vlm"},
        dataset=data.facts,
        generation={"temperature": 0.0, "seed": 0},
        versions={"lmms_eval": "0.7.3"},
        counts={"items": len(data.items)},
        serving={"ttft_ms_p50": 41.0, "ttft_ms_p95": 60.0, "tokens_per_s": 39.0},
    )


# --- The way to each state ------------------------------------------------------------------------


def _to_evaluating(run: Run) -> None:
    start(run)
    generate(run)


def _to_scoring(run: Run) -> None:
    """As a site worker leaves it that dies between taking the delivery and grading it."""
    _to_evaluating(run)
    sent = deliver(run)
    Run.objects.transition(
        run,
        RunState.SCORING,
        attempt=run.attempt,
        artifact=sent.artifact,
        artifact_sha256=sent.sha256,
        items_artifact=sent.items_artifact,
    )


def _to_review(run: Run) -> None:
    _to_evaluating(run)
    ingest(run, **deliver(run).arguments())


def _to_published(run: Run) -> None:
    _to_review(run)
    approve(run, make_reviewer(), "made by a test")


def _to_rejected(run: Run) -> None:
    _to_review(run)
    reject(run, make_reviewer(), "made by a test")


def _to_quarantined(run: Run) -> None:
    _to_review(run)
    quarantine(run, make_reviewer(), "made by a test")


def _to_superseded(run: Run) -> None:
    _to_published(run)
    newer = request_rerun(run, make_reviewer(), "made by a test").other
    assert newer is not None
    _to_published(newer)
    supersede(run, make_reviewer(), "made by a test", newer)


_BRING_TO = {
    RunState.STARTING: start,
    RunState.EVALUATING: _to_evaluating,
    RunState.SCORING: _to_scoring,
    RunState.REVIEW: _to_review,
    RunState.PUBLISHED: _to_published,
    RunState.REJECTED: _to_rejected,
    RunState.QUARANTINED: _to_quarantined,
    RunState.SUPERSEDED: _to_superseded,
    RunState.FAILED: break_down,
    RunState.CANCELLED: lambda run: cancel(run, run.submission.submitter),
}
