"""Make variants of a checkpoint whose weights were rounded to a few bits: ``python -m demo.variants int4 --out DIR``.

Round to nearest, symmetric, one scale an output channel, on the linear layers' weights; embeddings, norms, biases and
the patch embedding stay. The rounded values are stored in the type they had, so that any engine serves them: the loss
of quality is real, the saving of memory is simulated.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from demo import safetensors

CHECKPOINT = Path(__file__).parents[1] / "checkpoint"
BITS = {"int8": 8, "int4": 4, "int3": 3, "int2": 2}
WEIGHTS = "model.safetensors"


def quantize(weights: NDArray[np.float32], bits: int) -> NDArray[np.float32]:
    """Return ``weights`` (out, in) rounded to the levels -2^(bits-1) .. 2^(bits-1) - 1 times a scale for each row.

    The scale is the row's largest magnitude over 2^(bits-1) - 1. A row of zeros stays zero.
    """
    top = 2 ** (bits - 1) - 1
    scale = np.abs(weights).max(axis=1, keepdims=True) / top
    scale[scale == 0] = 1
    rounded: NDArray[np.float32] = np.clip(np.rint(weights / scale), -top - 1, top) * scale
    return rounded


def is_linear(name: str, tensor: safetensors.Tensor) -> bool:
    """Say whether a tensor is the weight of a linear layer: two axes, and no embedding."""
    return name.endswith(".weight") and len(tensor.shape) == 2 and "embed" not in name


def write_variant(kind: str, out: Path, source: Path = CHECKPOINT) -> int:
    """Write the variant ``kind``, a key of BITS, of checkpoint ``source`` to ``out``; return how many tensors changed.

    Raises FileExistsError when ``out`` exists: a checkpoint is never half replaced.
    """
    tensors, metadata = safetensors.load(source / WEIGHTS)
    linear = [name for name, tensor in tensors.items() if is_linear(name, tensor)]
    for name in linear:
        tensors[name] = tensors[name].replaced(quantize(tensors[name].floats(), BITS[kind]))
    skipped = shutil.ignore_patterns(WEIGHTS, "README.md")
    shutil.copytree(source, out, ignore=skipped)
    note = {"quantization": f"simulated {kind}: round to nearest, one scale an output channel"}
    safetensors.save(out / WEIGHTS, tensors, metadata | note)
    (out / "README.md").write_text(_readme(kind, len(linear)), encoding="utf-8")
    (out / "variant.json").write_text(json.dumps(note, indent=2) + "\n", encoding="utf-8")
    return len(linear)


def _readme(kind: str, changed: int) -> str:
    return (
        f"# Toy vision-language model, simulated {kind}\n\n"
        f"A copy of the project's toy checkpoint. The weights of its {changed} linear layers were rounded to nearest in "
        f"{BITS[kind]} bits, with one scale an output channel, and stored as before: this shows what {kind} does to the "
        "answers, not what it saves.\n\nToy model, drawn data. Apache-2.0.\n"
    )
