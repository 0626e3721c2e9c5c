"""What checks are made from, and what they find."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from leaderboard.review.checks.thresholds import Limits
from leaderboard.review.models import Check

Code = Check.Code
Status = Check.Status

SAMPLES, RUNS, MODELS = "samples", "runs", "models"
"""Entries of a finding's data that name what is behind it: keys of items of the run; runs and models, as JSON."""
EXAMPLES = 5
"""At most so many of each are named."""


@dataclass(frozen=True, slots=True)
class Rate:
    """``number`` of ``among`` answers are so; ``samples`` are the keys of the first of them."""

    number: int = 0
    among: int = 0
    samples: tuple[str, ...] = ()

    @property
    def share(self) -> float | None:
        return self.number / self.among if self.among else None


@dataclass(frozen=True, slots=True)
class Answers:
    """What the answers' texts tell.

    ``truncated`` of those whose finish reason is known; ``refused`` of all, where declining is not right;
    ``leaked`` of all (``review.leaks``), ``named`` of which name a row by what the model was not shown.
    """

    truncated: Rate = Rate()
    refused: Rate = Rate()
    leaked: Rate = Rate()
    named: int = 0


@dataclass(frozen=True, slots=True)
class ScoreFact:
    """A score of the run: a fraction, its interval where there is one, and over how many units."""

    value: float
    low: float | None = None
    high: float | None = None
    total: int = 0

    @property
    def margin(self) -> float:
        """Half of the interval's width; 0 where there is none."""
        return 0.0 if self.low is None or self.high is None else (self.high - self.low) / 2


@dataclass(frozen=True, slots=True)
class OtherRun:
    """Another run: its public id, its model's name, and its headline where that matters."""

    id: str
    model: str
    headline: ScoreFact | None = None

    def to_json(self) -> dict[str, str]:
        return {"id": self.id, "name": self.model}


@dataclass(frozen=True, slots=True)
class OtherModel:
    """Another model: the end of its address, and its name."""

    slug: str
    name: str

    def to_json(self) -> dict[str, str]:
        return {"slug": self.slug, "name": self.name}


@dataclass(frozen=True, slots=True)
class SizeClass:
    """The published runs of other models of about this size, the best of each model; ``parameters`` in billions."""

    parameters: float
    peers: tuple[OtherRun, ...]


@dataclass(frozen=True, slots=True)
class Alike:
    """The run of another model whose answers are most alike: ``equal`` of ``compared`` telling ones.

    ``agreement`` is beyond chance, at most 1. ``runs`` are how many runs were looked at.
    """

    run: OtherRun
    equal: int
    compared: int
    agreement: float
    runs: int


@dataclass(frozen=True, slots=True)
class Blind:
    """The headline without pictures, and what guessing scores. ``run``: where it is, if it is another run."""

    score: float
    chance: float
    run: OtherRun | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of a graded run. What is None or empty was not found, and then there is nothing to check.

    ``limit`` is the number of rows that were asked for at most (None: all). ``counts`` has items (rows asked for),
    responses, and how many of those have each verdict. ``max_errored_share`` is the site's limit on failed requests,
    ``max_unjudged_share`` the one on answers that the judge failed on; fractions. ``declared_precision`` (a scheme, or
    "unknown"), ``declared_components`` (component -> scheme) and ``declared_parameters_b`` are the submitter's word;
    ``checkpoint`` is what the worker read, empty for an endpoint. ``scores`` are those over the whole set by metric,
    ``headline`` is the one that ranks. A ``baseline`` is a yardstick, such as saying A to everything. ``same_weights``: other models with a variant of these weights; None where the
    weights are not known.
    """

    limit: int | None
    counts: Mapping[str, int]
    max_errored_share: float
    max_unjudged_share: float
    declared_precision: str = "unknown"
    declared_components: Mapping[str, str] = field(default_factory=dict)
    declared_parameters_b: float | None = None
    checkpoint: Mapping[str, Any] = field(default_factory=dict)
    baseline: bool = False
    pictures_shown: bool = True
    answers: Answers = Answers()
    scores: Mapping[str, ScoreFact] = field(default_factory=dict)
    headline: ScoreFact | None = None
    previous: OtherRun | None = None
    size_class: SizeClass | None = None
    same_weights: tuple[OtherModel, ...] | None = None
    alike: Alike | None = None
    blind: Blind | None = None

    def count(self, name: str) -> int:
        """Return one of the counts; 0 for one that a run graded by an older site has not."""
        return self.counts.get(name, 0)

    @property
    def asked(self) -> int:
        """Responses without those to questions that were not asked."""
        return self.count("responses") - self.count("skipped")

    @property
    def answered(self) -> int:
        """Questions asked, without those whose request failed."""
        return self.asked - self.count("errored")


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found: its number, the limit that it was held against, and what both were made from.

    Of ``data``, SAMPLES, RUNS and MODELS name what is behind it; the rest are numbers and words.
    """

    code: Check.Code
    status: Check.Status
    value: float | None
    threshold: float | None
    data: dict[str, Any] = field(default_factory=dict)


def held_against(
    code: Check.Code,
    value: float | None,
    limits: Limits,
    data: dict[str, Any],
    *,
    size: float | None = None,
) -> Finding:
    """Return the finding on a value: fails when it is not known. ``size`` is compared in its place, if given.

    The threshold is the limit that was passed, or the first.
    """
    size = value if size is None else size
    if size is None or (limits.fail is not None and size > limits.fail):
        return Finding(code, Status.FAIL, value, limits.fail, data)
    status = Status.WARN if size > limits.warn else Status.PASS
    return Finding(code, status, value, limits.warn, data)
