"""A worker claims an attempt, shows that it lives, hears a cancellation and delivers each thing once."""

from __future__ import annotations

import json
import os
import time
import uuid
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redis import Redis

from evaluator.artifacts import ArtifactStore
from evaluator.errors import EvaluationError, FailureCode
from evaluator.generation import Generated
from evaluator.messages import (
    CLAIM_TTL_S,
    WORKERS_UNACKED_KEY,
    Progress,
    Report,
    ReportKind,
    RunProgress,
    Stage,
    cancel_key,
    claim_key,
    progress_key,
)
from evaluator.reporting import Claim, SiteReporter
from evaluator.spec import BenchmarkSpec, EvaluationSpec, ModelSpec


@pytest.fixture
def redis() -> Iterator[Redis]:
    client: Redis = Redis.from_url(os.environ["REDIS_URL"])
    yield client
    client.close()


@pytest.fixture
def spec() -> EvaluationSpec:
    return EvaluationSpec(
        submission=uuid.uuid4().hex,
        attempt=1,
        model=ModelSpec(kind="endpoint", name="m", base_url="http://x/v1"),
        benchmarks=(BenchmarkSpec(slug="mmbench_en_dev", run="r1"),),
    )


@pytest.fixture
def sent() -> list[Report]:
    return []


@pytest.fixture
def reporter(
    redis: Redis, spec: EvaluationSpec, sent: list[Report], tmp_path: Path
) -> Iterator[SiteReporter]:
    claim = Claim(redis, spec)
    assert claim.take()
    store = ArtifactStore(str(tmp_path / "store"))
    with SiteReporter(spec, redis, claim, store, sent.append) as reporter:
        yield reporter


def eventually(holds: Callable[[], bool], timeout_s: float = 10) -> bool:
    deadline = time.monotonic() + timeout_s
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.05)
    return holds()


def test_a_second_delivery_finds_the_claim_taken(redis: Redis, spec: EvaluationSpec) -> None:
    first, second = Claim(redis, spec), Claim(redis, spec)
    assert first.take()
    assert not second.take(wait_s=0)
    first.release()
    assert second.take(wait_s=0)


def test_the_claim_of_a_dead_worker_lapses(redis: Redis, spec: EvaluationSpec) -> None:
    assert Claim(redis, spec).take()
    assert 0 < redis.ttl(claim_key(spec.submission, spec.attempt)) <= CLAIM_TTL_S
    redis.pexpire(claim_key(spec.submission, spec.attempt), 50)
    assert Claim(redis, spec).take(wait_s=5, step_s=0.05)


def test_a_claim_that_another_took_is_neither_renewed_nor_released(
    redis: Redis, spec: EvaluationSpec
) -> None:
    first, second = Claim(redis, spec), Claim(redis, spec)
    assert first.take()
    redis.delete(claim_key(spec.submission, spec.attempt))
    assert second.take()
    assert not first.renew()
    first.release()
    assert second.renew()
    assert redis.get(claim_key(spec.submission, spec.attempt)) is not None


def test_a_claim_that_lapsed_untaken_is_renewed(redis: Redis, spec: EvaluationSpec) -> None:
    claim = Claim(redis, spec)
    assert claim.take()
    redis.delete(claim_key(spec.submission, spec.attempt))
    assert claim.renew()
    assert not Claim(redis, spec).take(wait_s=0)


def test_progress_and_heartbeat_are_in_redis(
    redis: Redis, spec: EvaluationSpec, reporter: SiteReporter
) -> None:
    reporter.progress("r1", RunProgress(done=3, total=7), ("line",))

    def shown() -> Progress:
        return Progress.from_json(json.loads(redis.get(progress_key(spec.submission, 1))))

    before = shown().at
    assert eventually(lambda: shown().runs.get("r1") == RunProgress(done=3, total=7))
    assert shown().log_tail == ("line",)
    assert shown().at > before


def test_a_cancellation_is_heard(
    redis: Redis, spec: EvaluationSpec, reporter: SiteReporter
) -> None:
    assert not reporter.cancelled()
    redis.set(cancel_key(spec.submission, spec.attempt), "1")
    assert eventually(reporter.cancelled)


def test_a_lost_claim_stops_the_work_and_leaves_the_word_to_the_other_worker(
    redis: Redis, spec: EvaluationSpec, reporter: SiteReporter, sent: list[Report]
) -> None:
    redis.set(claim_key(spec.submission, spec.attempt), "another worker")
    assert eventually(reporter.cancelled)
    redis.set(progress_key(spec.submission, spec.attempt), "the other's")
    reporter.report(ReportKind.CANCELLED)
    reporter.__exit__(None, None, None)
    assert sent == []
    assert redis.get(progress_key(spec.submission, spec.attempt)) == b"the other's"


def test_what_was_cancelled_before_the_start_is_known_at_once(
    redis: Redis, spec: EvaluationSpec, tmp_path: Path
) -> None:
    claim = Claim(redis, spec)
    claim.take()
    redis.set(cancel_key(spec.submission, spec.attempt), "1")
    store = ArtifactStore(str(tmp_path))
    with SiteReporter(spec, redis, claim, store, lambda _: None) as reporter:
        assert reporter.cancelled()


def test_stages_and_failures_are_reported_with_the_attempt(
    spec: EvaluationSpec, reporter: SiteReporter, sent: list[Report]
) -> None:
    reporter.stage(Stage.GENERATING, "r1")
    reporter.failed("r1", EvaluationError(FailureCode.DATASET_MISSING, "no file", log_tail=("x",)))
    stage, failure = sent
    assert (stage.kind, stage.stage, stage.run) == (ReportKind.STAGE, Stage.GENERATING, "r1")
    assert (failure.kind, failure.code, failure.detail) == (
        ReportKind.FAILED,
        FailureCode.DATASET_MISSING,
        "no file",
    )
    assert {(r.submission, r.attempt) for r in sent} == {(spec.submission, 1)}


def test_items_are_stored_once_per_fingerprint(
    reporter: SiteReporter, sent: list[Report], tmp_path: Path
) -> None:
    items = tmp_path / "items" / "mmbench_en_dev" / "f00"
    (items / "images").mkdir(parents=True)
    (items / "items.jsonl").write_text("")
    bundle = tmp_path / "bundle.zip"
    with zipfile.ZipFile(bundle, "w"):
        pass
    generated = Generated(
        folder=tmp_path,
        items_folder=items,
        dataset={"fingerprint": "f00"},
        result={},
        responses=[],
        argv=[],
    )
    for sha256 in ("a" * 64, "b" * 64):
        reporter.deliver("r1", bundle, sha256, generated)
    packs = [p for p in (tmp_path / "store" / "items").rglob("*") if p.is_file()]
    assert [p.name for p in packs] == ["f00.zip"]
    assert [r.items_artifact for r in sent] == ["items/mmbench_en_dev/f00.zip"] * 2
    assert len({r.artifact for r in sent}) == 2
    assert not (tmp_path / "items.zip").exists()


def test_renewing_the_claim_keeps_the_brokers_message(redis: Redis, spec: EvaluationSpec) -> None:
    index = f"{WORKERS_UNACKED_KEY}_index"
    redis.zadd(index, {"mine": 1.0})
    claim = Claim(redis, spec, delivery_tag="mine")
    claim.take()
    claim.renew()
    assert redis.zscore(index, "mine") == pytest.approx(time.time(), abs=5)
    redis.zrem(index, "mine")
    claim.renew()
    assert redis.zscore(index, "mine") is None, "what is acknowledged does not come back"
