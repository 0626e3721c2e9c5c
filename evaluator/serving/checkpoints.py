"""Checks on a checkpoint folder before anything is started on it. Reads headers, never weights.

A submitted folder must lie inside the folders that the operator opened, hold its weights as safetensors (a pickle
runs code when it is read), name no code of its own, and be whole. ``evaluator.serving.hub`` looks at a hub id in the
same way.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evaluator.checkpoint.facts import read_object
from evaluator.checkpoint.headers import WeightFile, held, read_weight_file
from evaluator.checkpoint.quantization import quantization_of
from evaluator.errors import EvaluationError, FailureCode

MAX_ENTRIES = 20_000
INDEX = "model.safetensors.index.json"
CODE_KEYS = ("auto_map", "custom_pipelines")
"""Fields by which a configuration names Python code of its own, which transformers would import."""
HUB_KERNEL_KEYS = ("attn_implementation", "_attn_implementation", "_attn_implementation_internal")
"""Fields that take a built-in name, or the hub id of a compiled kernel, which is code from elsewhere."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A checked folder, by its real path, and the headers of its weights."""

    folder: Path
    files: tuple[WeightFile, ...]


def check_checkpoint(source: str, roots: Sequence[Path], *, trust_remote_code: bool) -> Checkpoint:
    """Return a submitted checkpoint folder, checked.

    Raises EvaluationError: CHECKPOINT_NOT_ALLOWED, CHECKPOINT_MISSING, CHECKPOINT_NO_SAFETENSORS,
    CHECKPOINT_REMOTE_CODE or CHECKPOINT_INVALID, saying what was found.
    """
    real_roots = [root.resolve() for root in roots]
    folder = _allowed_folder(source, real_roots)
    entries = _entries(folder, real_roots)
    names = [path.name for path in entries if path.parent == folder]
    require_safetensors(names)
    if "config.json" not in names:
        raise _failure("INVALID", "There is no config.json.")
    for path in entries:
        if is_configuration(path.name):
            require_no_code(path.name, read_object(path), trust_remote_code=trust_remote_code)
    weights = sorted(path for path in entries if path.parent == folder and _is_weights(path.name))
    if INDEX in names:
        require_whole(read_object(folder / INDEX), names)
    return Checkpoint(folder, held(map(read_weight_file, weights)))


def stored_quantization(folder: Path) -> str | None:
    """Return the quantization method that a checked folder's own configuration names, such as ``awq``, if any."""
    hf_quant = folder / "hf_quant_config.json"
    found = quantization_of(
        read_object(folder / "config.json"), read_object(hf_quant) if hf_quant.is_file() else None
    )
    return found.method if found else None


def is_configuration(name: str) -> bool:
    """Return whether an engine may read this file as a configuration: of the model, tokenizer, processor or generation."""
    return name.endswith("config.json")


def require_no_code(name: str, data: Any, *, trust_remote_code: bool) -> None:
    """Raise EvaluationError(CHECKPOINT_REMOTE_CODE) when a configuration names code, unless that is trusted."""
    found = None if trust_remote_code else _code_field(data)
    if found is not None:
        raise _failure("REMOTE_CODE", f"{name} names code of its own ({found}).")


def require_safetensors(names: Iterable[str]) -> None:
    """Raise EvaluationError unless among a checkpoint's files is a safetensors file and no adapter."""
    names = sorted(names)
    if not any(_is_weights(name) for name in names):
        others = [n for n in names if n.endswith((".bin", ".pt", ".pth", ".gguf", ".pkl"))]
        seen = f"It holds {', '.join(others[:3])}." if others else "It holds no weights at all."
        raise _failure("NO_SAFETENSORS", seen)
    if "adapter_config.json" in names:
        # transformers would fetch whatever base it names, unchecked and unpinned.
        raise _failure(
            "INVALID", "It holds an adapter (adapter_config.json). Merge it into the weights."
        )


def require_whole(index: Mapping[str, Any], names: Iterable[str]) -> None:
    """Raise EvaluationError(CHECKPOINT_INVALID) when the index of the weights names a file that is not there, or, with
    CHECKPOINT_NO_SAFETENSORS, one that is no safetensors file: engines would read it as a pickle."""
    shards = index.get("weight_map")
    if not isinstance(shards, dict):
        raise _failure("INVALID", f"{INDEX} has no weight_map.")
    named = {str(name) for name in shards.values()}
    others = sorted(name for name in named if not _is_weights(name))
    if others:
        raise _failure("NO_SAFETENSORS", f"{INDEX} names {others[0][:80]}.")
    missing = sorted(named - set(names))
    if missing:
        raise _failure("INVALID", f"{INDEX} names {missing[0][:80]}, which is not there.")


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


def _entries(folder: Path, roots: Sequence[Path]) -> list[Path]:
    """Return every file at any depth, following links to folders, each of which must stay inside the roots.

    There must be nothing else: no pipe, socket or device.
    """
    files: list[Path] = []
    seen, waiting, count = {folder}, [folder], 0
    while waiting:
        for path in sorted(waiting.pop().iterdir()):
            count += 1
            if count > MAX_ENTRIES:
                raise _failure("INVALID", f"It holds more than {MAX_ENTRIES} files.")
            real = _resolved(path)
            if not _inside(real, roots):
                raise _failure("NOT_ALLOWED", f"{path.name} links out of the allowed folders.")
            if not real.is_dir():
                if real.exists() and not real.is_file():
                    # Reading a pipe waits for ever, and a device never ends.
                    raise _failure("INVALID", f"{path.name} is neither a file nor a folder.")
                files.append(path)
            elif real not in seen:
                seen.add(real)
                waiting.append(path)
    return files


def _resolved(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError) as error:  # RuntimeError: a circle of links
        raise _failure("INVALID", f"{path.name} links to itself.") from error


def _inside(path: Path, roots: Sequence[Path]) -> bool:
    return any(path.is_relative_to(root) for root in roots)


def _is_weights(name: str) -> bool:
    return name.endswith(".safetensors")


def _code_field(value: Any) -> str | None:
    """Return the first field, at any depth, that names code."""
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, list):
            waiting.extend(part)
        elif isinstance(part, dict):
            for key in CODE_KEYS:
                if part.get(key):
                    return key
            for key in HUB_KERNEL_KEYS:
                if "/" in str(part.get(key)):
                    return key
            waiting.extend(part.values())
    return None


def _failure(name: str, detail: str) -> EvaluationError:
    return EvaluationError(FailureCode[f"CHECKPOINT_{name}"], detail)
