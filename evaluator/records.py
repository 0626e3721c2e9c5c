"""The records that everything exchanges: items, responses, graded responses, scores, the manifest.

Plain data. Fractions are 0 to 1, times are milliseconds unless the name says otherwise, and a value that
is not known is ``None``, never 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from typing import Any, Self


class Verdict(StrEnum):
    """What became of one response.

    UNPARSED counts as wrong and is shown as a rate. The last three say nothing of the model's answer and are not
    scored: ERRORED (the request failed), UNJUDGED (the rules left the answer open and the judge failed), SKIPPED (it
    was not asked, because another answer had decided its question).
    """

    CORRECT = "correct"
    INCORRECT = "incorrect"
    UNPARSED = "unparsed"
    ERRORED = "errored"
    UNJUDGED = "unjudged"
    SKIPPED = "skipped"

    @property
    def scored(self) -> bool:
        """Whether the model's answer is known to be right or wrong."""
        return self in (Verdict.CORRECT, Verdict.INCORRECT, Verdict.UNPARSED)


class _Record:
    """JSON in and out for the flat records below; unknown keys are ignored so that old code reads new files."""

    __slots__ = ()

    def to_json(self) -> dict[str, Any]:
        return asdict(self)  # type: ignore[call-overload,no-any-return]

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        known = {f.name for f in fields(cls)}  # type: ignore[arg-type]
        return cls(**{k: v for k, v in data.items() if k in known})


@dataclass(frozen=True, slots=True)
class Item(_Record):
    """One question of a benchmark.

    ``key`` is stable within the benchmark and its data-set fingerprint; ``position`` is the row in the data
    set (lmms-eval's ``doc_id``). ``fields`` holds the row's own columns without pictures. ``images`` are the
    sha256 names of its pictures in the items pack, in the order in which the model sees them.
    """

    key: str
    position: int
    fields: dict[str, Any]
    images: tuple[str, ...] = ()


MAX_COUNT = 2**31 - 1
"""No request has more tokens: a larger count is nonsense of who says it, not a measurement."""


@dataclass(frozen=True, slots=True)
class Response(_Record):
    """What the model answered to one item, and how long it took.

    ``error`` set means that the request failed after all retries; ``text`` is then empty. ``ttft_ms`` is the
    time to the first token of content or reasoning, ``latency_ms`` to the last. ``prompt_sha256`` is of the text that was sent.
    ``skipped`` means that it was not asked (frugal CircularEval). ``metrics`` are lmms-eval's own values for this
    sample, by metric, where the benchmark is graded by them (``evaluator.benchmarks.generic``).
    """

    key: str
    position: int
    text: str = ""
    error: str | None = None
    finish_reason: str | None = None
    ttft_ms: float | None = None
    latency_ms: float | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    retries: int = 0
    started_at: float | None = None
    prompt_sha256: str | None = None
    skipped: bool = False
    metrics: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Ruling(_Record):
    """What a judge, a model or people, decided about one response, instead of the rules.

    ``outcome`` is in the benchmark's own words: an option's letter, ``yes``, ``correct``, a label. None means that the
    judge failed, and ``error`` says how. ``notes`` go into the verdict's notes.
    """

    outcome: str | None
    judge: str
    error: str | None = None
    notes: dict[str, Any] = field(default_factory=dict)


class HowRead(StrEnum):
    """Values of ``Graded.how`` that mean the same in every benchmark."""

    JUDGE = "judge"
    """A judge's ruling decided."""
    REFUSED = "refused"
    """Nothing could be read, because the model declined to answer."""


@dataclass(frozen=True, slots=True)
class Graded(_Record):
    """The verdict on one response.

    ``parsed`` is what was read out of the text (a letter, yes/no, a number), ``how`` names the rule that read
    it (see ``HowRead``), ``points`` is the credit from 0 to 1. ``notes`` are further facts of the benchmark's own, as
    JSON types.
    """

    key: str
    verdict: Verdict
    points: float
    parsed: str | None = None
    how: str = ""
    notes: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Marked:
    """A response with its item and the verdict on it."""

    item: Item
    response: Response
    graded: Graded


@dataclass(frozen=True, slots=True)
class Score(_Record):
    """One number of a run: ``metric`` over the items of ``dimension`` on ``axis``.

    ``value`` is a fraction (or a signed difference of fractions), or None when there is nothing to compute it
    from. ``total`` is the number of units (items, or groups) and ``correct`` how many of them were right, where
    the metric counts (for a rate such as ``unparsed``: how many were so). ``low`` and ``high`` bound the 95 % interval. The whole set is dimension ``overall`` on
    axis ``overall``.
    """

    axis: str
    dimension: str
    metric: str
    value: float | None
    correct: int | None
    total: int
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest(_Record):
    """What a bundle says of itself: everything needed to repeat the run or to distrust it.

    ``files`` maps each other file of the bundle to its sha256. ``dataset`` has path, name, split, fingerprint,
    rows, local (bool) and label. ``checkpoint`` is what was read of the served checkpoint
    (``evaluator.checkpoint.facts.CheckpointFacts``), empty for an endpoint. ``serving`` is measured on the evaluation's own traffic; its ``probe``,
    where there was one, under load of its own (``evaluator.serving.measuring``). ``telemetry`` is the peak, mean and
    course of what was sampled while the model served, up to this benchmark's end. ``declaration`` is that of a
    benchmark that is declared as data, and ``aggregates`` are then lmms-eval's own totals by metric, where it could
    compute them. ``imported`` says of answers that were not given under our eyes where they come from: file, sha256,
    bytes, harness, harness_version, harness_date, by.
    """

    benchmark: str
    run: str
    submission: str
    attempt: int
    spec_identity: str
    model: dict[str, Any]
    dataset: dict[str, Any]
    generation: dict[str, Any]
    versions: dict[str, str]
    counts: dict[str, int]
    files: dict[str, str] = field(default_factory=dict)
    argv: list[str] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)
    hardware: dict[str, Any] = field(default_factory=dict)
    serving: dict[str, Any] = field(default_factory=dict)
    telemetry: dict[str, Any] = field(default_factory=dict)
    checkpoint: dict[str, Any] = field(default_factory=dict)
    declaration: dict[str, Any] | None = None
    aggregates: dict[str, float] = field(default_factory=dict)
    imported: dict[str, Any] | None = None
    prompts_sha256: str | None = None
    started_at: str | None = None
    finished_at: str | None = None
    format: int = 1
