"""``make bench``: what the project claims to be fast at, as ratios against a baseline in the same run.

1. Grading: responses per second, and the bootstrap (scripts/bench_grading.py).
2. Boards: how long a board of 1,000 models takes and what pages weigh, beside limits (scripts/bench_boards.py).
3. Generation: our client against lmms-eval's own ``openai`` and ``async_openai`` models on the same rows and an endpoint
   that answers at once: requests per second, as the endpoint saw them, and the whole command's time.
4. The same client on an endpoint that takes 200 ms, with 64 requests in flight: the time over the least that it can be.
5. The probe's figures of the real vLLM beside vLLM's own, where it is set up (scripts/bench_probe.py).

Prints a table; asserts nothing. Numbers depend on the machine, ratios less so.

Usage: python scripts/bench.py [--rows N]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from demo.datasets import write_set  # noqa: E402
from scripts.setup_harness import find_uv, run, step  # noqa: E402

SLUG = "mmbench_en_dev"
HARNESS = ROOT / ".venv-harness" / "bin" / "python"
MODEL = "m"
CONCURRENCY = 16
OURS, ROUNDS = "ours", 3
SLOW_S, SLOW_CONCURRENCY, SLOW_COPIES = 0.2, 64, 4
NEXT_COPY = 50_000
"""Questions of MMBench are numbered below this."""


def baseline_packages() -> Path:
    """Install what only the baseline needs beside the harness environment, once; return the folder."""
    target = ROOT / "build" / "bench-packages"
    if not target.exists():
        lock = ROOT / "requirements" / "bench.txt"
        with step("installing what lmms-eval's own model needs"):
            options = ("--python", HARNESS, "--target", target, "--require-hashes", "-q")
            run(find_uv(None), "pip", "install", *options, "-r", lock)
    return target


@dataclass(frozen=True)
class Seen:
    """What an endpoint saw of a client, and how long the client's whole command took."""

    requests: int
    seconds: float
    command_s: float

    @property
    def rate(self) -> float:
        return self.requests / self.seconds

    def line(self, title: str) -> str:
        return (
            f"  {title:44} {self.rate:8.0f} requests/s {self.seconds:7.2f} s asking "
            f"{self.command_s:7.1f} s in all"
        )


@contextmanager
def endpoint(delay_s: float) -> Iterator[str]:
    """Run the endpoint as a program of its own; yield its base URL."""
    argv = [sys.executable, str(ROOT / "scripts" / "bench_endpoint.py"), "--delay", str(delay_s)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None  # noqa: S101 - a pipe was asked for
            yield f"http://127.0.0.1:{int(process.stdout.readline())}/v1"
        finally:
            process.terminate()


def watched(base_url: str, work: Callable[[], None]) -> Seen:
    """Run ``work`` and return what the endpoint saw of it."""
    started = time.perf_counter()
    work()
    command_s = time.perf_counter() - started
    told = httpx.get(f"{base_url}/seconds", trust_env=False).json()
    return Seen(told["requests"], told["seconds"], command_s)


def data_of(folder: Path, rows: int, copies: int = 1) -> Path:
    """Write the first ``rows`` rows of the drawn set in MMBench's schema, so many times; return the parquet file."""
    (path,) = write_set(SLUG, folder)
    table = pq.read_table(path).slice(0, rows)
    place = table.schema.get_field_index("index")
    tables = [
        table.set_column(place, table.schema.field(place), pc.add(table["index"], n * NEXT_COPY))
        for n in range(copies)
    ]
    pq.write_table(pa.concat_tables(tables), path)
    return path


def ours(base_url: str, data: Path, out: Path, concurrency: int = CONCURRENCY) -> None:
    """Evaluate with ``python -m evaluator run``: preflight, lmms-eval child, bundle, grading."""
    argv = [sys.executable, "-m", "evaluator", "run", "--base-url", base_url, "--model", MODEL]
    argv += ["--benchmark", SLUG, "--out", str(out), "--data-dir", str(data), "--json"]
    argv += ["--concurrency", str(concurrency)]
    subprocess.run(argv, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


OWN_MODELS = {
    "openai": "model_version={model},base_url={url},api_key=none,num_concurrent={n},adaptive_concurrency=False",
    "async_openai": "model_version={model},base_url={url},api_key=none,num_cpus={n},adaptive_concurrency=False",
}


def plain(name: str, base_url: str, data: Path, out: Path) -> None:
    """Evaluate with lmms-eval's own command and its model ``name``, on a task that reads the same rows.

    Its own scoring of MMBench is left out (it asks a judge): only accuracy on exact letters is computed.
    """
    tasks = out / "tasks"
    tasks.mkdir(parents=True)
    (tasks / "bench.yaml").write_text(PLAIN_TASK.format(data=data / SLUG / "dev.parquet"))
    arguments = OWN_MODELS[name].format(model=MODEL, url=base_url, n=CONCURRENCY)
    argv = [str(HARNESS), "-m", "lmms_eval", "--model", name, "--model_args", arguments]
    argv += ["--tasks", "bench_mmbench", "--include_path", str(tasks), "--batch_size", "1"]
    argv += ["--output_path", str(out), "--log_samples"]
    environment = os.environ | {
        "HF_HUB_OFFLINE": "1",
        "HF_DATASETS_OFFLINE": "1",
        "PYTHONPATH": str(baseline_packages()),
        "OPENAI_API_KEY": "none",
        "OPENAI_API_BASE": base_url,
    }
    done = subprocess.run(
        argv, cwd=out, env=environment, capture_output=True, text=True, check=False
    )
    samples = list(out.rglob("*samples*.jsonl"))
    if done.returncode or not samples:
        raise SystemExit(f"lmms-eval did not finish:\n{done.stderr[-3000:]}")


PLAIN_TASK = """\
task: bench_mmbench
dataset_path: parquet
dataset_kwargs:
  data_files:
    dev: {data}
test_split: dev
output_type: generate_until
doc_to_visual: !function lmms_eval.tasks.mmbench.en_utils.mmbench_doc_to_visual
doc_to_text: !function lmms_eval.tasks.mmbench.en_utils.mmbench_doc_to_text
doc_to_target: answer
lmms_eval_specific_kwargs:
  default:
    pre_prompt: ""
    post_prompt: "\\nAnswer with the option's letter from the given choices directly."
generation_kwargs: {{max_new_tokens: 1024, temperature: 0, top_p: 1.0, num_beams: 1, do_sample: false}}
metric_list:
  - metric: exact_match
    aggregation: mean
    higher_is_better: true
"""


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure against baselines.")
    parser.add_argument("--rows", type=int, default=407, help="rows to ask (407: the whole set)")
    rows = parser.parse_args().rows
    print("Grading", flush=True)
    subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "bench_grading.py")], cwd=ROOT, check=True
    )
    print(flush=True)
    subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "bench_boards.py")], cwd=ROOT, check=True
    )
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        generation(folder, rows)
        latency(folder, rows)
    subprocess.run([sys.executable, str(ROOT / "scripts" / "bench_probe.py")], cwd=ROOT, check=True)


def generation(folder: Path, rows: int) -> None:
    """Print how fast each client asks an endpoint that answers at once: the median of ROUNDS, taken in turns."""
    data = folder / "data"
    data_of(data, rows)
    baseline_packages()
    print(
        f"\nGeneration: {rows} rows, an endpoint that answers at once, {CONCURRENCY} in flight, "
        f"median of {ROUNDS}"
    )
    seen: dict[str, list[Seen]] = {name: [] for name in (OURS, *OWN_MODELS)}
    for number in range(ROUNDS):
        for name, found in seen.items():
            out = folder / f"{name}-{number}"
            with endpoint(0) as url:
                found.append(watched(url, lambda: ask(name, url, data, out)))  # noqa: B023
    mine = median(seen[OURS])
    print(mine.line("evaluator run"), flush=True)
    for name in OWN_MODELS:
        base = median(seen[name])
        print(base.line(f"lmms-eval --model {name}"))
        print(
            f"  {'ratio':44} {mine.rate / base.rate:8.2f} {'':22} {base.command_s / mine.command_s:7.2f}",
            flush=True,
        )
    scores = json.loads((folder / f"{OURS}-0" / "scores.json").read_text())
    print(f"  {scores['counts']['items']} rows graded")


def ask(name: str, base_url: str, data: Path, out: Path) -> None:
    """Evaluate with our client, or with lmms-eval's of that name."""
    if name == OURS:
        ours(base_url, data, out)
    else:
        plain(name, base_url, data, out)


def median(seen: list[Seen]) -> Seen:
    """Return the run of the middle rate (of an even number the slower one of the two)."""
    return sorted(seen, key=lambda one: one.rate)[(len(seen) - 1) // 2]


def latency(folder: Path, rows: int) -> None:
    """Print how near our client comes to the least time that a slow endpoint allows."""
    data, asked = folder / "more", rows * SLOW_COPIES
    data_of(data, rows, SLOW_COPIES)
    least = asked * SLOW_S / SLOW_CONCURRENCY
    print(
        f"\nGeneration: {asked} rows, {1000 * SLOW_S:.0f} ms an answer, {SLOW_CONCURRENCY} in flight"
    )
    with endpoint(SLOW_S) as url:
        mine = watched(url, lambda: ours(url, data, folder / "slow", SLOW_CONCURRENCY))
    print(mine.line("evaluator run"))
    print(f"  {mine.seconds:.2f} s, at least {least:.2f} s; ratio {mine.seconds / least:.2f}")


if __name__ == "__main__":
    main()
