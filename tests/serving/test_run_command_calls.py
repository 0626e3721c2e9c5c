"""``python -m evaluator run``: calls that cannot be, refused before anything is asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from evaluator.__main__ import main
from evaluator.cli.run import alone_in

MODEL = ["--base-url", "http://127.0.0.1:1/v1", "--model", "m", "--benchmark", "mmbench_en_dev"]


@pytest.mark.parametrize("place", ["taken", "taken/below"])
def test_an_output_folder_that_cannot_be_made_is_named(
    tmp_path: Path, place: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "taken").write_text("a file")
    out = tmp_path / place
    assert main(["run", *MODEL, "--out", str(out)]) == 1
    assert f"--out {out} cannot be made" in capsys.readouterr().err


def test_a_folder_in_which_another_command_is_at_work_is_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with alone_in(tmp_path):
        assert main(["run", *MODEL, "--out", str(tmp_path)]) == 1
    assert f"another command is at work in --out {tmp_path}" in capsys.readouterr().err
    assert main(["run", *MODEL, "--out", str(tmp_path)]) == 1
    assert "cannot be reached" in capsys.readouterr().err
