"""Who is told what, and which steps are skipped."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from leaderboard.core.embedded import plan
from leaderboard.core.embedded.console import Console
from leaderboard.core.embedded.demo_plan import Demo
from leaderboard.core.embedded.layout import ROOT, Layout
from leaderboard.core.embedded.ports import is_free, next_free_port
from leaderboard.core.embedded.stamps import fingerprint

GIVEN = {
    "PATH": "/bin",
    "HOME": "/home/me",
    "HF_TOKEN": "hub",
    "VLLM_COMMAND": "vllm serve",
    "HARNESS_TIMEOUT": "60",
    "EMAIL_PASSWORD": "only the site's",
    "DATABASE_PASSWORD": "only the site's",
    "EVALUATOR_PRIVATE_KEY": "",
    "BENCHMARK_DATA_DIR": "",
}


def environments(tmp_path: Path, *, demo: bool = False, **more: str) -> plan.Environments:
    """Build both environments as the launcher does."""
    return plan.environments(
        Layout.of(tmp_path),
        GIVEN | more,
        database_url="postgresql://u:db-password@host/db",
        redis_url="redis://:redis-password@host/0",
        web_url="http://127.0.0.1:8000",
        defaults=Demo.on(Layout.of(tmp_path)).settings() if demo else {},
    )


def test_evaluator_is_told_neither_the_database_nor_the_sites_secrets(tmp_path: Path) -> None:
    both = environments(tmp_path)
    assert not {"DATABASE_URL", "SECRET_KEY", "EMAIL_PASSWORD", "DATABASE_PASSWORD"} & set(
        both.evaluator
    )
    assert "db-password" not in str(both.evaluator)
    assert both.site["SECRET_KEY"] not in both.evaluator.values()
    assert both.evaluator["REDIS_URL"] == "redis://:redis-password@host/0"
    assert both.evaluator["ARTIFACTS_URL"] == both.site["ARTIFACTS_URL"] == f"{tmp_path}/artifacts"
    assert {"HF_TOKEN", "VLLM_COMMAND", "HARNESS_TIMEOUT", "PATH"} <= set(both.evaluator)


def test_site_is_not_told_the_key_that_opens_submitted_secrets(tmp_path: Path) -> None:
    both = environments(tmp_path)
    assert both.evaluator["EVALUATOR_PRIVATE_KEY"]
    assert both.evaluator["EVALUATOR_PRIVATE_KEY"] not in both.site.values()
    assert both.site["EVALUATOR_PUBLIC_KEY"]


def test_secrets_are_the_same_at_the_next_start(tmp_path: Path) -> None:
    first, second = environments(tmp_path), environments(tmp_path)
    assert first.site == second.site
    assert first.evaluator == second.evaluator


def test_given_settings_win(tmp_path: Path) -> None:
    both = environments(
        tmp_path, demo=True, ARTIFACTS_URL="s3://bucket", SECRET_KEY="mine", CHECKPOINT_ROOTS="/m"
    )
    assert both.site["ARTIFACTS_URL"] == both.evaluator["ARTIFACTS_URL"] == "s3://bucket"
    assert both.site["SECRET_KEY"] == "mine"
    assert both.evaluator["CHECKPOINT_ROOTS"] == "/m"
    # An empty variable is none: the demo's default holds.
    assert both.evaluator["BENCHMARK_DATA_DIR"] == str(tmp_path / "demo" / "datasets")


def test_no_loopback_endpoints_outside_the_demo(tmp_path: Path) -> None:
    assert "ENDPOINT_ALLOWED_NETWORKS" not in environments(tmp_path).evaluator
    assert environments(tmp_path, demo=True).site["ENDPOINT_ALLOWED_NETWORKS"] == "127.0.0.0/8"


def test_no_command_line_holds_a_secret(tmp_path: Path) -> None:
    both = environments(tmp_path)
    services = plan.services(both, {}, host="127.0.0.1", port=8000)
    shown = " ".join(str(part) for service in services for part in service.argv)
    for secret in ("db-password", "redis-password", both.site["SECRET_KEY"]):
        assert secret not in shown


def test_web_is_stopped_before_the_workers(tmp_path: Path) -> None:
    services = plan.services(environments(tmp_path), {}, host="127.0.0.1", port=8000)
    web = next(s for s in services if s.name == plan.WEB_SERVICE)
    assert set(web.after) == {s.name for s in services} - {plan.WEB_SERVICE}


def test_files_of_the_steps_exist() -> None:
    layout = Layout.of("/nowhere")
    for step in (*plan.steps_before(layout, {}), *Demo.on(layout).steps_before()):
        assert all(path.exists() for path in step.inputs)
    assert (ROOT / "manage.py").exists()


def test_fingerprint_sees_changed_new_and_removed_files(tmp_path: Path) -> None:
    seen = [fingerprint([tmp_path, tmp_path / "missing"])]
    (tmp_path / "a.css").write_text("a")
    seen.append(fingerprint([tmp_path]))
    (tmp_path / "a.css").write_text("ab")
    seen.append(fingerprint([tmp_path]))
    (tmp_path / "b.css").write_text("b")
    seen.append(fingerprint([tmp_path]))
    assert len(set(seen)) == 4
    (tmp_path / "b.css").unlink()
    assert fingerprint([tmp_path]) == seen[2]
    os.utime(tmp_path / "a.css", (1, 1))
    assert fingerprint([tmp_path]) != seen[2]


def test_next_free_port_passes_over_a_taken_one() -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert not is_free(port)
        assert next_free_port(port) > port


def test_console_survives_a_closed_terminal(tmp_path: Path) -> None:
    stream = (tmp_path / "out").open("w")
    console = Console(stream)
    console.line("web", "hello")
    stream.close()
    console.line("web", "nobody hears this")
    assert (tmp_path / "out").read_text() == "web          | hello\n"


def test_timed_line_is_not_written_for_a_failure(tmp_path: Path) -> None:
    with (tmp_path / "out").open("w") as stream:
        console = Console(stream)
        with pytest.raises(ValueError), console.timed("migrate"):
            raise ValueError
        with console.timed("static files") as notes:
            notes.append("unchanged")
    assert (tmp_path / "out").read_text() == "static files | unchanged (0.0 s)\n"


def test_demo_evaluates_two_at_a_time_unless_told_otherwise(tmp_path: Path) -> None:
    for given, expected in (({}, "2"), ({"EVALUATOR_CONCURRENCY": "1"}, "1")):
        both = environments(tmp_path, demo=True, **given)
        services = plan.services(both, both.site, host="127.0.0.1", port=8000)
        evaluator = next(s for s in services if s.name == plan.EVALUATOR_SERVICE)
        argv = [str(part) for part in evaluator.argv]
        assert argv[argv.index("--concurrency") + 1] == expected
