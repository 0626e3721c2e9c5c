"""Commands that run to their end beside the services, and the launcher's own commands."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psutil

from leaderboard.core.embedded.layout import ROOT
from tests.embedded.running import WAIT_S, StartStack, assert_gone, plain_environment, wait_for

LAUNCH = (sys.executable, "-m", "leaderboard.core.embedded.launch")


def launch(var: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the launcher as a person does."""
    return subprocess.run(
        [*LAUNCH, *arguments],
        env=plain_environment(VLMLB_VAR=str(var)),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_failed_step_shows_what_it_said_and_stops_everything(start_stack: StartStack) -> None:
    stack = start_stack("--step", "import sys; sys.exit('no such table')", ready=False)
    assert stack.process.wait(WAIT_S) == 1
    assert "step failed: exit status 1.\nno such table" in stack.said()
    assert "database system is shut down" in (stack.var / "log" / "postgres.log").read_text()


def test_step_that_ends_well_says_nothing(start_stack: StartStack) -> None:
    stack = start_stack("--step", "print('noise')")
    assert "noise" not in stack.said()


def test_stop_during_a_step_ends_the_step(start_stack: StartStack) -> None:
    code = "import pathlib, time; pathlib.Path('begun').touch(); time.sleep(600)"
    stack = start_stack("--step", code, ready=False)
    wait_for((stack.var / "begun").exists, "the step has begun")
    everything = stack.tree()
    assert any("begun" in " ".join(p.cmdline()) for p in everything)

    assert stack.interrupt() == 0

    assert_gone(everything, seconds=0)


def test_service_that_is_never_ready_stops_the_start_and_shows_its_output(
    start_stack: StartStack,
) -> None:
    stack = start_stack("--never-ready", ready=False)
    assert stack.process.wait(WAIT_S) == 1
    assert "slow did not start. The last it said:\nthe worker has begun" in stack.said()


def test_stop_command_stops_what_runs_on_the_folder(start_stack: StartStack) -> None:
    stack = start_stack()
    everything = stack.tree()

    done = launch(stack.var, "stop")

    assert (done.returncode, done.stdout) == (0, "Stopped.\n")
    assert_gone(everything, seconds=2)


def test_stop_command_without_anything_to_stop(var: Path) -> None:
    done = launch(var, "stop")
    assert (done.returncode, done.stdout) == (0, f"Nothing runs on {var}.\n")


def test_manage_uses_the_running_servers(start_stack: StartStack) -> None:
    stack = start_stack()
    show = "from django.db import connection as c; c.ensure_connection(); print(c.settings_dict['PORT'])"
    done = launch(stack.var, "manage", "shell", "--no-imports", "-v0", "-c", show)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() in stack.state["database"]


def test_manage_starts_servers_for_itself_and_ends_them(var: Path) -> None:
    show = "from django.db import connection as c; c.ensure_connection(); print('connected')"
    done = launch(var, "manage", "shell", "--no-imports", "-v0", "-c", show)
    assert done.stdout == "connected\n", done.stderr
    left = [p for p in psutil.process_iter(["cmdline"]) if str(var) in str(p.info["cmdline"])]
    assert not left


def test_wrong_port_is_refused_in_words(var: Path) -> None:
    done = subprocess.run(
        [*LAUNCH, "up"],
        env=plain_environment(VLMLB_VAR=str(var), PORT="eighty"),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "PORT is 'eighty'; it must be a number from 1 to 65535." in done.stdout
