"""The worker reads its own settings, refuses the database's, and never shows a secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from evaluator.settings import PipelineSettings, SettingsError, WorkerSettings

BASE = {"REDIS_URL": "redis://:s3cret@127.0.0.1:1/0", "EVALUATOR_PRIVATE_KEY": "k3y"}


def test_the_database_address_is_refused() -> None:
    with pytest.raises(SettingsError, match="DATABASE_URL"):
        WorkerSettings.from_environment({**BASE, "DATABASE_URL": "postgres://x"})


def test_a_missing_broker_is_named() -> None:
    with pytest.raises(SettingsError, match="REDIS_URL"):
        WorkerSettings.from_environment({})


def test_secrets_are_not_in_its_text() -> None:
    text = repr(WorkerSettings.from_environment(BASE))
    assert "s3cret" not in text
    assert "k3y" not in text


@pytest.mark.parametrize("value", ["soon", "0", "-3", "nan", "inf"])
def test_a_limit_that_is_no_positive_number_is_named(value: str) -> None:
    with pytest.raises(SettingsError, match="HARNESS_TIMEOUT"):
        PipelineSettings.from_environment({"HARNESS_TIMEOUT": value})


@pytest.mark.parametrize("value", ["everywhere", "10.0.0.1/8", "127.0.0.0/8, ::1/129"])
def test_a_network_that_is_none_is_named(value: str) -> None:
    with pytest.raises(SettingsError, match="ENDPOINT_ALLOWED_NETWORKS"):
        PipelineSettings.from_environment({"ENDPOINT_ALLOWED_NETWORKS": value})


def test_engine_commands_are_split_like_a_shell_does() -> None:
    settings = PipelineSettings.from_environment({"VLLM_COMMAND": "/opt/my\\ vllm/bin/vllm serve"})
    assert settings.engine_commands["vllm"] == ("/opt/my vllm/bin/vllm", "serve")
    assert "sglang" not in settings.engine_commands
    assert settings.engine_commands["transformers"][1:] == (
        "-m",
        "evaluator.harness.serve_transformers",
    )


def test_lists_are_split() -> None:
    settings = PipelineSettings.from_environment(
        {"CHECKPOINT_ROOTS": "/a:/b", "ENDPOINT_ALLOWED_NETWORKS": "127.0.0.0/8, 10.0.0.0/8"}
    )
    assert settings.checkpoint_roots == (Path("/a"), Path("/b"))
    assert settings.allowed_networks == ("127.0.0.0/8", "10.0.0.0/8")


def test_probe_and_targets_are_as_the_environment_says() -> None:
    plan = PipelineSettings.from_environment(
        {"PROBE_LEVELS": "1, 8", "PROBE_LEVEL_S": "5", "TARGET_TTFT_MS": "250"}
    ).probe
    assert plan is not None
    assert (plan.levels, plan.level_s, plan.targets.ttft_ms) == ((1, 8), 5, 250)


def test_probing_can_be_turned_off() -> None:
    assert PipelineSettings.from_environment({"PROBE_LEVELS": "none"}).probe is None
    assert PipelineSettings.from_environment({}).probe is not None


@pytest.mark.parametrize("levels", ["0", "1;4", "-1", "many", "1,4.5", "12345"])
def test_levels_that_are_no_numbers_of_streams_are_named(levels: str) -> None:
    with pytest.raises(SettingsError, match="PROBE_LEVELS"):
        PipelineSettings.from_environment({"PROBE_LEVELS": levels})
