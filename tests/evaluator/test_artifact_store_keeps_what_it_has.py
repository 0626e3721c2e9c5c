"""The artifact store: a key names its content for good."""

from __future__ import annotations

from pathlib import Path

import pytest

from evaluator.artifacts import ArtifactStore
from evaluator.errors import EvaluationError, FailureCode


@pytest.fixture
def store(tmp_path: Path) -> ArtifactStore:
    return ArtifactStore(str(tmp_path / "store"))


def test_what_was_put_is_fetched(store: ArtifactStore, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"content")
    store.put_file(tmp_path / "a", "bundles/s/1/r.zip")
    assert store.exists("bundles/s/1/r.zip")
    store.fetch("bundles/s/1/r.zip", tmp_path / "b")
    assert (tmp_path / "b").read_bytes() == b"content"


def test_a_second_put_changes_nothing(store: ArtifactStore) -> None:
    store.put_bytes(b"first", "a/b")
    store.put_bytes(b"second", "a/b")
    with store.open("a/b") as file:
        assert file.read() == b"first"


def test_a_put_that_fails_leaves_nothing(store: ArtifactStore, tmp_path: Path) -> None:
    with pytest.raises(TypeError):
        store.put_bytes("not bytes", "a/b")  # type: ignore[arg-type]
    assert not store.exists("a/b")
    assert [p for p in (tmp_path / "store").rglob("*") if p.is_file()] == []


@pytest.mark.parametrize("key", ["../x", "/etc/passwd", "a/../b", "a//b", "", "a/.hidden", "a\\b"])
def test_a_key_that_could_leave_the_store_is_refused(store: ArtifactStore, key: str) -> None:
    with pytest.raises(ValueError, match="artifact key"):
        store.put_bytes(b"", key)


def test_a_missing_file_and_an_unusable_store_have_a_code(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError) as caught, ArtifactStore(str(tmp_path)).open("none"):
        pass
    assert caught.value.code is FailureCode.ARTIFACTS_UNAVAILABLE
    with pytest.raises(EvaluationError) as caught:
        ArtifactStore("nosuchprotocol://bucket")
    assert caught.value.code is FailureCode.ARTIFACTS_UNAVAILABLE


def test_any_fsspec_url_will_do(tmp_path: Path) -> None:
    store = ArtifactStore(f"memory://{tmp_path.name}")
    store.put_bytes(b"x", "k")
    assert store.exists("k")
    (tmp_path / "a").write_bytes(b"content")
    store.put_file(tmp_path / "a", "f")
    store.fetch("f", tmp_path / "b")
    assert (tmp_path / "b").read_bytes() == b"content"


def test_a_put_into_an_object_store_that_fails_leaves_nothing(tmp_path: Path) -> None:
    store = ArtifactStore(f"memory://{tmp_path.name}")
    with pytest.raises((TypeError, ValueError)):
        store.put_bytes(["not bytes"], "a/b")  # type: ignore[arg-type]
    assert not store.exists("a/b")
