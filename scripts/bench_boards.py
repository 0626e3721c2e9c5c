"""How long boards take and how much pages weigh, beside their limits: a board of 1,000 models and 20 columns.

On a PostgreSQL and a Valkey of its own, in this process, without a network: what the site's code takes, from the request
to the answer. Sizes are compressed by gzip as a front server would; fonts are as they are.

Usage: VLMLB_ENV=test python scripts/bench_boards.py [--models N] [--columns N]
"""

from __future__ import annotations

import argparse
import gzip
import os
import random
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from leaderboard.core.embedded.servers import embedded_servers  # noqa: E402

SLUG = "mmbench_en_dev"
BOARD = f"/boards/{SLUG}/"
WITHOUT_CHARTS = ("/runs/", "/samples/", "/about/", "/submit/")
REPEATS = 60
KEPT_MS, KNOWN_MS, BOARD_KB, FIRST_LOAD_KB = 10, 3, 150, 120


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the board's pages.")
    parser.add_argument("--models", type=int, default=1000)
    parser.add_argument("--columns", type=int, default=20)
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        embedded_servers(Path(folder) / "servers", test=True) as servers,
    ):
        os.environ["DATABASE_URL"] = servers.database_url
        os.environ["REDIS_URL"] = servers.redis_url
        os.environ["VLMLB_VAR"] = folder
        os.environ["DJANGO_SETTINGS_MODULE"] = "leaderboard.settings"
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        call_command("sync_benchmarks", verbosity=0)
        fill(options.models, options.columns)
        print(f"Boards: {options.models} models, {options.columns} columns", flush=True)
        measure()


def fill(models: int, columns: int) -> None:
    """Publish a board of drawn scores: every model in one precision, every cell with its interval."""
    from leaderboard.accounts.models import User
    from leaderboard.boards.models import BoardRow, BoardVersion
    from leaderboard.catalog.models import Benchmark, DatasetVersion, Variant, VlmModel
    from leaderboard.runs.models import Run, Submission
    from leaderboard.runs.states import RunState

    draw = random.Random(7)  # noqa: S311 - drawn scores
    benchmark = Benchmark.objects.get(slug=SLUG)
    dataset = DatasetVersion.objects.create(
        benchmark=benchmark, fingerprint="f" * 64, rows=benchmark.official_rows, current=True
    )
    user = User.objects.create_user("bench")
    made = VlmModel.objects.bulk_create(
        VlmModel(slug=f"model-{i}", name=f"Vision Model {i:04}", organization=f"Lab {i % 40}", parameters_b=i % 70 + 0.5)
        for i in range(models)
    )  # fmt: skip
    variants = Variant.objects.bulk_create(
        Variant(model=m, kind="checkpoint", engine="vllm", precision="bf16", served_name=m.slug)
        for m in made
    )
    submissions = Submission.objects.bulk_create(
        Submission(variant=v, submitter=user, spec={}, identity="x", queue="gpu.1")
        for v in variants
    )
    runs = Run.objects.bulk_create(
        Run(submission=s, benchmark=benchmark, dataset=dataset, protocol=benchmark.protocol, state=RunState.PUBLISHED)
        for s in submissions
    )  # fmt: skip
    version = BoardVersion.objects.create(
        benchmark=benchmark,
        dataset=dataset,
        protocol=benchmark.protocol,
        number=1,
        reason="bench",
        columns=columns_of(benchmark, columns),
    )
    rows = []
    for run in runs:
        cells = [cell(draw.random()) for _ in range(columns)]
        rows.append(BoardRow(version=version, run=run, value=cells[0]["value"], cells=cells))
    rows.sort(key=lambda row: -(row.value or 0))
    for place, row in enumerate(rows, start=1):
        row.rank, row.rank_low, row.rank_high = place, max(1, place - 4), min(models, place + 4)
    BoardRow.objects.bulk_create(rows, batch_size=500)


def columns_of(benchmark: Any, number: int) -> list[dict[str, str]]:
    """Return the headline's column and those of as many dimensions as there are, then of drawn ones."""
    axis, metric = benchmark.headline_axis, benchmark.headline_metric
    headline = {"axis": axis, "dimension": benchmark.headline_dimension, "metric": metric}
    known = [
        {"axis": d.axis, "dimension": d.key, "metric": metric} for d in benchmark.dimensions.all()
    ]
    drawn = [
        {"axis": benchmark.board_axis, "dimension": f"part_{i}", "metric": metric}
        for i in range(number)
    ]
    return [headline, *known, *drawn][:number]


def cell(value: float) -> dict[str, float | int]:
    return {"value": value, "low": max(0.0, value - 0.03), "high": min(1.0, value + 0.03), "correct": int(1164 * value), "total": 1164}  # fmt: skip


def measure() -> None:
    from django.core.cache import cache
    from django.test import Client

    client = Client(SERVER_NAME="localhost")

    def ask(url: str = BOARD, status: int = 200, **headers: str) -> Any:
        response = client.get(url, headers=headers)
        if response.status_code != status:
            raise SystemExit(f"{url} answers {response.status_code}, not {status}")
        return response

    def first() -> None:
        cache.clear()
        ask()

    def known() -> None:
        ask(status=304, **{"If-None-Match": tag})

    print(f"  {'the first time, nothing kept':44} {statistics.median(times_ms(first, 3)):8.1f} ms")
    tag = ask()["ETag"]
    for title, work, limit in (("board, kept", ask, KEPT_MS), ("304", known, KNOWN_MS)):
        times = times_ms(work, REPEATS)
        report(f"{title}, p50", statistics.median(times), limit, "ms")
        report(f"{title}, the least", min(times), limit, "ms")
    for name in ("", "?sort=model&page=3", "?q=model+00"):
        report(f"board {name}, gzip", kilobytes(ask(BOARD + name).content), BOARD_KB, "kB")
    for url in WITHOUT_CHARTS:
        report(f"first load of {url}, gzip", first_load(ask(url).content), FIRST_LOAD_KB, "kB")


def times_ms(work: Callable[[], object], repeats: int) -> list[float]:
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        work()
        times.append(1000 * (time.perf_counter() - started))
    return times


def kilobytes(content: bytes) -> float:
    return len(gzip.compress(content, 6)) / 1000


def first_load(page: bytes) -> float:
    """Return what a browser with an empty cache fetches for a page: itself, its styles, scripts, icon and fonts."""
    names = set(re.findall(rb'(?:href|src)="/static/([^"]+)"', page))
    files = [ROOT / "static" / name.decode() for name in names]
    packed = [f.stat().st_size / 1000 if f.suffix == ".woff2" else kilobytes(f.read_bytes()) for f in files]  # fmt: skip
    return kilobytes(page) + sum(packed)


def report(title: str, found: float, limit: float, unit: str) -> None:
    """Print a number beside its limit, and their ratio."""
    said = "" if found <= limit else "   over the limit"
    print(f"  {title:44} {found:8.1f} {unit}, limit {limit} {unit}, ratio {found / limit:5.2f}{said}", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
