"""What a run's page says of serving under load and of telemetry: targets with their measured values, charts in bounds."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.harness.chat import Answer
from evaluator.serving.measuring import targets_of
from evaluator.serving.probe import ProbeReport
from evaluator.serving.probe_plan import ProbePlan
from evaluator.serving.probe_report import Asked, level_of
from evaluator.serving.telemetry_series import Sample, summarised
from leaderboard.runs.serving import level_titles, serving
from leaderboard.runs.telemetry import HEIGHT, WIDTH, telemetry, telemetry_table


def asked(ttft_ms: float, tokens_per_s: float) -> Asked:
    answer = Answer(
        text="red",
        finish_reason="stop",
        ttft_ms=ttft_ms,
        latency_ms=ttft_ms + 10_000 / tokens_per_s,
        prompt_tokens=5,
        completion_tokens=11,
        started_at=0.0,
    )
    return Asked(started_s=0.0, ended_s=1.0, answer=answer)


def probed(*levels: tuple[int, float, float], gpu_memory: float | None = 0.5) -> dict[str, Any]:
    """Return a manifest as a worker writes it: streams, TTFT and speed of each level."""
    plan = ProbePlan()
    found = tuple(level_of(n, [asked(ttft, speed)], plan.targets) for n, ttft, speed in levels)
    report = ProbeReport(plan=plan, levels=found).to_json()
    return {"serving": {"probe": report | {"targets": targets_of(found, plan.targets, gpu_memory)}}}


@pytest.mark.parametrize(
    ("levels", "title"),
    [
        ([(1, 100, 90), (4, 200, 60), (16, 900, 20)], "Meets its latency targets up to 4 streams"),
        ([(1, 100, 90)], "Meets its latency targets up to one stream"),
        ([(1, 900, 90), (4, 100, 90)], "Misses its latency targets even with one stream"),
        ([(1, 100, 10)], "Misses its latency targets even with one stream"),
        ([], "Serving under load"),
    ],
)
def test_the_title_says_up_to_how_many_streams_targets_are_met(
    levels: list[tuple[int, float, float]], title: str
) -> None:
    found = serving(probed(*levels))
    assert found
    assert found.title == title


def test_each_target_is_shown_with_its_measured_value() -> None:
    found = serving(probed((1, 100, 90), (4, 200, 60), gpu_memory=0.95))
    assert found
    ttft, speed, memory = found.targets
    assert (ttft.value, ttft.limit, ttft.streams, ttft.met) == (
        "200",
        "below 500 ms",
        "at 4 streams",
        True,
    )
    assert (speed.value, speed.met) == ("60.0", True)
    assert (memory.value, memory.limit, memory.met) == ("95.0", "below 90.0 %", False)


def test_what_was_not_measured_is_neither_met_nor_missed() -> None:
    found = serving(probed((1, 100, 90), gpu_memory=None))
    assert found
    assert (found.targets[-1].value, found.targets[-1].met, found.targets[-1].style) == (
        "—",
        None,
        "",
    )


def test_a_level_has_a_cell_for_each_title() -> None:
    found = serving(probed((1, 100, 90)))
    assert found
    assert len(found.levels[0].cells) == len(level_titles())


def test_why_a_probe_failed_or_stopped_is_told() -> None:
    failed = serving({"serving": {"probe": {"error": "TimeoutError"}}})
    assert failed
    assert "TimeoutError" in failed.problem
    stopped = serving({"serving": {"probe": {"stopped": "it broke"}}})
    assert stopped
    assert "it broke" in stopped.problem


@pytest.mark.parametrize(
    "manifest", [{}, {"serving": {}}, {"serving": None}, {"serving": {"probe": None}}]
)
def test_without_a_probe_there_is_no_section(manifest: dict[str, Any]) -> None:
    assert serving(manifest) is None


values = st.dictionaries(
    st.sampled_from(["gpu_memory", "cpu_memory_mb", "kv_cache_use", "odd_name"]),
    st.floats(0, 1e6),
    max_size=4,
)


@given(st.lists(values, min_size=1, max_size=40))
def test_every_chart_stays_in_its_frame(samples: list[dict[str, float]]) -> None:
    manifest = {"telemetry": summarised([Sample(float(i), v) for i, v in enumerate(samples)])}
    found = telemetry(manifest)
    if not any(samples):
        assert found is None
        return
    assert found
    for chart in found.charts:
        for x, y in re.findall(r"([\d.]+) ([\d.]+)", chart.line + chart.area):
            assert 0 <= float(x) <= WIDTH + 1
            assert 0 <= float(y) <= HEIGHT


def test_a_gap_breaks_the_line() -> None:
    samples = [Sample(float(i), {} if i == 2 else {"gpu_memory": 0.5}) for i in range(5)]
    found = telemetry({"telemetry": summarised(samples)})
    assert found
    assert found.charts[0].line.count("M") == 2
    assert found.title == "GPU memory peaked at 50.0 %"


def test_memory_without_a_gpu_is_called_that_of_the_cpu() -> None:
    samples = [Sample(float(i), {"cpu_memory_mb": 100.0 + i}) for i in range(5)]
    found = telemetry({"telemetry": summarised(samples)})
    assert found
    assert [str(chart.title) for chart in found.charts] == ["CPU memory of the engine (no GPU)"]


def test_the_file_has_every_moment() -> None:
    samples = [Sample(float(i), {"gpu_memory": i / 100}) for i in range(100)]
    manifest = {"telemetry": summarised(samples)}
    table = telemetry_table("t", manifest)
    assert list(table.columns) == ["at_s", "gpu_memory"]
    assert len(list(table.rows)) == len(manifest["telemetry"]["series"]["at_s"])


@pytest.mark.parametrize(
    "told",
    [None, {}, {"series": {}}, {"series": {"at_s": []}}, {"series": {"at_s": [1], "x": [None]}}],
)
def test_without_figures_there_is_no_chart(told: Any) -> None:
    assert telemetry({"telemetry": told}) is None
