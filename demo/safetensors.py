"""Read and write the safetensors format, with bfloat16, which numpy has no type for and so its official reader refuses.

The format: eight bytes with the length of a JSON header (little endian), the header, then every tensor's bytes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_ALIGNMENT = 8


@dataclass(frozen=True)
class Tensor:
    """A tensor as it lies in the file: the format's name of its type, its shape, its bytes."""

    dtype: str
    shape: tuple[int, ...]
    data: bytes

    def floats(self) -> NDArray[np.float32]:
        """Return a BF16 or F32 tensor as float32. Raises ValueError for any other type."""
        if self.dtype == "F32":
            return np.frombuffer(self.data, "<f4").reshape(self.shape).astype(np.float32)
        if self.dtype != "BF16":
            raise ValueError(f"neither BF16 nor F32: {self.dtype}")
        upper = np.frombuffer(self.data, "<u2").astype(np.uint32) << 16
        return upper.view(np.float32).reshape(self.shape)

    def replaced(self, values: NDArray[np.float32]) -> Tensor:
        """Return a tensor of the same type with other values, rounded to nearest even. Raises ValueError as above."""
        if self.dtype == "F32":
            return Tensor(self.dtype, values.shape, values.astype("<f4").tobytes())
        if self.dtype != "BF16":
            raise ValueError(f"neither BF16 nor F32: {self.dtype}")
        bits = np.ascontiguousarray(values, np.float32).view(np.uint32)
        rounded = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16
        return Tensor(self.dtype, values.shape, rounded.astype("<u2").tobytes())


def load(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Return the tensors of a file by name, in file order, and its metadata."""
    content = path.read_bytes()
    start = 8 + int.from_bytes(content[:8], "little")
    header: dict[str, Any] = json.loads(content[8:start])
    metadata: dict[str, str] = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        data = content[start + begin : start + end]
        tensors[name] = Tensor(entry["dtype"], tuple(entry["shape"]), data)
    return tensors, metadata


def save(path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> None:
    """Write the tensors in the given order."""
    header: dict[str, Any] = {"__metadata__": dict(metadata)}
    offset = 0
    for name, tensor in tensors.items():
        end = offset + len(tensor.data)
        header[name] = {
            "dtype": tensor.dtype,
            "shape": list(tensor.shape),
            "data_offsets": [offset, end],
        }
        offset = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % _ALIGNMENT)
    with path.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for tensor in tensors.values():
            file.write(tensor.data)
