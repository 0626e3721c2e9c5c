"""``watch``, ``wait``, ``cancel``, ``retry``: following a submission to its end."""

from __future__ import annotations

import io
import json
import signal
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from rich.console import Console

from leaderboard.accounts.models import User
from leaderboard.results.ingest import ingest
from leaderboard.runs.models import Run as EvalRun
from leaderboard.runs.models import Submission
from leaderboard.runs.states import ACTIVE, RETRYABLE, RunState
from tests.api.test_watch_submissions import tell_progress
from tests.client.conftest import COMMAND, TIMEOUT_S, Run
from tests.factories import break_down, deliver, generate, make_run, make_submission, start
from vlm_leaderboard import Client, states
from vlm_leaderboard.errors import Conflict, WaitTimedOut
from vlm_leaderboard.progress import view


@pytest.fixture
def queued(user: User) -> EvalRun:
    return make_run(user=user)


def place(run: EvalRun) -> str:
    return str(run.submission.public_id)


def test_the_states_that_go_on_are_those_of_the_site() -> None:
    assert set(ACTIVE) == states.UNDER_WAY
    assert set(RETRYABLE) == states.ENDED_BADLY


def test_a_watch_follows_a_run_to_its_end(
    signed_in: Run, environment: dict[str, str], queued: EvalRun
) -> None:
    with subprocess.Popen(
        [*COMMAND, "watch", place(queued)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        assert "queued" in process.stderr.readline()
        start(queued)
        generate(queued)
        assert "evaluating" in _line_after(process.stderr, "starting")
        ingest(queued, **deliver(queued).arguments())
        out, err = process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 0, err
    assert "review" in err
    assert "100.0 [" in out
    assert str(queued.public_id) in out


def _line_after(lines: Iterator[str], skipped: str) -> str:
    """The next line that does not tell ``skipped``, a state that a look may miss."""
    return next(line for line in lines if skipped not in line)


def test_an_interrupted_watch_says_how_to_go_on(
    signed_in: Run, environment: dict[str, str], queued: EvalRun
) -> None:
    with subprocess.Popen(
        [*COMMAND, "watch", place(queued)], env=environment, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        assert "queued" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 130
    assert f"vlm-leaderboard watch {place(queued)}" in err
    assert "Traceback" not in err


def test_a_failed_run_ends_a_watch_with_1_and_says_what_to_do(
    signed_in: Run, queued: EvalRun
) -> None:
    start(queued)
    break_down(queued)
    done = signed_in("watch", place(queued))
    assert done.returncode == 1
    queued.refresh_from_db()
    assert queued.state == RunState.FAILED
    told = json.loads(signed_in("watch", place(queued), "--json").stdout)["runs"][0]["failure"]
    assert told["title"] in done.stdout
    assert told["advice"] in done.stdout


def test_a_watch_that_takes_too_long_ends_with_8(signed_in: Run, queued: EvalRun) -> None:
    done = signed_in("watch", f"http://x/submissions/{place(queued)}/", "--timeout", "0")
    assert done.returncode == 8
    assert "still under way" in done.stderr


def test_python_waits_and_returns_what_came_of_it(client: Client, queued: EvalRun) -> None:
    job = client.job(place(queued))
    with pytest.raises(WaitTimedOut):
        job.wait(timeout_s=0)
    seen: list[str] = []
    for submission in job.watch():
        state = submission.runs[0].state
        if not seen:
            start(queued)
            generate(queued)
        elif state == "evaluating" and "evaluating" not in seen:
            tell_progress(queued)
        elif submission.runs[0].progress is not None and state == "evaluating":
            ingest(queued, **deliver(queued).arguments())
        seen.append(state)
    assert seen[0] == "queued"
    assert seen[-1] == "review"
    assert not job.submission.ended_badly
    assert job.submission.runs[0].headline is not None
    assert job.scores()[str(queued.public_id)].scores


def test_progress_shows_bar_rate_and_time_left(client: Client, queued: EvalRun) -> None:
    start(queued)
    generate(queued)
    tell_progress(queued)
    console = Console(file=io.StringIO(), width=140, force_terminal=True, color_system=None)
    console.print(view(client.submission(place(queued))))
    text: Any = console.file
    shown = text.getvalue()
    for expected in ("mmbench_en_dev", "12/32", "1.5/s", "0:00:13", "━"):
        assert expected in shown


def test_a_notebook_shows_progress_as_html(client: Client, queued: EvalRun) -> None:
    bundle = view(client.submission(place(queued)))._repr_mimebundle_((), ())
    assert "mmbench_en_dev" in bundle["text/html"]


def test_a_name_cannot_command_the_terminal(client: Client, user: User) -> None:
    made = make_submission(user, model_name="Evil \N{RIGHT-TO-LEFT OVERRIDE}name")
    console = Console(file=io.StringIO(), width=140)
    console.print(view(client.submission(str(made.public_id))))
    text: Any = console.file
    assert "Evil \\u202ename" in text.getvalue()


def test_cancelling_twice_and_retrying(signed_in: Run, client: Client, queued: EvalRun) -> None:
    done = signed_in("cancel", place(queued), "--reason", "wrong model")
    assert done.returncode == 0, done.stderr
    assert "cancelled" in done.stdout
    assert signed_in("cancel", place(queued)).returncode == 5
    with pytest.raises(Conflict):
        client.cancel(place(queued))
    done = signed_in("retry", place(queued))
    assert done.returncode == 0, done.stderr
    assert "queued" in done.stdout
    assert Submission.objects.get().attempt == 2


def test_a_change_that_an_endpoint_cannot_have_is_named(signed_in: Run, queued: EvalRun) -> None:
    start(queued)
    break_down(queued)
    done = signed_in("retry", place(queued), "--change", "max_model_len=8192")
    assert done.returncode == 2
    assert "changes." in done.stderr


def test_runs_are_listed(signed_in: Run, queued: EvalRun) -> None:
    head, row = signed_in("runs").stdout.splitlines()
    cells = dict(zip(head.split("\t"), row.split("\t"), strict=True))
    assert cells["Submission"] == place(queued)
    assert cells["Run"] == str(queued.public_id)
    assert cells["State"] == "queued"
    assert len(json.loads(signed_in("runs", "--json").stdout)) == 1


def test_somebody_elses_submission_is_not_found(signed_in: Run) -> None:
    made = make_submission()
    assert signed_in("watch", str(made.public_id)).returncode == 4
    assert signed_in("watch", "no-id").returncode == 2
