"""``manage.py regrade``: which runs, with or without the judge, and what it says."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from leaderboard.runs.models import Run
from leaderboard.runs.states import RunState
from tests.factories import make_graded_run, make_reviewer, make_run
from tests.results.changed_grader import RULES, STRICTER, change_grader, run_of_old_grader
from tests.results.judge_site import cryptic_on_first, judge, without_waiting
from tests.small_set import BENCHMARK, PASS

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    without_waiting(monkeypatch)


@pytest.fixture
def stricter(monkeypatch: pytest.MonkeyPatch) -> None:
    """The grader has changed, and so has the protocol's name."""
    change_grader(monkeypatch, STRICTER)


def command(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    capsys.readouterr()
    call_command("regrade", "--benchmark", BENCHMARK, *arguments)
    return capsys.readouterr().out


def test_the_command_grades_every_graded_run_of_the_benchmark(
    stricter: None, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = [run_of_old_grader() for _ in range(2)]
    other = make_run(RunState.QUEUED)

    told = command(capsys, "--dry-run")
    assert all(f"{run.public_id}: would be {RULES} 100.00 %" in told for run in runs)
    assert {run.protocol for run in Run.objects.filter(pk__in=[r.pk for r in runs])} == {RULES}

    told = command(capsys, "--reason", "stricter", "--by", make_reviewer("rosa").username)
    assert all(f"-> {STRICTER} 0.00 %" in line for line in told.splitlines())
    assert str(other.public_id) not in told
    assert runs[0].events.latest("id").actor.username == "rosa"
    assert "unchanged" in command(capsys)


def test_the_command_takes_single_runs(stricter: None, capsys: pytest.CaptureFixture[str]) -> None:
    chosen, other = run_of_old_grader(), run_of_old_grader()
    assert str(chosen.public_id) in command(capsys, "--run", str(chosen.public_id))
    other.refresh_from_db()
    assert other.protocol == RULES


def test_with_or_without_the_judge_is_for_the_command_to_say(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    run = make_graded_run(cryptic_on_first)
    with pytest.raises(CommandError, match="JUDGE_BASE_URL"):
        command(capsys, "--with-judge")
    with judge(settings):
        assert "unchanged" in command(capsys, "--no-judge")
        assert "4 questions to the judge" in command(capsys, "--with-judge")
        command(capsys, "--no-judge")
    run.refresh_from_db()
    assert (run.protocol, run.counts["unparsed"]) == (RULES, 4)


def test_refused_runs_do_not_keep_the_others(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # The changed grader gives this model's first answers the same verdicts as before.
    def never_a(item: Any) -> str:
        return "B" if item.fields["index"] < PASS else "C"

    refused, graded = make_graded_run(), make_graded_run(never_a)
    change_grader(monkeypatch)
    with pytest.raises(CommandError, match="1 runs were not graded again"):
        command(capsys)
    told = capsys.readouterr()
    assert str(refused.public_id) in told.err
    assert f"{graded.public_id}: unchanged" in told.out


@pytest.mark.parametrize(
    "arguments",
    [
        ["--run", "00000000-0000-0000-0000-000000000000"],
        ["--by", "nobody"],
        ["--allow-same-protocol"],
        ["--with-judge", "--no-judge"],
    ],
)
def test_what_the_command_cannot_do_is_said(
    benchmarks: None, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    with pytest.raises(CommandError):
        command(capsys, *arguments)


def test_an_unknown_benchmark_is_said(benchmarks: None) -> None:
    with pytest.raises(CommandError, match="no_such"):
        call_command("regrade", "--benchmark", "no_such")
