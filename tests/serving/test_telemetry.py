"""Watching a served model: the compact series, the engine's gauges, memory of a process tree, GPUs through NVML.

There is no GPU here: NVML is replaced by the figures that its functions return. The engine's page is a stand-in.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pynvml
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.serving.sampling import (
    EngineGauges,
    Sampler,
    gpu_figures,
    process_tree_mb,
    visible_gpu_handles,
)
from evaluator.serving.telemetry_series import Sample, summarised

PAGE = """# TYPE vllm:kv_cache_usage_perc gauge
vllm:kv_cache_usage_perc{engine="0",model_name="m"} 0.25
# TYPE vllm:num_preemptions counter
vllm:num_preemptions_total{engine="0",model_name="m"} %d
# TYPE vllm:num_requests_waiting gauge
vllm:num_requests_waiting{engine="0",model_name="m"} NaN
"""


def test_peaks_and_means_are_over_all_samples() -> None:
    found = summarised([Sample(0, {"x": 1}), Sample(1, {"x": 3}), Sample(2, {"x": 2})])
    assert (found["peak"], found["mean"], found["samples"]) == ({"x": 3}, {"x": 2}, 3)


def test_a_figure_that_could_not_be_read_leaves_a_gap() -> None:
    found = summarised([Sample(0, {"x": 1}), Sample(1, {}), Sample(2, {"x": 2})], points=3)
    assert found["series"]["x"] == [1, None, 2]


def test_without_samples_there_is_nothing() -> None:
    assert summarised([]) == {"samples": 0, "peak": {}, "mean": {}, "series": {"at_s": []}}


@given(
    st.lists(
        st.dictionaries(st.sampled_from("ab"), st.floats(0, 1e6), min_size=1),
        min_size=1,
        max_size=400,
    ),
    st.integers(1, 50),
)
def test_the_series_keeps_every_peak_in_at_most_so_many_points(
    values: list[Mapping[str, float]], points: int
) -> None:
    found = summarised([Sample(float(i), v) for i, v in enumerate(values)], points)
    for name, peak in found["peak"].items():
        series = found["series"][name]
        assert len(series) == len(found["series"]["at_s"]) <= points
        assert max(x for x in series if x is not None) == pytest.approx(peak, abs=1e-4)


@pytest.fixture
def page() -> Iterator[SimpleNamespace]:
    """An engine's Prometheus page that wants a key and whose counter rises by two at every read."""
    state = SimpleNamespace(reads=0, url="")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.headers.get("authorization") != "Bearer k":
                self.send_error(401)
                return
            state.reads += 1
            self.send_response(200)
            self.end_headers()
            self.wfile.write((PAGE % (2 * state.reads)).encode())

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    state.url = f"http://127.0.0.1:{server.server_port}/metrics"
    yield state
    server.shutdown()
    server.server_close()


def test_gauges_are_read_by_our_names_and_counters_as_increases(page: SimpleNamespace) -> None:
    names = {
        "kv_cache_use": "vllm:kv_cache_usage_perc",
        "preemptions": "vllm:num_preemptions_total",
        "requests_running": "vllm:num_requests_running",
        "requests_waiting": "vllm:num_requests_waiting",
    }
    gauges = EngineGauges(page.url, "k", names)
    assert gauges() == {"kv_cache_use": 0.25, "preemptions": 0}
    assert gauges() == {"kv_cache_use": 0.25, "preemptions": 2}


def test_a_source_that_fails_does_not_disturb_the_others(page: SimpleNamespace) -> None:
    refused = EngineGauges(page.url, "wrong key", {"kv_cache_use": "vllm:kv_cache_usage_perc"})
    with Sampler([refused, lambda: {"x": 1.0}], every_s=0.01) as sampler:
        while sampler.summary()["samples"] < 3:
            time.sleep(0.01)
    assert set(sampler.summary()["peak"]) == {"x"}


def test_memory_of_a_process_includes_its_children() -> None:
    child = "b = bytearray(60 << 20); import time; time.sleep(60)"
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    with subprocess.Popen([sys.executable, "-c", code], start_new_session=True) as parent:
        try:
            deadline = time.monotonic() + 20
            while process_tree_mb(parent.pid) < 60:
                assert time.monotonic() < deadline
                time.sleep(0.05)
        finally:
            subprocess.run(["pkill", "-KILL", "-s", str(parent.pid)], check=False)


def test_without_a_driver_there_are_no_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise pynvml.NVMLError(pynvml.NVML_ERROR_LIBRARY_NOT_FOUND)

    monkeypatch.setattr(pynvml, "nvmlInit", missing)
    assert visible_gpu_handles() == []


def test_only_the_workers_own_gpus_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pynvml, "nvmlInit", lambda: None)
    monkeypatch.setattr(pynvml, "nvmlDeviceGetHandleByIndex", lambda index: f"gpu {index}")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2, 3")
    assert visible_gpu_handles() == ["gpu 2", "gpu 3"]


def test_memory_is_of_the_fullest_gpu_and_use_is_the_mean(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = {"a": SimpleNamespace(used=9 << 20, total=10 << 20)}
    memory["b"] = SimpleNamespace(used=2 << 20, total=10 << 20)
    use = {"a": SimpleNamespace(gpu=90), "b": SimpleNamespace(gpu=10)}
    monkeypatch.setattr(pynvml, "nvmlDeviceGetMemoryInfo", memory.__getitem__)
    monkeypatch.setattr(pynvml, "nvmlDeviceGetUtilizationRates", use.__getitem__)
    assert gpu_figures(["a", "b"]) == {
        "gpu_memory": 0.9,
        "gpu_memory_mb": 11,
        "gpu_utilization": 0.5,
    }
