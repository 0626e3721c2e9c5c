"""What the site answers. Fractions are between 0 and 1, an unknown number is None and never 0.

Each object keeps the document that it was made of as ``raw``, with members that this version does not know.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from vlm_leaderboard.states import ENDED_BADLY, UNDER_WAY


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What every answer has."""

    raw: Mapping[str, Any] = field(repr=False, compare=False)


@dataclass(frozen=True, kw_only=True)
class Model(Answer):
    """A model as people speak of it."""

    slug: str
    name: str
    organization: str = ""
    homepage: str = ""
    parameters_b: float | None = None
    open_weights: bool | None = None
    is_baseline: bool = False


@dataclass(frozen=True, kw_only=True)
class Variant(Answer):
    """How a model is served. ``source`` is None where an endpoint's address is not for you to see."""

    kind: str
    engine: str = ""
    precision: str = ""
    precision_bits: float | None = None
    revision: str = ""
    served_name: str = ""
    source: str | None = None


@dataclass(frozen=True, kw_only=True)
class Dataset(Answer):
    """The rows that were asked. ``official_size`` is False for a demo set."""

    fingerprint: str
    rows: int
    label: str = ""
    official_size: bool = False


@dataclass(frozen=True, kw_only=True)
class RunProgress(Answer):
    """Live figures of a run: requests, requests per second, seconds."""

    done: int
    total: int | None = None
    errored: int = 0
    resumed: int = 0
    rate: float | None = None
    eta_s: float | None = None


@dataclass(frozen=True, kw_only=True)
class WorkerProgress(Answer):
    """Where the worker is in the way of the whole submission."""

    stage: str
    heartbeat_at: datetime
    current_run: str | None = None
    log_tail: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Suggestion(Answer):
    """Changes to retry with. ``needs`` are fields that you must add to them."""

    kind: str
    changes: Mapping[str, Any]
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Failure(Answer):
    """Why a run failed and what to do about it. ``code`` is stable."""

    code: str
    title: str
    advice: str = ""
    detail: str = ""
    suggestions: tuple[Suggestion, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Headline(Answer):
    """The score that ranks, with its 95 % interval."""

    metric: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    correct: int | None = None
    total: int = 0


@dataclass(frozen=True, kw_only=True)
class Blocker(Answer):
    """Why a run cannot be published."""

    code: str
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class RunSummary(Answer):
    """One benchmark of a submission, in a list."""

    id: str
    benchmark: str
    state: str
    pictures: str = "shown"
    state_since: datetime | None = None
    urls: Mapping[str, str] = field(default_factory=dict)

    @property
    def under_way(self) -> bool:
        """Whether it goes on by itself."""
        return self.state in UNDER_WAY

    @property
    def ended_badly(self) -> bool:
        """Whether it failed or was cancelled."""
        return self.state in ENDED_BADLY


@dataclass(frozen=True, kw_only=True)
class Run(RunSummary):
    """One benchmark of a submission. ``state_label`` is in the language of the request."""

    state_label: str = ""
    attempt: int = 1
    limit: int | None = None
    frugal: bool = False
    protocol: str = ""
    started_at: datetime | None = None
    finished_at: datetime | None = None
    progress: RunProgress | None = None
    failure: Failure | None = None
    counts: Mapping[str, Any] = field(default_factory=dict)
    blockers: tuple[Blocker, ...] = ()
    headline: Headline | None = None


@dataclass(frozen=True, kw_only=True)
class RunDetail(Run):
    """A run with all that is told of it. ``serving`` and ``provenance`` are as the API's reference has them."""

    submission: str
    model: Model
    variant: Variant
    dataset: Dataset | None = None
    serving: Mapping[str, Any] = field(default_factory=dict)
    provenance: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class SubmissionSummary(Answer):
    """A submission in a list."""

    id: str
    submitter: str
    model: Model
    attempt: int
    created_at: datetime
    runs: tuple[RunSummary, ...]


@dataclass(frozen=True, kw_only=True)
class Submission(Answer):
    """A submission as it stands. What only its submitter and reviewers may see is None for others."""

    id: str
    submitter: str
    model: Model
    attempt: int
    created_at: datetime
    runs: tuple[Run, ...]
    variant: Variant
    queue_position: int | None = None
    progress: WorkerProgress | None = None
    owner: str | None = None
    visibility: str = ""
    worker: str | None = None
    note: str | None = None

    @property
    def under_way(self) -> bool:
        """Whether any run of it goes on by itself."""
        return any(run.under_way for run in self.runs)

    @property
    def ended_badly(self) -> tuple[Run, ...]:
        """The runs that failed or were cancelled."""
        return tuple(run for run in self.runs if run.ended_badly)


@dataclass(frozen=True, kw_only=True)
class Score(Answer):
    """One number of a run, with its 95 % interval."""

    axis: str
    dimension: str
    metric: str
    value: float | None = None
    correct: int | None = None
    total: int = 0
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, kw_only=True)
class Scores(Answer):
    """Every score of a run, with what makes it comparable."""

    run: str
    benchmark: str
    protocol: str
    scores: tuple[Score, ...]
    dataset: Dataset | None = None


@dataclass(frozen=True, kw_only=True)
class Response(Answer):
    """A graded response. Times are milliseconds."""

    item: str
    position: int
    verdict: str
    text: str | None = None
    parsed: Any = None
    points: float | None = None
    how: str = ""
    judge: str | None = None
    error: str | None = None
    finish_reason: str | None = None
    ttft_ms: float | None = None
    latency_ms: float | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


@dataclass(frozen=True, kw_only=True)
class Paired(Answer):
    """Two runs on the units that both have. ``difference`` is the first less the second, with its 95 % interval."""

    n: int
    clusters: int = 0
    first: float | None = None
    second: float | None = None
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    first_better: int = 0
    second_better: int = 0
    p: float | None = None
    first_only: int = 0
    second_only: int = 0


@dataclass(frozen=True, kw_only=True)
class DimensionComparison(Answer):
    """The same within one dimension. ``p_adjusted`` is corrected for all of the axis."""

    dimension: str
    result: Paired
    p_adjusted: float | None = None


@dataclass(frozen=True, kw_only=True)
class Comparison(Answer):
    """Two runs of one benchmark, data set and protocol."""

    runs: tuple[str, ...]
    benchmark: str
    protocol: str
    metric: str
    whole: Paired
    axis: str = ""
    dimensions: tuple[DimensionComparison, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Column(Answer):
    """Which score stands in a board's column."""

    axis: str
    dimension: str
    metric: str


@dataclass(frozen=True, kw_only=True)
class Cell(Answer):
    """A score on a board."""

    value: float | None = None
    low: float | None = None
    high: float | None = None
    correct: int | None = None
    total: int = 0


@dataclass(frozen=True, kw_only=True)
class BoardRow(Answer):
    """One variant. ``rank`` is None for a baseline; ``rank_low`` to ``rank_high`` are the ranks not ruled out."""

    run: str
    model: Model
    variant: Variant
    cells: tuple[Cell | None, ...]
    rank: int | None = None
    rank_low: int | None = None
    rank_high: int | None = None
    value: float | None = None
    serving: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class Board(Answer):
    """One version of a benchmark's board; a row's ``cells`` follow ``columns``."""

    benchmark: str
    protocol: str
    number: int
    columns: tuple[Column, ...]
    rows: tuple[BoardRow, ...]
    dataset: Dataset


@dataclass(frozen=True, kw_only=True)
class Benchmark(Answer):
    """A benchmark that takes submissions. ``dataset`` is None until a first run brought one."""

    slug: str
    title: str
    version: str
    protocol: str
    family: str = ""
    summary: str = ""
    official_rows: int | None = None
    dataset: Dataset | None = None


@dataclass(frozen=True, kw_only=True)
class Quota(Answer):
    """How much of a limit is used. ``limit`` and ``left`` are None where there is none."""

    quota: str
    organization: str = ""
    used: float = 0.0
    limit: float | None = None
    left: float | None = None


@dataclass(frozen=True, kw_only=True)
class Membership(Answer):
    """An organisation that you are in."""

    slug: str
    name: str
    role: str


@dataclass(frozen=True, kw_only=True)
class Account(Answer):
    """Whose token it is, and what it may do."""

    username: str
    roles: tuple[str, ...] = ()
    scopes: tuple[str, ...] | None = None
    organizations: tuple[Membership, ...] = ()
    quotas: tuple[Quota, ...] = ()
    email: str = ""
