"""Reading the headers of safetensors files: names, element types and shapes of the tensors, never their bytes.

The format: 8 bytes little-endian header length, the JSON header, then the tensors' bytes without gaps (the safetensors
README, section "Format").
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from evaluator.errors import EvaluationError, FailureCode

MAX_HEADER_BYTES = 100_000_000
"""The limit of the safetensors library itself for one file; here also of all files of a checkpoint together, since their
tensors are held in memory at once. The largest models need some tens of millions."""

MAX_DIMENSIONS = 64
MAX_DIMENSION = 2**63 - 1
"""Far beyond any tensor; their product takes no time, which that of unbounded numbers does."""

DTYPE_BITS = {
    "F64": 64,
    "F32": 32,
    "F16": 16,
    "BF16": 16,
    "F8_E4M3": 8,
    "F8_E5M2": 8,
    "F8_E8M0": 8,
    "F4": 4,
    "I64": 64,
    "I32": 32,
    "I16": 16,
    "I8": 8,
    "U64": 64,
    "U32": 32,
    "U16": 16,
    "U8": 8,
    "BOOL": 8,
}


@dataclass(frozen=True, slots=True)
class Tensor:
    """One stored tensor. ``dtype`` as safetensors writes it, such as ``BF16``."""

    name: str
    dtype: str
    shape: tuple[int, ...]

    @property
    def elements(self) -> int:
        return math.prod(self.shape)


@dataclass(frozen=True, slots=True)
class WeightFile:
    """One safetensors file: its size in bytes, its raw header, and the tensors that the header names."""

    name: str
    size: int
    header: bytes = field(repr=False)
    tensors: tuple[Tensor, ...] = field(repr=False)

    @property
    def data_start(self) -> int:
        return 8 + len(self.header)


def read_weight_file(path: Path) -> WeightFile:
    """Read a file's header and compare the file's length with what it promises.

    Raises EvaluationError(CHECKPOINT_INVALID), naming the file.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            return parse_weight_file(path.name, size, file)
    except OSError as error:
        raise _invalid(f"{path.name} cannot be read: {error.strerror}.") from error


def parse_weight_file(name: str, size: int, file: BinaryIO) -> WeightFile:
    """As ``read_weight_file``, from an open file at its start."""
    length = int.from_bytes(file.read(8), "little")
    if size < 8 or not 2 <= length <= min(MAX_HEADER_BYTES, size - 8):
        raise _invalid(f"{name} has no safetensors header; it has {size} bytes.")
    header = file.read(length)
    try:
        entries = {k: v for k, v in json.loads(header).items() if k != "__metadata__"}
        tensors = tuple(_tensor(key, entry) for key, entry in entries.items())
        end = _end(entry["data_offsets"] for entry in entries.values())
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise _invalid(f"{name} has a broken safetensors header.") from error
    if 8 + length + end != size:
        raise _invalid(f"{name} has {size} bytes, its header promises {8 + length + end}.")
    return WeightFile(name, size, header, tensors)


def held(files: Iterable[WeightFile]) -> tuple[WeightFile, ...]:
    """Return the files of one checkpoint, read one by one.

    Raises EvaluationError(CHECKPOINT_INVALID) once their headers are more than MAX_HEADER_BYTES together.
    """
    kept: list[WeightFile] = []
    total = 0
    for file in files:
        total += len(file.header)
        if total > MAX_HEADER_BYTES:
            raise _invalid(f"The headers of its weights are more than {MAX_HEADER_BYTES} bytes.")
        kept.append(file)
    return tuple(kept)


def _tensor(name: str, entry: dict[str, Any]) -> Tensor:
    shape = tuple(entry["shape"])
    if len(shape) > MAX_DIMENSIONS or not all(
        type(n) is int and 0 <= n <= MAX_DIMENSION for n in shape
    ):
        raise ValueError("a shape holds something else than whole numbers, or too many of them")
    tensor = Tensor(name, str(entry["dtype"]), shape)
    first, end = entry["data_offsets"]
    bits = DTYPE_BITS.get(tensor.dtype)
    if bits is not None and tensor.elements * bits != 8 * (end - first):
        raise ValueError("a tensor's place is not as large as its shape")
    if tensor.elements > 8 * (end - first):
        raise ValueError("a tensor has more elements than its place has bits")
    return tensor


def _end(places: Iterable[list[int]]) -> int:
    """Return where the last tensor ends; ValueError unless they follow one another, as the format wants it.

    So no byte is read twice, whatever a header claims.
    """
    end = 0
    for first, behind in sorted(places):
        if type(first) is not int or type(behind) is not int or first != end or behind < first:
            raise ValueError("tensors overlap, or there is a gap between them")
        end = behind
    return end


def _invalid(detail: str) -> EvaluationError:
    return EvaluationError(FailureCode.CHECKPOINT_INVALID, detail)
