"""Serving figures computed from responses."""

from __future__ import annotations

import pytest

from evaluator.records import Response
from evaluator.serving.metrics import serving_summary


def response(at: float, ttft: float | None, latency: float, tokens: int | None) -> Response:
    return Response(
        key=str(at),
        position=0,
        text="A",
        started_at=at,
        ttft_ms=ttft,
        latency_ms=latency,
        prompt_tokens=10,
        completion_tokens=tokens,
    )


def test_figures_follow_their_formulas() -> None:
    # Two at once, then one: 1.5 s with a request in flight.
    figures = serving_summary(
        [
            response(0.0, 100, 1000, 10),
            response(0.5, 300, 500, 3),
            response(1.0, 200, 500, 1),
        ]
    )
    assert figures["n"] == 3
    assert figures["ttft_ms_p50"] == 200
    assert figures["ttft_ms_p95"] == pytest.approx(290)
    assert figures["latency_ms_p50"] == 500
    # (1000 - 100) / 9 and (500 - 300) / 2; one token has no time between tokens.
    assert figures["tpot_ms_p50"] == pytest.approx(100)
    assert figures["tokens_per_s"] == pytest.approx(10)
    assert (figures["output_tokens"], figures["prompt_tokens"]) == (14, 30)
    assert figures["busy_s"] == pytest.approx(1.5)
    assert figures["requests_per_s"] == pytest.approx(2)
    assert figures["output_tokens_per_s"] == pytest.approx(14 / 1.5)


def test_pause_before_a_retry_does_not_count_as_serving() -> None:
    figures = serving_summary([response(0, 10, 1000, 5), response(5000, 10, 1000, 5)])
    assert figures["busy_s"] == pytest.approx(2)
    assert figures["requests_per_s"] == pytest.approx(1)


def test_failed_requests_are_left_out() -> None:
    failed = Response(key="x", position=1, error="endpoint_timeout: no answer")
    assert serving_summary([response(0, 10, 1000, 5), failed])["n"] == 1


def test_what_was_not_measured_is_none_not_zero() -> None:
    nothing = serving_summary([])
    assert nothing.pop("n") == 0
    assert set(nothing.values()) == {None}
    unstreamed = serving_summary([response(0, None, 1000, None)])
    assert unstreamed["ttft_ms_p50"] is None
    assert unstreamed["tpot_ms_p50"] is None
    assert unstreamed["output_tokens"] is None
    assert unstreamed["requests_per_s"] == pytest.approx(1)


def test_answer_in_one_piece_tells_no_time_between_tokens() -> None:
    assert serving_summary([response(0, 1000, 1000, 5)])["tokens_per_s"] is None
