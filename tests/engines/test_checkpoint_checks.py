"""What is refused of a checkpoint folder before anything is started on it, and with which code."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from evaluator.checkpoint import headers
from evaluator.errors import EvaluationError, FailureCode
from evaluator.serving.checkpoints import check_checkpoint
from evaluator.spec import is_local

DEMO = Path(__file__).parents[2] / "demo" / "checkpoint"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a copy of the demo checkpoint inside the allowed root ``tmp_path``."""
    return Path(shutil.copytree(DEMO, tmp_path / "model"))


def refusal(source: Path | str, *roots: Path, trust_remote_code: bool = False) -> FailureCode:
    with pytest.raises(EvaluationError) as caught:
        check_checkpoint(str(source), roots, trust_remote_code=trust_remote_code)
    assert caught.value.detail
    return caught.value.code


def edit_json(path: Path, change: Callable[[dict[str, object]], object]) -> None:
    data = json.loads(path.read_text())
    change(data)
    path.write_text(json.dumps(data))


def test_good_checkpoint_passes(folder: Path, tmp_path: Path) -> None:
    checked = check_checkpoint(str(folder), [tmp_path], trust_remote_code=False)
    assert checked.folder == folder.resolve()
    assert [file.name for file in checked.files] == ["model.safetensors"]


@pytest.mark.parametrize("source", ["owner/name", "name", "Owner.x/name-1.5_b"])
def test_hub_ids_are_not_folders(source: str) -> None:
    assert not is_local(source)


@pytest.mark.parametrize("source", ["/a/b", "./a", "../a", "a/b/c", "~/a", "a/../b", "/a"])
def test_everything_else_is_a_folder(source: str) -> None:
    assert is_local(source)


def test_missing_folder(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none", tmp_path) is FailureCode.CHECKPOINT_MISSING


def test_folder_outside_the_roots(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    assert refusal(folder, other) is FailureCode.CHECKPOINT_NOT_ALLOWED
    assert refusal(folder) is FailureCode.CHECKPOINT_NOT_ALLOWED


def test_refusal_does_not_tell_whether_a_folder_outside_exists(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    assert refusal(tmp_path / "none", root) is FailureCode.CHECKPOINT_NOT_ALLOWED


def test_root_with_a_similar_name_is_another_root(folder: Path, tmp_path: Path) -> None:
    assert refusal(folder, tmp_path / "mod") is FailureCode.CHECKPOINT_NOT_ALLOWED


def test_dots_and_relative_paths_are_refused(folder: Path, tmp_path: Path) -> None:
    assert refusal(f"{folder}/../model", tmp_path) is FailureCode.CHECKPOINT_NOT_ALLOWED
    assert refusal("./model", tmp_path) is FailureCode.CHECKPOINT_NOT_ALLOWED


def test_link_that_leads_out_is_refused(folder: Path, tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / "link").symlink_to(folder)
    assert refusal(root / "link", root) is FailureCode.CHECKPOINT_NOT_ALLOWED


def test_file_in_it_that_links_out_is_refused(folder: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.json"
    secret.write_text("{}")
    root = Path(shutil.move(folder, tmp_path / "root"))
    (root / "vocab.json").symlink_to(secret)
    assert refusal(root, root) is FailureCode.CHECKPOINT_NOT_ALLOWED


def test_link_that_stays_inside_is_fine(folder: Path, tmp_path: Path) -> None:
    blob = Path(shutil.move(folder / "model.safetensors", tmp_path / "blob"))
    (folder / "model.safetensors").symlink_to(blob)
    check_checkpoint(str(folder), [tmp_path], trust_remote_code=False)


def test_pickled_weights_alone_are_refused(folder: Path, tmp_path: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(EvaluationError, match=r"pytorch_model\.bin") as caught:
        check_checkpoint(str(folder), [tmp_path], trust_remote_code=False)
    assert caught.value.code is FailureCode.CHECKPOINT_NO_SAFETENSORS


def test_remote_code_needs_trust(folder: Path, tmp_path: Path) -> None:
    edit_json(folder / "config.json", lambda c: c.update(auto_map={"AutoModel": "modeling.X"}))
    assert refusal(folder, tmp_path) is FailureCode.CHECKPOINT_REMOTE_CODE
    check_checkpoint(str(folder), [tmp_path], trust_remote_code=True)


def test_remote_code_of_the_processor_or_a_part_counts_too(folder: Path, tmp_path: Path) -> None:
    path = folder / "processor_config.json"
    edit_json(path, lambda c: c.update(image_processor={"auto_map": {"AutoImageProcessor": "x.Y"}}))
    assert refusal(folder, tmp_path) is FailureCode.CHECKPOINT_REMOTE_CODE


@pytest.mark.parametrize("text", ["", "{", "[]", "\x00\x01"])
def test_config_that_is_no_json_object_is_invalid(folder: Path, tmp_path: Path, text: str) -> None:
    (folder / "config.json").write_text(text)
    assert refusal(folder, tmp_path) is FailureCode.CHECKPOINT_INVALID


def test_missing_config_is_invalid(folder: Path, tmp_path: Path) -> None:
    (folder / "config.json").unlink()
    assert refusal(folder, tmp_path) is FailureCode.CHECKPOINT_INVALID


def test_truncated_weights_are_invalid(folder: Path, tmp_path: Path) -> None:
    weights = folder / "model.safetensors"
    for size in (0, 5, 100, weights.stat().st_size - 1):
        with weights.open("r+b") as file:
            file.truncate(min(size, weights.stat().st_size))
        assert refusal(folder, tmp_path) is FailureCode.CHECKPOINT_INVALID
        shutil.copy(DEMO / "model.safetensors", weights)


@pytest.mark.parametrize(
    "header", [b"{}", b"[]", b"null", b'{"a": 1}', b'{"a": {"data_offsets": [0]}}', b"\xff\xfe{}"]
)
def test_broken_header_is_invalid(folder: Path, tmp_path: Path, header: bytes) -> None:
    data = len(header).to_bytes(8, "little") + header + b"tail"
    (folder / "model.safetensors").write_bytes(data)
    assert refusal(folder, tmp_path) is FailureCode.CHECKPOINT_INVALID


def test_headers_that_are_too_large_together_are_refused(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = int.from_bytes((folder / "model.safetensors").read_bytes()[:8], "little")
    monkeypatch.setattr(headers, "MAX_HEADER_BYTES", 2 * size)
    shutil.copy(folder / "model.safetensors", folder / "model-2.safetensors")
    check_checkpoint(str(folder), [tmp_path], trust_remote_code=False)
    shutil.copy(folder / "model.safetensors", folder / "model-3.safetensors")
    assert refusal(folder, tmp_path) is FailureCode.CHECKPOINT_INVALID


def test_index_that_names_a_missing_shard_is_invalid(folder: Path, tmp_path: Path) -> None:
    index = {"weight_map": {"a": "model.safetensors", "b": "model-00002.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    assert refusal(folder, tmp_path) is FailureCode.CHECKPOINT_INVALID


def test_index_that_names_a_pickle_is_refused(folder: Path, tmp_path: Path) -> None:
    (folder / "more.bin").write_bytes(b"pickled")
    index = {"weight_map": {"a": "model.safetensors", "b": "more.bin"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    assert refusal(folder, tmp_path) is FailureCode.CHECKPOINT_NO_SAFETENSORS


@pytest.mark.parametrize("name", ["config.json", "model-2.safetensors", "below/README.md"])
def test_pipe_is_refused_and_not_waited_for(folder: Path, tmp_path: Path, name: str) -> None:
    pipe = folder / name
    pipe.unlink(missing_ok=True)
    pipe.parent.mkdir(exist_ok=True)
    os.mkfifo(pipe)
    assert refusal(folder, tmp_path) is FailureCode.CHECKPOINT_INVALID


def test_link_out_of_a_folder_below_is_refused(folder: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    root = Path(shutil.move(folder, tmp_path / "root"))
    (root / "a" / "b").mkdir(parents=True)
    (root / "a" / "b" / "c").symlink_to(secret)
    assert refusal(root, root) is FailureCode.CHECKPOINT_NOT_ALLOWED


def test_link_out_behind_a_linked_folder_is_refused(folder: Path, tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    model = Path(shutil.move(folder, root / "model"))
    (root / "other").mkdir()
    (root / "other" / "out").symlink_to(tmp_path / "elsewhere")
    (model / "extra").symlink_to(root / "other")
    assert refusal(model, root) is FailureCode.CHECKPOINT_NOT_ALLOWED


def test_folders_that_link_in_a_circle_end(folder: Path, tmp_path: Path) -> None:
    (folder / "again").symlink_to(folder)
    (folder / "self").symlink_to(folder / "self")
    assert refusal(folder, tmp_path) is FailureCode.CHECKPOINT_INVALID
    (folder / "self").unlink()
    check_checkpoint(str(folder), [tmp_path], trust_remote_code=False)


@pytest.mark.parametrize(
    ("file", "field", "value"),
    [
        ("tokenizer_config.json", "auto_map", {"AutoTokenizer": ["tokenization.T", None]}),
        ("preprocessor_config.json", "auto_map", {"AutoImageProcessor": "x.Y"}),
        ("generation_config.json", "custom_pipelines", {"p": {"impl": "x.P"}}),
        ("config.json", "_attn_implementation", "someone/kernel"),
        ("part/config.json", "auto_map", {"AutoConfig": "x.C"}),
    ],
)
def test_code_is_found_in_every_configuration(
    folder: Path, tmp_path: Path, file: str, field: str, value: object
) -> None:
    path = folder / file
    path.parent.mkdir(exist_ok=True)
    if not path.exists():
        path.write_text("{}")
    edit_json(path, lambda c: c.update({"deep": [{"er": {field: value}}]}))
    assert refusal(folder, tmp_path) is FailureCode.CHECKPOINT_REMOTE_CODE
    check_checkpoint(str(folder), [tmp_path], trust_remote_code=True)


def test_chat_template_is_no_code(folder: Path, tmp_path: Path) -> None:
    path = folder / "tokenizer_config.json"
    edit_json(path, lambda c: c.update(chat_template="{{ messages }}"))
    check_checkpoint(str(folder), [tmp_path], trust_remote_code=False)


def test_adapter_is_refused_because_it_names_another_model(folder: Path, tmp_path: Path) -> None:
    (folder / "adapter_config.json").write_text('{"base_model_name_or_path": "who/knows"}')
    assert refusal(folder, tmp_path) is FailureCode.CHECKPOINT_INVALID
