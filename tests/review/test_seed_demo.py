"""What `make demo` submits, publishes and tells, without its workers."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from evaluator.records import Item
from leaderboard.accounts.models import User
from leaderboard.results.ingest import ingest
from leaderboard.runs.demo import BENCHMARKS, VARIANTS
from leaderboard.runs.models import Run, Submission
from leaderboard.runs.states import ACTIVE, RunState
from tests.factories import (
    break_down,
    deliver,
    ensure_benchmarks,
    generate,
    make_graded_run,
    start,
)
from tests.small_set import right

pytestmark = pytest.mark.django_db

CHECKPOINT = Path(__file__).parents[2] / "demo" / "checkpoint"


def mumbles_at_a_tenth(item: Item) -> str:
    return "I cannot tell." if item.position % 10 == 0 else right(item)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any) -> Path:
    """The data folder of a demo whose endpoints nobody asks, with a folder for MMBench."""
    ensure_benchmarks()
    settings.ENDPOINT_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    settings.CHECKPOINT_ROOTS = [str(CHECKPOINT)]
    for name in ("DEMO_BASELINES_URL", "DEMO_VLM_URL"):
        monkeypatch.setenv(name, "http://127.0.0.1:18100/v1")
    for name in ("DEMO_CHECKPOINT", "DEMO_INT8_CHECKPOINT", "DEMO_INT2_CHECKPOINT"):
        monkeypatch.setenv(name, str(CHECKPOINT))
    monkeypatch.setenv("BENCHMARK_DATA_DIR", str(tmp_path))
    add(tmp_path, "mmbench_en_dev")
    return tmp_path


def add(data: Path, *slugs: str) -> None:
    for slug in slugs:
        (data / slug).mkdir(exist_ok=True)


def seed(*options: str) -> str:
    out = io.StringIO()
    call_command("seed_demo", *options, stdout=out)
    return out.getvalue()


def asked() -> set[tuple[str, str, str]]:
    """Return (precision, benchmark, pictures) of the toy model's runs."""
    runs = Run.objects.filter(submission__variant__model__name="Toy-VLM 7M")
    names = ("submission__variant__precision", "benchmark__slug", "pictures")
    return set(runs.values_list(*names))


def test_flagship_and_baselines_are_evaluated_on_every_family(data: Path) -> None:
    add(data, *BENCHMARKS, *VARIANTS)
    seed("--no-wait")
    for pictures in ("shown", "grey"):
        assert {slug for p, slug, how in asked() if (p, how) == ("bf16", pictures)} == {*BENCHMARKS}
    assert {slug for p, slug, _ in asked() if p == "int4"} == {*BENCHMARKS}
    for name, slugs in (("Always A", BENCHMARKS), ("Random choice", (*BENCHMARKS, *VARIANTS))):
        runs = Run.objects.filter(submission__variant__model__name=name)
        assert {run.benchmark.slug for run in runs} == {*slugs}
    assert Run.objects.filter(frugal=True).exists()


def test_benchmarks_without_data_are_left_out(data: Path) -> None:
    add(data, "vqav2_val", "no_such_benchmark")
    seed("--no-wait")
    assert {run.benchmark.slug for run in Run.objects.all()} == {"mmbench_en_dev", "vqav2_val"}


def test_a_second_call_submits_nothing(data: Path) -> None:
    seed("--no-wait")
    before = set(Submission.objects.values_list("pk", flat=True))
    seed("--no-wait")
    assert set(Submission.objects.values_list("pk", flat=True)) == before


def test_benchmarks_that_came_later_are_submitted_then(data: Path) -> None:
    seed("--no-wait")
    before = asked()
    add(data, "realworldqa")
    seed("--no-wait")
    assert asked() - before == {
        ("bf16", "realworldqa", "shown"),
        ("bf16", "realworldqa", "grey"),
        ("int4", "realworldqa", "shown"),
    }


def test_the_password_is_told_only_once(data: Path) -> None:
    first = seed("--no-wait")
    assert "Login" in first
    assert "(shown once" in first
    assert "(shown once" not in seed("--no-wait")


def test_demo_runs_are_published_and_nobody_elses(data: Path) -> None:
    seed("--no-wait")
    demo = User.objects.get(username="demo")
    failing, *others = Run.objects.filter(submission__submitter=demo).order_by("id")
    start(failing)
    break_down(failing)
    for run in others:
        start(run)
        generate(run)
        ingest(run, **deliver(run, mumbles_at_a_tenth).arguments())
    own = make_graded_run(mumbles_at_a_tenth, user=demo, model_name="My VLM")
    told = seed()
    states = dict(Run.objects.values_list("pk", "state"))
    assert states[failing.pk] == RunState.FAILED
    assert {states[run.pk] for run in others} == {RunState.PUBLISHED}
    assert states[own.pk] == RunState.REVIEW
    assert "Random choice on MMBench" in told
    assert f"{len(others) + 1}/{len(others) + 1}" in told
    assert "Always A" not in told, "it had ended before"
    waiting = Run.objects.get(submission__variant__precision="int2")
    assert waiting.state in ACTIVE
    assert waiting.submission.submitter.username == "visitor"
    assert str(waiting.public_id) in told
