"""Precisions: their names, bits and how two of them compare. The site's ``catalog.models.Precision`` has the same keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Agreement(StrEnum):
    """How a declared precision stands to the one that was read."""

    SAME = "same"
    CONVERTED = "converted"
    """Both are plain floating point: the engine casts one into the other while it loads."""
    CONTRARY = "contrary"


BITS: Mapping[str, int | None] = {
    "fp32": 32,
    "bf16": 16,
    "fp16": 16,
    "fp8": 8,
    "int8": 8,
    "gptq_int8": 8,
    "bnb_int8": 8,
    "int4": 4,
    "awq_int4": 4,
    "gptq_int4": 4,
    "bnb_nf4": 4,
    "bnb_fp4": 4,
    "nvfp4": 4,
    "mxfp4": 4,
    "int2": 2,
    "gguf": None,
    "unknown": None,
}
"""Scheme -> bits of a stored weight, without its scales. A GGUF file mixes several."""

PLAIN = frozenset({"fp32", "bf16", "fp16"})
"""Not quantized."""

_BROADER = {
    "int4": frozenset({"awq_int4", "gptq_int4"}),
    "int8": frozenset({"gptq_int8", "bnb_int8"}),
}
"""A name that tells less, and what it may stand for. llm-compressor, for one, does not store by which method it quantized."""


@dataclass(frozen=True, slots=True)
class Precision:
    """``scheme`` is a key of BITS, or names a rarer one; ``bits`` None means not known."""

    scheme: str
    bits: int | None

    @classmethod
    def named(cls, scheme: str) -> Precision:
        return cls(scheme, BITS.get(scheme))

    @classmethod
    def quantized(cls, method: str, bits: int | None) -> Precision:
        """Return the precision of a quantization method (``awq``, ``gptq``, ``int``, ...) at so many bits."""
        if bits is None:
            return cls("unknown", None)
        scheme = f"int{bits}" if method == "int" else f"{method}_int{bits}"
        return cls(scheme, bits)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def agreement(declared: str, found: str) -> Agreement:
    """Return how a declared scheme stands to the one that was found."""
    if (
        declared == found
        or found in _BROADER.get(declared, ())
        or declared in _BROADER.get(found, ())
    ):
        return Agreement.SAME
    if declared in PLAIN and found in PLAIN:
        return Agreement.CONVERTED
    return Agreement.CONTRARY
