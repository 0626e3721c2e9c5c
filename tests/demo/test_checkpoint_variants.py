"""A rounded variant is the same checkpoint but for the values of its linear layers."""

from __future__ import annotations

import json

import numpy as np
import pytest

from demo import safetensors
from demo.safetensors import Tensor
from demo.variants import CHECKPOINT, WEIGHTS, is_linear, quantize, write_variant


@pytest.fixture(scope="module")
def original():
    return safetensors.load(CHECKPOINT / WEIGHTS)[0]


@pytest.fixture(scope="module")
def variant(tmp_path_factory):
    out = tmp_path_factory.mktemp("variants") / "int4"
    write_variant("int4", out)
    return out


def test_names_shapes_types_and_order_stay(original, variant):
    changed, metadata = safetensors.load(variant / WEIGHTS)
    forms = [(name, t.dtype, t.shape) for name, t in changed.items()]
    assert forms == [(name, t.dtype, t.shape) for name, t in original.items()]
    assert metadata["format"] == "pt"
    assert "int4" in metadata["quantization"]


def test_only_linear_weights_change(original, variant):
    changed, _ = safetensors.load(variant / WEIGHTS)
    differing = {name for name in original if changed[name].data != original[name].data}
    assert differing == {name for name, tensor in original.items() if is_linear(name, tensor)}
    assert "language_model.model.embed_tokens.weight" not in differing
    assert "vision_tower.vision_model.encoder.layers.0.mlp.fc1.weight" in differing


def test_other_files_are_copied_and_the_variant_says_what_it_is(variant):
    names = {path.name for path in variant.iterdir()}
    assert names == {path.name for path in CHECKPOINT.iterdir()} | {"variant.json"}
    for name in names - {WEIGHTS, "README.md", "variant.json"}:
        assert (variant / name).read_bytes() == (CHECKPOINT / name).read_bytes()
    assert "simulated int4" in (variant / "README.md").read_text(encoding="utf-8")
    assert "int4" in json.loads((variant / "variant.json").read_text())["quantization"]


def test_an_existing_folder_is_not_overwritten(variant):
    before = (variant / WEIGHTS).read_bytes()
    with pytest.raises(FileExistsError):
        write_variant("int2", variant)
    assert (variant / WEIGHTS).read_bytes() == before


@pytest.mark.parametrize("bits", [2, 3, 4, 8])
def test_rounded_rows_have_no_more_values_than_bits_allow(bits):
    weights = np.random.RandomState(0).randn(16, 300).astype(np.float32)
    rounded = quantize(weights, bits)
    assert max(len(np.unique(row)) for row in rounded) <= 2**bits
    half_step = np.abs(weights).max(axis=1, keepdims=True) / (2 ** (bits - 1) - 1) / 2
    assert (np.abs(rounded - weights) <= half_step * 1.0001).all()


def test_fewer_bits_lose_more():
    weights = np.random.RandomState(1).randn(8, 200).astype(np.float32)
    errors = [float(np.abs(quantize(weights, bits) - weights).mean()) for bits in (8, 4, 3, 2)]
    assert errors == sorted(errors)


def test_a_row_of_zeros_stays_zero():
    assert not quantize(np.zeros((2, 5), np.float32), 4).any()


def test_bfloat16_survives_reading_and_writing(original):
    for tensor in original.values():
        assert tensor.replaced(tensor.floats()).data == tensor.data


def test_bfloat16_is_rounded_to_nearest_even():
    values = np.array([1.0, 1.00390625, 1.01171875, -2.5], np.float32)
    stored = Tensor("BF16", (4,), b"").replaced(values).floats()
    assert stored.tolist() == [1.0, 1.0, 1.015625, -2.5]


def test_a_file_saved_again_is_the_same_file(tmp_path):
    tensors, metadata = safetensors.load(CHECKPOINT / WEIGHTS)
    safetensors.save(tmp_path / "again", tensors, metadata)
    again, _ = safetensors.load(tmp_path / "again")
    assert again == tensors
    assert (tmp_path / "again").stat().st_size == (CHECKPOINT / WEIGHTS).stat().st_size


def test_other_types_are_refused():
    with pytest.raises(ValueError, match="I64"):
        Tensor("I64", (1,), b"\0" * 8).floats()
