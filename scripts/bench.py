"""``make bench``: what the project claims to be fast at, as ratios against a baseline in the same run.

1. Grading: responses per second, and the bootstrap (scripts/bench_grading.py).
2. Generation: our harness against the plain lmms-eval command, on the same instant endpoint and the same rows.

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
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from demo.datasets import write_set  # noqa: E402
from demo.server.http import BaselineServer  # noqa: E402
from scripts.setup_harness import find_uv, run, step  # noqa: E402

SLUG = "mmbench_en_dev"
HARNESS = ROOT / ".venv-harness" / "bin" / "python"
MODEL = "baseline-always-a"
CONCURRENCY = 8


def baseline_packages() -> Path:
    """Install what only the baseline needs beside the harness environment, once; return the folder."""
    target = ROOT / "build" / "bench-packages"
    if not target.exists():
        lock = ROOT / "requirements" / "bench.txt"
        with step("installing what lmms-eval's own model needs"):
            options = ("--python", HARNESS, "--target", target, "--require-hashes", "-q")
            run(find_uv(None), "pip", "install", *options, "-r", lock)
    return target


def timed(title: str, work: Callable[[], None]) -> float:
    """Run ``work``, print how long it took and return the seconds."""
    started = time.perf_counter()
    work()
    seconds = time.perf_counter() - started
    print(f"  {title:60} {seconds:8.1f} s")
    return seconds


def data_of(folder: Path, rows: int) -> Path:
    """Write the first ``rows`` rows of the drawn set in MMBench's schema; return the parquet file."""
    (path,) = write_set(SLUG, folder)
    pq.write_table(pq.read_table(path).slice(0, rows), path)
    return path


def ours(base_url: str, data: Path, out: Path) -> None:
    """Evaluate with ``python -m evaluator run``: preflight, lmms-eval child, bundle, grading."""
    argv = [sys.executable, "-m", "evaluator", "run", "--base-url", base_url, "--model", MODEL]
    argv += ["--benchmark", SLUG, "--out", str(out), "--data-dir", str(data), "--json"]
    argv += ["--concurrency", str(CONCURRENCY)]
    subprocess.run(argv, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def plain(base_url: str, data: Path, out: Path) -> None:
    """Evaluate with lmms-eval's own command and its ``async_openai`` model, on a task that reads the same rows.

    Its own scoring of MMBench is left out (it asks a judge): only accuracy on exact letters is computed.
    """
    tasks = out / "tasks"
    tasks.mkdir(parents=True)
    (tasks / "bench.yaml").write_text(PLAIN_TASK.format(data=data / SLUG / "dev.parquet"))
    arguments = f"model_version={MODEL},base_url={base_url},api_key=none,num_cpus={CONCURRENCY}"
    argv = [str(HARNESS), "-m", "lmms_eval", "--model", "async_openai", "--model_args", arguments]
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
    with tempfile.TemporaryDirectory() as text, BaselineServer(("127.0.0.1", 0), None) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        folder = Path(text)
        data_of(folder / "data", rows)
        baseline_packages()
        print(
            f"\nGeneration: {rows} rows, an endpoint that answers at once, {CONCURRENCY} in flight"
        )
        base = timed(
            "lmms-eval's command, its async_openai model",
            lambda: plain(server.base_url, folder / "data", folder / "plain"),
        )
        mine = timed(
            "evaluator run, with preflight, bundle and grading",
            lambda: ours(server.base_url, folder / "data", folder / "ours"),
        )
        scores = json.loads((folder / "ours" / "scores.json").read_text())
        print(f"  {scores['counts']['items']} rows graded; ratio {base / mine:.2f}")
        server.shutdown()


if __name__ == "__main__":
    main()
