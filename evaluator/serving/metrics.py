"""How the model served, measured on the evaluation's own requests. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from evaluator.records import Response


def serving_summary(responses: Sequence[Response]) -> dict[str, Any]:
    """Return the serving figures of a run; None where nothing could be measured. Failed requests are left out.

    - ``n``: answered requests.
    - ``ttft_ms_p50``, ``_p95``, ``_p99``: time from sending to the first content token (streamed answers).
    - ``latency_ms_p50``, ``_p95``: time from sending to the last token.
    - ``tpot_ms_p50``, ``_p95``: time per output token after the first, per answer
      ``(latency - ttft) / (completion_tokens - 1)``, for answers of two tokens or more that came in more than one
      piece.
    - ``tokens_per_s``: decoding speed of one stream, the median of ``1000 / tpot_ms``.
    - ``output_tokens``: completion tokens of all answers; ``prompt_tokens`` likewise.
    - ``busy_s``: seconds in which at least one request was in flight, so that the pause between an interrupted run
      and its retry does not count.
    - ``requests_per_s``, ``output_tokens_per_s``: totals over ``busy_s``.

    Percentiles are linearly interpolated (numpy's default). These figures come from a fixed number of requests in
    flight, on the benchmark's own prompts: they describe this run, not the engine's limits.
    """
    answered = [r for r in responses if r.error is None]
    tpot = [value for r in answered if (value := _tpot_ms(r)) is not None]
    output_tokens = _total(r.completion_tokens for r in answered)
    busy = _busy_s(answered)
    return {
        "n": len(answered),
        **_percentiles("ttft_ms", [r.ttft_ms for r in answered], (50, 95, 99)),
        **_percentiles("latency_ms", [r.latency_ms for r in answered], (50, 95)),
        **_percentiles("tpot_ms", tpot, (50, 95)),
        "tokens_per_s": float(np.median([1000 / value for value in tpot])) if tpot else None,
        "output_tokens": output_tokens,
        "prompt_tokens": _total(r.prompt_tokens for r in answered),
        "busy_s": busy,
        "requests_per_s": _rate(len(answered), busy),
        "output_tokens_per_s": _rate(output_tokens, busy),
    }


def _tpot_ms(response: Response) -> float | None:
    ttft, latency, tokens = response.ttft_ms, response.latency_ms, response.completion_tokens
    if ttft is None or latency is None or tokens is None or tokens < 2 or latency <= ttft:
        return None
    return (latency - ttft) / (tokens - 1)


def _percentiles(
    name: str, values: Sequence[float | None], points: Sequence[int]
) -> dict[str, float | None]:
    known = [value for value in values if value is not None]
    if not known:
        return {f"{name}_p{point}": None for point in points}
    found = np.percentile(known, points)
    return {f"{name}_p{point}": float(v) for point, v in zip(points, found, strict=True)}


def _total(counts: Iterable[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def _busy_s(responses: Sequence[Response]) -> float | None:
    """Return the length of the union of all requests' times, in seconds."""
    spans = sorted(
        (r.started_at, r.started_at + r.latency_ms / 1000)
        for r in responses
        if r.started_at is not None and r.latency_ms is not None
    )
    if not spans:
        return None
    busy, until = 0.0, spans[0][0]
    for start, end in spans:
        busy += max(0.0, end - max(start, until))
        until = max(until, end)
    return busy


def _rate(count: int | None, seconds: float | None) -> float | None:
    return None if count is None or not seconds else count / seconds
