"""Waiting until an engine's GPU memory is free again. There is no GPU here: its figures are given."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from evaluator.serving.gpu_memory import SLACK_MB, gpu_memory_given_back


def told(*figures: list[float]) -> Callable[[], list[float]]:
    left = list(figures)
    return lambda: left.pop(0) if len(left) > 1 else left[0]


def test_memory_that_comes_back_is_waited_for(caplog: pytest.LogCaptureFixture) -> None:
    read = told([100.0, 0.0], [9000.0, 0.0], [100.0 + SLACK_MB, 0.0])
    with gpu_memory_given_back(30, read):
        pass
    assert not caplog.records


def test_memory_that_stays_in_use_is_told(caplog: pytest.LogCaptureFixture) -> None:
    with gpu_memory_given_back(0.01, told([0.0], [9000.0])):
        pass
    assert "9000 MiB of GPU memory are still in use" in caplog.text


def test_it_is_looked_at_when_the_evaluation_failed_too(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(ValueError, match="why"), gpu_memory_given_back(0.01, told([0.0], [9000.0])):
        raise ValueError("why")
    assert "still in use" in caplog.text


def test_without_gpus_nothing_is_waited_for(caplog: pytest.LogCaptureFixture) -> None:
    with gpu_memory_given_back(30, list):
        pass
    assert not caplog.records
