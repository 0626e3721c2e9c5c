"""``python -m evaluator probe``: the table, the JSON, and calls that cannot be."""

from __future__ import annotations

import json
import socket

import pytest

from evaluator.__main__ import main
from tests.support.openai_server import openai_server

SMALL = {"PROBE_LEVELS": "1,2", "PROBE_PICTURE_PX": "56"}


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SMALL.items():
        monkeypatch.setenv(name, value)


def test_json_holds_probe_telemetry_hardware_and_versions(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with openai_server() as server:
        status = main(["probe", "--base-url", server.base_url, "--model", server.model, "--json"])
    assert status == 0
    found = json.loads(capsys.readouterr().out)
    assert set(found) == {"probe", "telemetry", "hardware", "versions"}
    assert [level["concurrency"] for level in found["probe"]["levels"]] == [1, 2]
    assert found["hardware"]["host_class"]


def test_table_has_a_line_for_each_level_and_target(capsys: pytest.CaptureFixture[str]) -> None:
    with openai_server() as server:
        argv = ["probe", "--base-url", server.base_url, "--model", server.model, "--levels", "2"]
        assert main(argv) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["2", "16", "0"] in [line[:3] for line in lines]
    assert {"ttft_ms", "tokens_per_s", "gpu_memory"} <= {word for line in lines for word in line}


def test_the_key_is_read_from_the_environment_and_shown_nowhere(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EVALUATOR_API_KEY", "sk-planted-probe")
    with openai_server(api_key="sk-planted-probe") as server:
        assert main(["probe", "--base-url", server.base_url, "--model", server.model]) == 0
    captured = capsys.readouterr()
    assert "sk-planted-probe" not in captured.out + captured.err


def test_answers_of_full_length_are_asked_for_only_when_told() -> None:
    argv = ["probe", "--levels", "1"]
    with openai_server() as server:
        argv += ["--base-url", server.base_url, "--model", server.model]
        main(argv)
        assert not any("min_tokens" in request.body for request in server.received)
        server.received.clear()
        main([*argv, "--exact-length"])
        # All but the one question before the probe.
        assert [r.body.get("min_tokens") for r in server.received].count(128) == 1 + 16


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--base-url", "http://127.0.0.1:1/v1"], "needs --model"),
        (["--base-url", "http://127.0.0.1:1/v1", "--model", "m", "--levels", "none"], "--levels"),
        (["--checkpoint", "org/m", "--engine-arg", "max-num-seqs"], "NAME=VALUE"),
        (["--checkpoint", "org/m", "--engine", "vlm"], "Did you mean vllm"),
    ],
)
def test_a_call_that_cannot_be_says_what_to_do(
    options: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["probe", *options]) == 1
    assert words in capsys.readouterr().err


def test_a_branch_is_looked_up_at_the_hub(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{closed.getsockname()[1]}")
        monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
        assert main(["probe", "--checkpoint", "org/m"]) == 1
    assert "The hub did not answer" in capsys.readouterr().err


@pytest.mark.parametrize("number", ["-1", "x", "1.5"])
def test_questions_are_numbered_from_zero(number: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["probe", "--base-url", "http://127.0.0.1:1/v1", f"--first-question={number}"])
    assert "whole number from 0" in capsys.readouterr().err
