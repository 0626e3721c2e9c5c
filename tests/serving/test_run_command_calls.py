"""``python -m evaluator run``: calls that cannot be, refused before anything is asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from evaluator.__main__ import main


@pytest.mark.parametrize("place", ["taken", "taken/below"])
def test_an_output_folder_that_cannot_be_made_is_named(
    tmp_path: Path, place: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "taken").write_text("a file")
    out = tmp_path / place
    model = ["--base-url", "http://127.0.0.1:1/v1", "--model", "m"]
    assert main(["run", *model, "--benchmark", "mmbench_en_dev", "--out", str(out)]) == 1
    assert f"--out {out} cannot be made" in capsys.readouterr().err
