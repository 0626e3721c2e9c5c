"""Passwords and keys are in files for their owner, and nowhere else."""

from __future__ import annotations

import stat
from base64 import b64decode
from pathlib import Path

import psutil
import pytest
from nacl.public import PrivateKey, SealedBox

from leaderboard.core.embedded.errors import EmbeddedError
from leaderboard.core.embedded.secret_files import evaluator_keys, kept_secret
from leaderboard.core.embedded.servers import ServerUrls
from leaderboard.core.embedded.state import without_password
from tests.embedded.running import StartStack


def test_passwords_are_in_no_command_line_environment_log_or_state(start_stack: StartStack) -> None:
    stack = start_stack()
    secrets = [p.read_text().strip() for p in (stack.var / "secrets").iterdir()]
    assert len(secrets) == 2
    shown = [" ".join(p.cmdline()) for p in stack.tree()]
    shown += [str(p.environ()) for p in stack.tree()]
    shown += [p.read_text() for p in (stack.var / "log").iterdir()]
    shown += [(stack.var / "run" / "state.json").read_text(), stack.said()]
    assert len(shown) > 10
    assert not [text for text in shown for secret in secrets if secret in text]


def test_files_with_secrets_are_for_their_owner_only(start_stack: StartStack) -> None:
    stack = start_stack()
    files = [*(stack.var / "secrets").iterdir(), stack.var / "valkey" / "valkey.conf"]
    assert {stat.S_IMODE(p.stat().st_mode) for p in files} == {0o600}
    assert stat.S_IMODE((stack.var / "secrets").stat().st_mode) == 0o700
    assert stat.S_IMODE((stack.var / "postgres" / "data").stat().st_mode) == 0o700


def test_every_process_of_the_stack_is_looked_at(start_stack: StartStack) -> None:
    names = {p.name() for p in start_stack().tree()}
    assert {"postgres", "valkey-server"} <= names
    assert psutil.Process().name() not in {"postgres", "valkey-server"}


def test_secret_is_made_once_and_kept(tmp_path: Path) -> None:
    first = kept_secret(tmp_path / "a")
    assert len(first) >= 32
    assert kept_secret(tmp_path / "a") == first
    assert kept_secret(tmp_path / "b") != first
    assert [p.name for p in sorted(tmp_path.iterdir())] == ["a", "b"]


def test_empty_secret_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    with pytest.raises(EmbeddedError, match="is empty"):
        kept_secret(tmp_path / "a")


def test_evaluator_keys_are_a_pair_that_stays(tmp_path: Path) -> None:
    private, public = evaluator_keys(tmp_path)
    key = PrivateKey(b64decode(private))
    assert SealedBox(key).decrypt(SealedBox(key.public_key).encrypt(b"token")) == b"token"
    assert bytes(key.public_key) == b64decode(public)
    assert evaluator_keys(tmp_path) == (private, public)


def test_given_public_key_alone_means_workers_elsewhere(tmp_path: Path) -> None:
    assert evaluator_keys(tmp_path, public="given") == ("", "given")
    assert not list(tmp_path.iterdir())


def test_malformed_private_key_is_refused_without_showing_it(tmp_path: Path) -> None:
    with pytest.raises(EmbeddedError) as caught:
        evaluator_keys(tmp_path, private="c2hvcnQ=")
    assert "c2hvcnQ=" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://me:pass@host:5432/db", "postgresql://me@host:5432/db"),
        ("redis://:pass@host:6379/0", "redis://host:6379/0"),
        ("redis://host/1?password=pass", "redis://host/1"),
        ("", ""),
    ],
)
def test_shown_address_has_no_password(url: str, shown: str) -> None:
    assert without_password(url) == shown


def test_addresses_are_not_in_a_repr() -> None:
    assert "pass" not in repr(ServerUrls("postgresql://me:pass@host/db", "redis://:pass@host"))
