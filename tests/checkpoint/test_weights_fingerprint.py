"""Which checkpoints have the same fingerprint, and what is read to tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from demo.safetensors import Tensor, save
from evaluator.checkpoint import fingerprint as module
from evaluator.checkpoint.facts import read_facts
from evaluator.checkpoint.fingerprint import Method, fingerprint, fingerprint_of_files
from evaluator.checkpoint.headers import read_weight_file
from evaluator.errors import EvaluationError, FailureCode

VALUES = 16 * 1024


def weights(seed: int = 1, names: Sequence[str] = ("a", "b", "c")) -> dict[str, Tensor]:
    """Return tensors of 64 KiB, each with bytes of its own."""
    return {
        name: Tensor("F32", (VALUES,), bytes((seed * (n + 1) + i) % 251 for i in range(4 * VALUES)))
        for n, name in enumerate(names)
    }


def changed(tensors: Mapping[str, Tensor], name: str, place: int) -> dict[str, Tensor]:
    """Return the tensors with one byte of one of them changed."""
    data = bytearray(tensors[name].data)
    data[place] ^= 1
    return {**tensors, name: Tensor("F32", (VALUES,), bytes(data))}


class Folder:
    """Writes checkpoints, and fingerprints them."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.count = 0

    def of(self, *shards: Mapping[str, Tensor], metadata: Mapping[str, str] | None = None) -> str:
        self.count += 1
        folder = self.home / str(self.count)
        folder.mkdir()
        for number, shard in enumerate(shards):
            save(folder / f"{self.count}-{number}.safetensors", shard, metadata or {})
        files = [read_weight_file(path) for path in sorted(folder.iterdir())]
        return fingerprint(folder, files).sha256


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


@pytest.fixture(params=["content", "sampled"])
def method(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Fingerprint as a checkpoint that is small enough to be read whole, and as one that is not."""
    if request.param == "sampled":
        monkeypatch.setattr(module, "WHOLE_BYTES", 0)
    return str(request.param)


def test_other_shards_names_and_metadata_of_the_same_weights_are_the_same(
    folder: Folder, method: str
) -> None:
    tensors = weights()
    whole = folder.of(tensors)
    assert folder.of(tensors, metadata={"format": "pt", "note": "mine"}) == whole
    assert folder.of({"c": tensors["c"], "a": tensors["a"]}, {"b": tensors["b"]}) == whole


def test_any_other_tensor_makes_another_fingerprint(folder: Folder, method: str) -> None:
    found = {
        folder.of(weights()),
        folder.of(weights(seed=2)),
        folder.of(weights(names=("a", "b", "x"))),
        folder.of(weights(names=("a", "b"))),
        *(folder.of(changed(weights(), name, 0)) for name in "abc"),
        *(folder.of(changed(weights(), name, -1)) for name in "abc"),
    }
    assert len(found) == 10


def test_one_byte_between_the_windows_shows_only_where_everything_is_read(
    folder: Folder, method: str
) -> None:
    between = module.WINDOW_BYTES + 1
    same = folder.of(changed(weights(), "b", between)) == folder.of(weights())
    assert same == (method == "sampled")


def test_the_method_is_told_and_never_mixed_with_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "model.safetensors"
    save(path, {"a": Tensor("F32", (1,), bytes(4))}, {})
    files = [read_weight_file(path)]
    whole = fingerprint(tmp_path, files)
    monkeypatch.setattr(module, "WHOLE_BYTES", 0)
    sampled = fingerprint(tmp_path, files)
    assert (whole.method, sampled.method) == (Method.CONTENT, Method.SAMPLED)
    assert whole.sha256 != sampled.sha256


def test_very_many_tensors_are_not_all_read(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WHOLE_BYTES", 0)
    monkeypatch.setattr(module, "MOST_READS", 2)
    names = ("a", "b", "c")
    plain = folder.of(weights(names=names))
    assert folder.of(changed(weights(names=names), "b", 0)) == plain
    assert folder.of(changed(weights(names=names), "a", 0)) != plain
    assert folder.of(weights(names=("a", "x", "c"))) != plain


def test_the_facts_of_a_checkpoint_say_how_it_was_made(tmp_path: Path) -> None:
    save(tmp_path / "model.safetensors", weights(), {})
    (tmp_path / "config.json").write_text("{}")
    files = [read_weight_file(tmp_path / "model.safetensors")]
    told = read_facts(tmp_path, files).to_json()
    assert told["weights_sha256"] == fingerprint(tmp_path, files).sha256
    assert told["weights_hashed"] == "content"


def test_files_known_by_their_hashes_are_compared_in_any_order() -> None:
    one, two = "1" * 64, "2" * 64
    assert fingerprint_of_files([one, two]) == fingerprint_of_files([two, one])
    assert fingerprint_of_files([one, two]) != fingerprint_of_files([one, one])


@pytest.mark.parametrize(
    "places",
    [
        ([0, 4], [0, 4]),
        ([0, 4], [8, 12]),
        ([4, 8], [8, 12]),
        ([0, 4], [4.0, 8.0]),
    ],
)
def test_tensors_that_overlap_or_leave_gaps_are_refused(
    tmp_path: Path, places: tuple[list[float], list[float]]
) -> None:
    entries = [
        f'"{n}":{{"dtype":"F32","shape":[1],"data_offsets":{p}}}' for n, p in enumerate(places)
    ]
    header = ("{" + ",".join(entries) + "}").encode()
    path = tmp_path / "model.safetensors"
    size = int(max(end for _, end in places))
    path.write_bytes(len(header).to_bytes(8, "little") + header + bytes(size))
    with pytest.raises(EvaluationError) as caught:
        read_weight_file(path)
    assert caught.value.code is FailureCode.CHECKPOINT_INVALID
