"""How a worker keeps the site informed: a claim, a heartbeat with live progress, and reports."""

from __future__ import annotations

import json
import logging
import os
import socket
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256 as sha256_hash
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from redis import Redis
from redis.exceptions import RedisError

from evaluator.artifacts import ArtifactStore
from evaluator.bundle import pack_items
from evaluator.errors import EvaluationError
from evaluator.generation import Generated
from evaluator.messages import (
    CLAIM_TTL_S,
    HEARTBEAT_EVERY_S,
    PROGRESS_TTL_S,
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
from evaluator.spec import EvaluationSpec

log = logging.getLogger(__name__)

Send = Callable[[Report], None]

# Renew or release a claim only while it is not another's: it may have lapsed and been taken by another worker. One
# that lapsed untaken (the broker was away, the machine slept) is ours again: nobody else is at work.
_RENEW = (
    "local holder = redis.call('get', KEYS[1]) "
    "if holder and holder ~= ARGV[1] then return 0 end "
    "redis.call('set', KEYS[1], ARGV[1], 'EX', ARGV[2]) return 1"
)
_RELEASE = (
    "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"
)


def worker_name() -> str:
    """Return a name for this worker that tells workers apart without telling the host's name."""
    host = sha256_hash(socket.gethostname().encode()).hexdigest()[:6]
    return os.environ.get("EVALUATOR_NAME") or f"worker-{host}"


class Claim:
    """The right to run one attempt. Lapses CLAIM_TTL_S after the last renewal, so a killed worker frees it.

    ``delivery_tag`` names the broker's message that this worker holds: renewing the claim also keeps the broker from
    delivering that message again.
    """

    def __init__(self, redis: Redis, spec: EvaluationSpec, delivery_tag: str | None = None) -> None:
        self._redis = redis
        self._delivery_tag = delivery_tag
        self._key = claim_key(spec.submission, spec.attempt)
        self._value = uuid.uuid4().hex

    def take(self, wait_s: float = CLAIM_TTL_S * 1.5, step_s: float = 1.0) -> bool:
        """Try to take the claim; wait as long as a dead holder's claim needs to lapse.

        False means that a living worker holds it: this delivery is a duplicate.
        """
        deadline = time.monotonic() + wait_s
        while not self._redis.set(self._key, self._value, nx=True, ex=CLAIM_TTL_S):
            if time.monotonic() >= deadline:
                return False
            time.sleep(step_s)
        return True

    def renew(self) -> bool:
        """Extend the claim. False means that it was lost: another worker runs the attempt."""
        if self._delivery_tag is not None:
            # kombu keeps the time of delivery here and delivers again what is older than the visibility timeout.
            index = f"{WORKERS_UNACKED_KEY}_index"
            self._redis.zadd(index, {self._delivery_tag: time.time()}, xx=True)
        return bool(self._redis.eval(_RENEW, 1, self._key, self._value, str(CLAIM_TTL_S)))

    def release(self) -> None:
        self._redis.eval(_RELEASE, 1, self._key, self._value)


class SiteReporter:
    """The pipeline's observer on a worker. Use as a context manager: the heartbeat thread runs inside.

    Live progress goes to Redis only. Reports go through ``send``; the site ignores those of old attempts. Once
    another worker holds the claim, the work is cancelled and nothing is said any more: the attempt is that worker's.
    """

    def __init__(
        self,
        spec: EvaluationSpec,
        redis: Redis,
        claim: Claim,
        store: ArtifactStore,
        send: Send,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._spec = spec
        self._redis = redis
        self._claim = claim
        self._store = store
        self._send = send
        self._clock = clock
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._cancelled = threading.Event()
        self._lost = threading.Event()
        now = clock()
        self._progress = Progress(
            at=now, worker=worker_name(), stage=Stage.CLAIMED, stage_since=now
        )
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def __enter__(self) -> Self:
        self._beat_once()
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()
        with suppress(RedisError):
            self._write()

    def report(self, kind: ReportKind, **values: Any) -> None:
        """Send one report of this attempt, unless the claim was lost."""
        if self._lost.is_set():
            return
        self._send(
            Report(
                kind=kind,
                submission=self._spec.submission,
                attempt=self._spec.attempt,
                at=self._clock(),
                **values,
            )
        )

    def stage(self, stage: Stage, run: str | None = None) -> None:
        with self._lock:
            self._progress = replace(
                self._progress, stage=stage, stage_since=self._clock(), current_run=run
            )
        self.report(ReportKind.STAGE, stage=stage, run=run)

    def progress(self, run: str, figures: RunProgress, log: tuple[str, ...]) -> None:
        with self._lock:
            self._progress = replace(
                self._progress, runs={**self._progress.runs, run: figures}, log_tail=log
            )

    def cancelled(self) -> bool:
        """Whether the site asked for the end, or the claim was lost."""
        return self._cancelled.is_set()

    def deliver(self, run: str, bundle: Path, sha256: str, generated: Generated) -> None:
        """Put the bundle and, once per data set, its items into the store, then tell the site."""
        slug, fingerprint = generated.items_folder.parent.name, generated.dataset["fingerprint"]
        items_key = f"items/{slug}/{fingerprint}.zip"
        if not self._store.exists(items_key):
            packed = generated.folder / "items.zip"
            pack_items(generated.items_folder, generated.dataset, packed)
            self._store.put_file(packed, items_key)
            packed.unlink()
        key = f"bundles/{self._spec.submission}/{self._spec.attempt}/{run}-{sha256[:12]}.zip"
        self._store.put_file(bundle, key)
        self.report(
            ReportKind.BUNDLE, run=run, artifact=key, sha256=sha256, items_artifact=items_key
        )

    def failed(self, run: str, error: EvaluationError) -> None:
        self.report(
            ReportKind.FAILED,
            run=run,
            code=error.code,
            detail=error.detail,
            log_tail=error.log_tail,
            facts=error.facts,
        )

    def _beat(self) -> None:
        while not self._lost.is_set() and not self._stop.wait(HEARTBEAT_EVERY_S):
            self._beat_once()

    def _beat_once(self) -> None:
        try:
            if not self._claim.renew():
                log.warning("claim on %s was lost, stopping", self._spec.submission)
                self._lost.set()
                self._cancelled.set()
            self._write()
            if self._redis.exists(cancel_key(self._spec.submission, self._spec.attempt)):
                self._cancelled.set()
        except RedisError as error:
            # The broker may be restarting. The work goes on; the site decides when silence is a loss.
            log.warning("heartbeat not written: %s", type(error).__name__)

    def _write(self) -> None:
        if self._lost.is_set():
            return
        with self._lock:
            self._progress = replace(self._progress, at=self._clock())
            text = json.dumps(self._progress.to_json())
        key = progress_key(self._spec.submission, self._spec.attempt)
        self._redis.set(key, text, ex=PROGRESS_TTL_S)
