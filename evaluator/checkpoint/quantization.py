"""What a checkpoint's configuration says of its quantization, whoever wrote it.

``config.json`` holds ``quantization_config`` (at the top, or in the part of the language model): AutoAWQ, GPTQModel,
llm-compressor (``compressed-tensors``), bitsandbytes, fine-grained FP8, MXFP4, AutoRound, and newer Model Optimizer.
Older Model Optimizer writes ``hf_quant_config.json`` with ``{"producer": ..., "quantization": {"quant_algo": ...}}``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import islice
from typing import Any

from evaluator.checkpoint.precision import Precision

TEXT_PARTS = ("text_config", "llm_config", "language_config", "text_model_config")
"""Where configurations keep the language model's own fields."""

_SKIP_KEYS = (
    "modules_to_not_convert",
    "llm_int8_skip_modules",
    "ignored_layers",
    "ignore",
    "exclude_modules",
)
_MODELOPT = {
    "FP8": "fp8",
    "FP8_PB_WO": "fp8",
    "FP8_PER_CHANNEL_PER_TOKEN": "fp8",
    "NVFP4": "nvfp4",
    "NVFP4_AWQ": "nvfp4",
    "W4A16_AWQ": "awq_int4",
    "W4A8_AWQ": "awq_int4",
    "INT4_AWQ": "awq_int4",
    "W8A16": "int8",
    "W8A8_SQ_PER_CHANNEL": "int8",
    "INT8_SQ": "int8",
}
_PLAIN_PATTERN = re.compile(r"[\w.*-]*", re.ASCII)
MAX_PATTERNS = 1000
"""Each is held against each matrix: of many more, nobody would wait for the end."""


@dataclass(frozen=True, slots=True)
class Quantization:
    """``method`` in the configuration's word; ``precision`` of what is quantized; ``skipped`` as patterns with ``*``.

    ``group_size`` is the number of weights that share a scale, where one is named.
    """

    method: str
    precision: Precision
    skipped: tuple[str, ...] = ()
    group_size: int | None = None

    def skips(self, module: str) -> bool:
        """Return whether the configuration leaves this module (a tensor's name without its last part) as it was."""
        return any(_covers(pattern, module) for pattern in self.skipped)


def quantization_of(
    config: Mapping[str, Any], hf_quant_config: Mapping[str, Any] | None = None
) -> Quantization | None:
    """Return what the configuration says, or None where it names no quantization. Never raises: see ``unknown``."""
    for part in (config, *(config.get(name) for name in TEXT_PARTS)):
        found = part.get("quantization_config") if isinstance(part, Mapping) else None
        if isinstance(found, Mapping) and found:
            return _parsed(found)
    inner = (hf_quant_config or {}).get("quantization")
    return _parsed({"quant_method": "modelopt", **inner}) if isinstance(inner, Mapping) else None


def _parsed(data: Mapping[str, Any]) -> Quantization:
    method = str(data.get("quant_method") or "unknown").lower()
    precision = _precision(method, data)
    return Quantization(
        method=method,
        precision=precision,
        skipped=tuple(islice(_skipped(data), MAX_PATTERNS)),
        group_size=_whole(data.get("group_size")) or _whole(_weights(data).get("group_size")),
    )


def _precision(method: str, data: Mapping[str, Any]) -> Precision:
    bits = _whole(data.get("bits")) or _whole(data.get("w_bit"))
    match method.rpartition("/")[2].replace("_", "-"):
        case "awq":
            return Precision.quantized("awq", bits or 4)
        case "gptq":
            return Precision.quantized("gptq", bits)
        case "auto-round":
            # AutoRound stores in GPTQ's or AWQ's layout, by another algorithm: only the bits are certain.
            return Precision.quantized("int", bits)
        case "bitsandbytes":
            return _bitsandbytes(data)
        case "fp8" | "fbgemm-fp8" | "finegrained-fp8":
            return Precision.named("fp8")
        case "mxfp4":
            return Precision.named("mxfp4")
        case "modelopt" | "modelopt-fp4":
            named = _MODELOPT.get(str(data.get("quant_algo")).upper())
            return Precision.named(named) if named else _compressed_tensors(data)
        case "compressed-tensors":
            return _compressed_tensors(data)
        case _:
            return Precision("unknown", bits)


def _bitsandbytes(data: Mapping[str, Any]) -> Precision:
    if data.get("load_in_4bit") or data.get("_load_in_4bit"):
        return Precision.named(
            f"bnb_{'nf4' if data.get('bnb_4bit_quant_type') == 'nf4' else 'fp4'}"
        )
    if data.get("load_in_8bit") or data.get("_load_in_8bit"):
        return Precision.named("bnb_int8")
    return Precision.named("unknown")


def _compressed_tensors(data: Mapping[str, Any]) -> Precision:
    weights = _weights(data)
    bits, kind = _whole(weights.get("num_bits")), weights.get("type")
    if kind == "float":
        return Precision.named({8: "fp8", 4: _fp4(data)}.get(bits or 0, "unknown"))
    return Precision.quantized("int", bits) if kind == "int" else Precision.named("unknown")


def _fp4(data: Mapping[str, Any]) -> str:
    return "mxfp4" if "mxfp4" in str(data.get("format")) else "nvfp4"


def _weights(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return how compressed-tensors quantizes the weights of its first group that has any."""
    groups = data.get("config_groups")
    for group in groups.values() if isinstance(groups, Mapping) else ():
        weights = group.get("weights") if isinstance(group, Mapping) else None
        if isinstance(weights, Mapping):
            return weights
    return {}


def _skipped(data: Mapping[str, Any]) -> Iterator[str]:
    for key in _SKIP_KEYS:
        names = data.get(key)
        for name in names if isinstance(names, list) else ():
            if isinstance(name, str):
                yield from _pattern(name.removeprefix("re:"), regex=name.startswith("re:"))
    # GPTQModel: a key that begins with "-:" is a regular expression of what is left alone.
    dynamic = data.get("dynamic")
    for key in dynamic if isinstance(dynamic, Mapping) else ():
        if isinstance(key, str) and key.startswith("-:"):
            yield from _pattern(key.removeprefix("-:"), regex=True)


def _pattern(text: str, *, regex: bool) -> Iterator[str]:
    """Yield the pattern with ``*``, or nothing for an expression that has no such form.

    A submitted regular expression is never run: one can be made to take for ever.
    """
    if regex:
        text = text.strip("^$").replace(r"\d+", "*").replace(r"\.", ".").replace(".*", "*")
        text = f"{text}*"
    if text and _PLAIN_PATTERN.fullmatch(text):
        yield re.sub(r"\*+", "*", text)


def _covers(pattern: str, module: str) -> bool:
    if "*" in pattern:
        return fnmatchcase(module, pattern) or fnmatchcase(module, f"{pattern}.*")
    return f".{pattern}." in f".{module}."


def _whole(value: Any) -> int | None:
    return value if type(value) is int and 0 < value <= 1024 else None
