"""Checks on a checkpoint folder before anything is started on it. Reads headers, never weights.

A submitted folder must lie inside the folders that the operator opened, hold its weights as safetensors (a pickle
runs code when it is read), name no code of its own, and be whole. A hub id is not looked at: the engine downloads it,
at the revision asked, with the same flags (safetensors only, no remote code).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from evaluator.errors import EvaluationError, FailureCode

MAX_HEADER_BYTES = 100_000_000
_INDEX = "model.safetensors.index.json"


def check_checkpoint(source: str, roots: Sequence[Path], *, trust_remote_code: bool) -> Path:
    """Return the real path of a submitted checkpoint folder.

    Raises EvaluationError: CHECKPOINT_NOT_ALLOWED, CHECKPOINT_MISSING, CHECKPOINT_NO_SAFETENSORS,
    CHECKPOINT_REMOTE_CODE or CHECKPOINT_INVALID, saying what was found.
    """
    real_roots = [root.resolve() for root in roots]
    folder = _allowed_folder(source, real_roots)
    for path in folder.iterdir():
        if not _inside(path.resolve(), real_roots):
            raise _failure("NOT_ALLOWED", f"{path.name} links out of the allowed folders.")
    weights = _weight_files(folder)
    if not (folder / "config.json").is_file():
        raise _failure("INVALID", "There is no config.json.")
    for path in sorted(folder.glob("*config.json")):
        if _has_key(_json(path), "auto_map") and not trust_remote_code:
            raise _failure("REMOTE_CODE", f"{path.name} names code of its own (auto_map).")
    for path in weights:
        _check_safetensors(path)
    return folder


def stored_quantization(folder: Path) -> str | None:
    """Return the quantization method that a checked folder's own configuration names, such as ``awq``, if any.

    ``quantization_config`` is what transformers, llm-compressor, AutoAWQ and GPTQModel write (in config.json, at the top
    or for the language model only); ``hf_quant_config.json`` is NVIDIA Model Optimizer's.
    """
    config = _json(folder / "config.json")
    for part in (config, config.get("text_config"), config.get("llm_config")):
        found = part.get("quantization_config") if isinstance(part, dict) else None
        if isinstance(found, dict):
            return str(found.get("quant_method") or "unknown")
    return "modelopt" if (folder / "hf_quant_config.json").is_file() else None


def _allowed_folder(source: str, roots: Sequence[Path]) -> Path:
    """Refusal comes before existence, so that nobody can feel out the worker's files."""
    path = Path(source)
    if ".." in path.parts or "\0" in source:
        raise _failure("NOT_ALLOWED", "The path holds '..'.")
    if not path.is_absolute():
        raise _failure("NOT_ALLOWED", "A local checkpoint needs an absolute path.")
    real = path.resolve()
    if not _inside(real, roots):
        places = ", ".join(str(root) for root in roots) or "no folder at all"
        raise _failure("NOT_ALLOWED", f"This worker takes checkpoints from {places}.")
    if not real.is_dir():
        raise _failure("MISSING", f"There is no folder {source} on this worker.")
    return real


def _inside(path: Path, roots: Sequence[Path]) -> bool:
    return any(path.is_relative_to(root) for root in roots)


def _weight_files(folder: Path) -> list[Path]:
    """Return the safetensors files, after making sure that the index, if any, names no other."""
    found = sorted(folder.glob("*.safetensors"))
    if not found:
        others = sorted(
            p.name for p in folder.iterdir() if p.suffix in (".bin", ".pt", ".pth", ".gguf")
        )
        seen = f"It holds {', '.join(others[:3])}." if others else "It holds no weights at all."
        raise _failure("NO_SAFETENSORS", seen)
    if (folder / _INDEX).is_file():
        shards = _json(folder / _INDEX).get("weight_map")
        if not isinstance(shards, dict):
            raise _failure("INVALID", f"{_INDEX} has no weight_map.")
        missing = sorted({str(name) for name in shards.values()} - {path.name for path in found})
        if missing:
            raise _failure("INVALID", f"{_INDEX} names {missing[0]}, which is not there.")
    return found


def _has_key(value: Any, name: str) -> bool:
    """Look at any depth. ``auto_map`` is how a checkpoint names Python code of its own."""
    if isinstance(value, dict):
        return name in value or any(_has_key(v, name) for v in value.values())
    return isinstance(value, list) and any(_has_key(v, name) for v in value)


def _json(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise _failure("INVALID", f"{path.name} is not JSON.") from error
    if not isinstance(data, dict):
        raise _failure("INVALID", f"{path.name} is not a JSON object.")
    return data


def _check_safetensors(path: Path) -> None:
    """Compare a file's length with what its header promises.

    The format: 8 bytes little-endian header length, the JSON header, then the tensors' bytes without gaps
    (the safetensors README, section "Format").
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if size < 8 or not 2 <= length <= min(MAX_HEADER_BYTES, size - 8):
            raise _failure(
                "INVALID", f"{path.name} has no safetensors header; it has {size} bytes."
            )
        header = file.read(length)
    try:
        end = max(_ends(json.loads(header)), default=0)
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise _failure("INVALID", f"{path.name} has a broken safetensors header.") from error
    if 8 + length + end != size:
        promised = 8 + length + end
        raise _failure("INVALID", f"{path.name} has {size} bytes, its header promises {promised}.")


def _ends(header: dict[str, Any]) -> Iterator[int]:
    for name, tensor in header.items():
        if name != "__metadata__":
            yield int(tensor["data_offsets"][1])


def _failure(name: str, detail: str) -> EvaluationError:
    return EvaluationError(FailureCode[f"CHECKPOINT_{name}"], detail)
