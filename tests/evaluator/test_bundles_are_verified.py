"""A bundle is whole and is what its hashes say, or it is refused."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from evaluator.bundle import open_bundle, open_items, pack_items, read_responses, write_bundle
from evaluator.errors import EvaluationError, FailureCode
from evaluator.records import Manifest, Response

MANIFEST = Manifest(
    benchmark="mmbench_en_dev",
    run="r",
    submission="s",
    attempt=1,
    spec_identity="i",
    model={},
    dataset={"fingerprint": "f"},
    generation={},
    versions={},
    counts={},
)
RESPONSES = [Response("1", 0, "A", ttft_ms=1.5), Response("2", 1, "猫", error=None)]


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    path = tmp_path / "bundle.zip"
    log = tmp_path / "harness.log"
    log.write_text("hello\n")
    write_bundle(path, MANIFEST, RESPONSES, log)
    return path


def rewrite(path: Path, name: str, data: bytes | None) -> None:
    with zipfile.ZipFile(path) as old:
        members = {n: old.read(n) for n in old.namelist()}
    members.pop(name)
    with zipfile.ZipFile(path, "w") as new:
        for member, content in members.items():
            new.writestr(member, content)
        if data is not None:
            new.writestr(name, data)


def assert_corrupt(path: Path, word: str) -> None:
    with pytest.raises(EvaluationError) as caught, open_bundle(path):
        pass
    assert caught.value.code is FailureCode.BUNDLE_CORRUPT
    assert word in caught.value.detail


def test_what_was_written_is_read(bundle: Path) -> None:
    with open_bundle(bundle) as opened:
        assert list(opened.responses()) == RESPONSES
        assert opened.log() == "hello\n"
        assert opened.manifest.benchmark == "mmbench_en_dev"


def test_the_same_content_gives_the_same_hash(tmp_path: Path) -> None:
    first = write_bundle(tmp_path / "a.zip", MANIFEST, RESPONSES)
    assert first == write_bundle(tmp_path / "b.zip", MANIFEST, RESPONSES)


def test_a_changed_answer_is_refused(bundle: Path) -> None:
    rewrite(bundle, "responses.jsonl", b'{"key": "1", "position": 0, "text": "B"}\n')
    assert_corrupt(bundle, "responses.jsonl")


@pytest.mark.parametrize("name", ["manifest.json", "responses.jsonl", "harness.log"])
def test_a_missing_member_is_refused(bundle: Path, name: str) -> None:
    rewrite(bundle, name, None)
    assert_corrupt(bundle, name)


@pytest.mark.parametrize("text", [b"", b"not json", b"[]", b'{"benchmark": 1}'])
def test_a_manifest_that_is_none_is_refused(bundle: Path, text: bytes) -> None:
    rewrite(bundle, "manifest.json", text)
    assert_corrupt(bundle, "manifest.json")


@pytest.mark.parametrize("keep", [0, 10, 200])
def test_a_cut_file_is_refused(bundle: Path, keep: int) -> None:
    bundle.write_bytes(bundle.read_bytes()[:keep])
    assert_corrupt(bundle, "archive")


def test_a_failed_write_leaves_nothing(tmp_path: Path) -> None:
    class Unwritable:
        def to_json(self) -> dict[str, object]:
            raise RuntimeError("broken")

    with pytest.raises(RuntimeError):
        write_bundle(tmp_path / "bundle.zip", MANIFEST, [Unwritable()])  # type: ignore[list-item]
    assert list(tmp_path.iterdir()) == []


def test_the_last_answer_to_an_item_counts_and_a_torn_end_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "responses.jsonl"
    lines = [
        Response("2", 1, "B"),
        Response("1", 0, error="timeout"),
        Response("1", 0, "A"),
    ]
    text = "".join(json.dumps(r.to_json()) + "\n" for r in lines)
    path.write_text(text + '{"key": "3", "posi')
    assert [(r.key, r.text, r.error) for r in read_responses(path)] == [
        ("1", "A", None),
        ("2", "B", None),
    ]


def test_a_broken_line_in_the_middle_is_no_answer(tmp_path: Path) -> None:
    path = tmp_path / "responses.jsonl"
    path.write_text('{"key": \n' + json.dumps(RESPONSES[0].to_json()) + "\n")
    with pytest.raises(EvaluationError, match="line 1"):
        read_responses(path)


def test_a_picture_that_is_not_what_its_name_says_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "items"
    (folder / "images").mkdir(parents=True)
    (folder / "items.jsonl").write_text('{"key": "1", "position": 0, "fields": {}, "images": []}\n')
    (folder / "images" / ("0" * 64 + ".webp")).write_bytes(b"something else")
    pack_items(folder, {"fingerprint": "f"}, tmp_path / "items.zip")
    with open_items(tmp_path / "items.zip") as pack:
        assert [item.key for item in pack.items()] == ["1"]
        with pytest.raises(EvaluationError, match="does not match"):
            pack.image("0" * 64)
        with pytest.raises(EvaluationError, match="not in the archive"):
            pack.image("1" * 64)


def test_an_items_pack_with_a_line_that_is_no_item_is_refused(tmp_path: Path) -> None:
    (tmp_path / "items.jsonl").write_text('{"key": "1", "position": 0, "fields": {}}\n[1]\n')
    pack_items(tmp_path, {}, tmp_path / "items.zip")
    with (
        open_items(tmp_path / "items.zip") as pack,
        pytest.raises(EvaluationError, match="line 2"),
    ):
        list(pack.items())


def test_damage_inside_a_compressed_member_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bundle.zip"
    many = [Response(str(n), n, f"answer {n * n}") for n in range(2000)]
    write_bundle(path, MANIFEST, many)
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 40] = bytes(40)
    path.write_bytes(data)
    assert_corrupt(path, "responses.jsonl")


def test_half_of_a_surrogate_pair_survives(tmp_path: Path) -> None:
    write_bundle(tmp_path / "b.zip", MANIFEST, [Response("1", 0, "\ud83d")])
    with open_bundle(tmp_path / "b.zip") as bundle:
        assert [r.text for r in bundle.responses()] == ["\ud83d"]
