"""A program run by IsolatedProcess: its input, environment, log, limits and end. Real processes throughout."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evaluator.process import End, EndReason, IsolatedProcess, child_environment

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

Make = Callable[..., IsolatedProcess]


@pytest.fixture
def python(tmp_path: Path) -> Make:
    """Return a function that makes a process running a piece of Python."""

    def make(code: str, **options: Any) -> IsolatedProcess:
        settings: dict[str, Any] = {
            "env": child_environment(),
            "cwd": tmp_path,
            "log_path": tmp_path / "log",
            "grace_s": 2.0,
        }
        return IsolatedProcess([sys.executable, "-c", code], **(settings | options))

    return make


def run(process: IsolatedProcess, timeout_s: float = 60) -> End:
    with process:
        return process.wait(timeout_s)


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state not in "ZX"


def wait_until(true: Callable[[], object], timeout_s: float = 20) -> None:
    deadline = time.monotonic() + timeout_s
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def read_pids(path: Path, count: int) -> list[int]:
    wait_until(lambda: path.exists() and len(path.read_text().split()) == count)
    return [int(pid) for pid in path.read_text().split()]


# A child, a grandchild, and a grandchild that left the session: each writes its pid and ignores SIGTERM.
FAMILY = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
def note():
    with open('pids', 'a') as file: file.write(f'{os.getpid()}\\n')
note()
for leave in (False, True):
    if os.fork() == 0:
        if leave:
            os.setsid()
            if os.fork() > 0: os._exit(0)
        note()
        time.sleep(600)
time.sleep(600)
"""


def test_exit_code_and_log_are_reported(python: Make) -> None:
    process = python("import sys; print('out'); print('err', file=sys.stderr); sys.exit(7)")
    end = run(process)
    assert (end.reason, end.exit_code, end.ok) == (EndReason.EXITED, 7, False)
    assert sorted(process.tail()) == ["err", "out"]


def test_input_larger_than_a_pipe_arrives_whole(python: Make) -> None:
    process = python("import sys; print(len(sys.stdin.buffer.read()))", stdin=b"x" * 1_000_000)
    assert run(process).ok
    assert process.tail() == ("1000000",)


def test_program_that_ignores_its_input_still_ends(python: Make) -> None:
    assert run(python("pass", stdin=b"x" * 1_000_000)).ok


def test_only_listed_variables_reach_the_program(
    python: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://:secret@broker")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    env = child_environment({"ADDED": "yes"}, home=tmp_path / "home")
    process = python("import os; print(sorted(os.environ)); print(os.environ['HOME'])", env=env)
    assert run(process).ok
    names, home = process.tail()
    assert "REDIS_URL" not in names
    assert {"'ADDED'", "'HF_HUB_OFFLINE'", "'HF_HOME'"} <= set(names.strip("[]").split(", "))
    assert home == str(tmp_path / "home")


def test_gpus_are_numbered_as_telemetry_numbers_them() -> None:
    ours = {"CUDA_VISIBLE_DEVICES": "1", "CUDA_DEVICE_ORDER": "FASTEST_FIRST"}
    told = child_environment(source=ours)
    assert told == {"CUDA_VISIBLE_DEVICES": "1", "CUDA_DEVICE_ORDER": "PCI_BUS_ID"}


def test_program_that_does_not_exist_is_refused_at_start(tmp_path: Path) -> None:
    process = IsolatedProcess(
        ["/nowhere/program"], env=child_environment(), cwd=tmp_path, log_path=tmp_path / "log"
    )
    with pytest.raises(FileNotFoundError, match="nowhere"):
        process.start()


def test_secrets_are_hidden_in_the_tail_and_in_the_file_after_the_end(
    python: Make, tmp_path: Path
) -> None:
    secret = 'k"ey/1'
    code = (
        "import json, urllib.parse as u, sys; s = sys.stdin.read();"
        "print(s); print(json.dumps([s])); print(u.quote(s, safe=''))"
    )
    process = python(code, stdin=secret.encode(), secrets=[secret])
    assert run(process).ok
    assert process.tail() == ("[hidden]", '["[hidden]"]', "[hidden]")
    assert "ey/1" not in (tmp_path / "log").read_text()


def test_tail_keeps_the_last_lines_and_the_last_state_of_a_progress_bar(python: Make) -> None:
    process = python("print('\\n'.join(map(str, range(100)))); print('1%\\r2%\\r3%')")
    assert run(process).ok
    assert process.tail(3) == ("98", "99", "3%")


def test_time_limit_ends_the_whole_tree(python: Make, tmp_path: Path) -> None:
    with python(FAMILY, grace_s=0.5) as process:
        pids = read_pids(tmp_path / "pids", 3)
        end = process.wait(0.1)
    assert (end.reason, end.left) == (EndReason.TIMED_OUT, 0)
    assert [pid for pid in pids if alive(pid)] == []


def test_cancelling_ends_the_whole_tree(python: Make, tmp_path: Path) -> None:
    with python(FAMILY, grace_s=0.5) as process:
        pids = read_pids(tmp_path / "pids", 3)
        end = process.wait(60, cancelled=lambda: True)
    assert end.reason is EndReason.CANCELLED
    assert [pid for pid in pids if alive(pid)] == []


def test_polite_program_may_tidy_up_when_stopped(python: Make) -> None:
    code = (
        "import signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: (print('tidy'), sys.exit(0)))\n"
        "print('ready', flush=True); time.sleep(600)"
    )
    with python(code) as process:
        wait_until(lambda: process.tail() == ("ready",))
        end = process.stop()
    assert (end.reason, end.exit_code) == (EndReason.STOPPED, 0)
    assert process.tail() == ("ready", "tidy")


def test_what_the_program_leaves_behind_is_ended(python: Make, tmp_path: Path) -> None:
    code = (
        "import subprocess, sys\n"
        "p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'], start_new_session=True)\n"
        "open('pids', 'w').write(str(p.pid))"
    )
    assert run(python(code)).ok
    assert not alive(read_pids(tmp_path / "pids", 1)[0])


def test_memory_of_the_whole_tree_is_limited(python: Make) -> None:
    # Neither half is over the limit alone.
    code = "import os, time; os.fork(); b = bytearray(90_000_000); b[::4096] = b[::4096]; time.sleep(600)"
    end = run(python(code, memory_mb=120))
    assert end.reason is EndReason.OUT_OF_MEMORY
    assert end.peak_memory_mb > 120
    assert "120 MB" in end.detail


def test_killed_program_is_told_apart_from_a_stopped_one(python: Make) -> None:
    end = run(python("import os, signal; os.kill(os.getpid(), signal.SIGKILL)"))
    assert (end.reason, end.exit_code) == (EndReason.EXITED, -signal.SIGKILL)
    assert "SIGKILL" in end.detail


def test_error_in_a_callback_stops_the_program(python: Make) -> None:
    def fail() -> None:
        raise RuntimeError("from the callback")

    process = python("import time; time.sleep(600)")
    process.start()
    assert process.pid is not None
    with pytest.raises(RuntimeError, match="callback"):
        process.wait(60, on_tick=fail)
    assert not alive(process.pid)


def test_nothing_outlives_a_killed_worker(tmp_path: Path) -> None:
    worker = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys; from pathlib import Path\n"
            "from evaluator.process import IsolatedProcess, child_environment\n"
            "IsolatedProcess([sys.executable, '-c', sys.argv[1]], env=child_environment(),"
            " cwd=Path(sys.argv[2]), log_path=Path(sys.argv[2], 'log'), grace_s=0.5).start()\n"
            "import time; time.sleep(600)",
            FAMILY,
            str(tmp_path),
        ],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
    )
    try:
        pids = read_pids(tmp_path / "pids", 3)
    finally:
        worker.kill()
        worker.wait()
    wait_until(lambda: not any(alive(pid) for pid in pids))


def test_killed_guard_takes_the_program_with_it(python: Make) -> None:
    with python("import time; time.sleep(600)") as process:
        pid = process.pid
        assert pid is not None
        guard = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        os.kill(guard, signal.SIGKILL)
        end = process.wait(20)
    assert (end.reason, end.exit_code) == (EndReason.EXITED, None)
    wait_until(lambda: not alive(pid))
