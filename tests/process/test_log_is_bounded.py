"""A program that writes without end does not fill the disk with its log, and its last words are kept."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from evaluator.process import IsolatedProcess, child_environment
from evaluator.process.guard import LOG_KEPT_BYTES, LOG_MAX_BYTES, bound_log

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

WRITER = """
import sys
line = "x" * 1023
for number in range(%d):
    print(line)
print("the last words", flush=True)
"""


def test_log_of_a_real_program_is_cut_and_keeps_its_end(tmp_path: Path) -> None:
    log = tmp_path / "log"
    code = WRITER % (LOG_MAX_BYTES // 1024 + 10)
    process = IsolatedProcess(
        [sys.executable, "-c", code], env=child_environment(), cwd=tmp_path, log_path=log
    )
    with process:
        assert process.wait(60).ok
    assert log.stat().st_size < LOG_KEPT_BYTES + 4096
    assert process.tail(1) == ("the last words",)


def test_writers_go_on_at_the_new_end(tmp_path: Path) -> None:
    path = tmp_path / "log"
    log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    try:
        os.write(log, b"".join(b"line %d\n" % number for number in range(1000)))
        bound_log(log, most=5000, kept=100)
        os.write(log, b"after\n")
    finally:
        os.close(log)
    first, *lines = path.read_text().splitlines()
    assert "cut off" in first
    assert lines[-2:] == ["line 999", "after"]
    assert all(line.startswith("line ") for line in lines[:-1])


def test_short_log_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "log"
    log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    try:
        os.write(log, b"short\n")
        bound_log(log)
    finally:
        os.close(log)
    assert path.read_text() == "short\n"
