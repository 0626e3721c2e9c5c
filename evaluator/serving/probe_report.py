"""From the probe's requests to its figures. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from evaluator.harness.chat import Answer
from evaluator.serving.targets import Targets


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request of the probe: seconds on the probe's clock, and its answer, or None when it failed."""

    started_s: float
    ended_s: float
    answer: Answer | None

    @property
    def tokens_per_s(self) -> float | None:
        """Decoding speed: tokens after the first over the time after the first; None for fewer than two."""
        answer = self.answer
        if answer is None or answer.ttft_ms is None or (answer.completion_tokens or 0) < 2:
            return None
        decoding_ms = answer.latency_ms - answer.ttft_ms
        tokens = (answer.completion_tokens or 0) - 1
        return 1000 * tokens / decoding_ms if decoding_ms > 0 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """How the model served at one number of streams. Milliseconds; None where nothing was measured.

    - ``requests``: measured ones (the warm-up is not); ``errors`` of them failed.
    - ``ttft_ms_*``: time to first token. ``itl_ms_*``: inter-token latency, over all gaps of all answers. Means
      beside the percentiles, because engines' own histograms tell exact means only.
    - ``tokens_per_s``: decoding speed of one stream, the median over requests; ``tokens_per_s_p5`` its slow tail.
    - ``output_tokens_per_s``, ``requests_per_s``: totals over the level's measured time ``seconds``.
    - ``goodput``: the share of all requests that met the targets for time to first token and decoding speed; a failed
      one met none. (Zhong et al., "DistServe", arXiv 2401.09670, count requests per second under the same condition:
      that is ``goodput * requests / seconds``.)
    """

    concurrency: int
    requests: int
    errors: int
    seconds: float
    ttft_ms_mean: float | None
    ttft_ms_p50: float | None
    ttft_ms_p95: float | None
    ttft_ms_p99: float | None
    itl_ms_mean: float | None
    itl_ms_p50: float | None
    itl_ms_p95: float | None
    itl_ms_p99: float | None
    tokens_per_s: float | None
    tokens_per_s_p5: float | None
    output_tokens_per_s: float | None
    requests_per_s: float | None
    goodput: float | None

    @property
    def error_rate(self) -> float:
        return self.errors / self.requests if self.requests else 1.0

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"error_rate": self.error_rate}


def level_of(concurrency: int, asked: Sequence[Asked], targets: Targets) -> Level:
    """Return the figures of one level's measured requests."""
    answers = [a.answer for a in asked if a.answer is not None]
    speeds = [speed for a in asked if (speed := a.tokens_per_s) is not None]
    seconds = max(a.ended_s for a in asked) - min(a.started_s for a in asked) if asked else 0.0
    tokens = [a.completion_tokens for a in answers if a.completion_tokens is not None]
    good = sum(
        a.answer is not None and targets.met_by(a.answer.ttft_ms, a.tokens_per_s) for a in asked
    )
    return Level(
        concurrency=concurrency,
        requests=len(asked),
        errors=len(asked) - len(answers),
        seconds=seconds,
        **_points("ttft_ms", [a.ttft_ms for a in answers if a.ttft_ms is not None]),
        **_points("itl_ms", [gap for a in answers for gap in a.gaps_ms]),
        tokens_per_s=float(np.median(speeds)) if speeds else None,
        tokens_per_s_p5=float(np.percentile(speeds, 5)) if speeds else None,
        output_tokens_per_s=sum(tokens) / seconds if tokens and seconds else None,
        requests_per_s=len(answers) / seconds if answers and seconds else None,
        goodput=good / len(asked) if asked else None,
    )


def _points(name: str, values: Sequence[float]) -> dict[str, float | None]:
    points = (50, 95, 99)
    names = [f"{name}_mean", *(f"{name}_p{point}" for point in points)]
    if not values:
        return dict.fromkeys(names)
    found = (np.mean(values), *np.percentile(values, points))
    return {name: float(value) for name, value in zip(names, found, strict=True)}
