"""The facts of a checkpoint, from its configuration and the headers of its weights."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from evaluator.checkpoint.components import Component, component_of, is_embedding
from evaluator.checkpoint.fingerprint import Fingerprint, fingerprint
from evaluator.checkpoint.headers import WeightFile
from evaluator.checkpoint.precision import PLAIN, Precision
from evaluator.checkpoint.quantization import Quantization, quantization_of
from evaluator.checkpoint.stored import StoredWeight, stored_weights
from evaluator.errors import EvaluationError, FailureCode

MAX_JSON_BYTES = 50_000_000
_FRONT_MATTER_BYTES = 64_000
_NAME_LENGTH = 200
_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointFacts:
    """What is known of a checkpoint without loading it.

    ``parameters`` counts logical weights; ``parameters_exact`` is False where a packing is unknown and stored elements
    were counted. ``size_bytes`` is the weight files' size. ``precision`` maps each component that the checkpoint has to
    ``{"scheme", "bits", "parameters", "also"}``: the scheme that most of its matrices are stored in (embeddings aside),
    and in ``also`` the weights in other schemes. ``on_load`` names what the engine quantizes to while it loads, where
    the configuration says so and the stored weights are plain. ``weights_sha256`` and ``weights_hashed`` are their
    fingerprint and how it was made (``fingerprint.Method``), empty where it is not known. ``commit`` is the hub's full commit, where it
    came from one.
    """

    architecture: str = ""
    model_type: str = ""
    base_model: str = ""
    parameters: int | None = None
    parameters_exact: bool = True
    size_bytes: int = 0
    files: int = 0
    weights_sha256: str = ""
    weights_hashed: str = ""
    commit: str = ""
    quantization: str | None = None
    on_load: str | None = None
    precision: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def read_facts(folder: Path, files: Sequence[WeightFile]) -> CheckpointFacts:
    """Return the facts of a checked folder with these weight files (as ``check_checkpoint`` returned them).

    Raises EvaluationError(CHECKPOINT_INVALID) for a configuration that is no JSON object.
    """
    try:
        found = fingerprint(folder, files)
    except OSError as error:
        raise EvaluationError(
            FailureCode.CHECKPOINT_INVALID, f"The weights cannot be read: {error.strerror}."
        ) from error
    hf_quant = folder / "hf_quant_config.json"
    readme = folder / "README.md"
    return facts_of(
        read_object(folder / "config.json"),
        files,
        hf_quant_config=read_object(hf_quant) if hf_quant.is_file() else None,
        readme=_beginning(readme) if readme.is_file() else "",
        hashed=found,
    )


def facts_of(
    config: Mapping[str, Any],
    files: Sequence[WeightFile],
    *,
    hf_quant_config: Mapping[str, Any] | None = None,
    readme: str = "",
    hashed: Fingerprint | None = None,
    commit: str = "",
) -> CheckpointFacts:
    """Return the facts that these parts tell. Pure; odd values are passed over, not raised."""
    quantization = quantization_of(config, hf_quant_config)
    weights = stored_weights((t for file in files for t in file.tensors), quantization)
    precision = {
        component.value: told
        for component in Component
        if (told := _precision_of([w for w in weights if component_of(w.name) is component]))
    }
    on_load = _on_load(quantization, weights)
    return CheckpointFacts(
        architecture=_architecture(config),
        model_type=_text(config.get("model_type")),
        base_model=base_model(readme) or _named_base(config),
        parameters=sum(weight.parameters for weight in weights) if files else None,
        parameters_exact=all(weight.exact for weight in weights),
        size_bytes=sum(file.size for file in files),
        files=len(files),
        weights_sha256=hashed.sha256 if hashed else "",
        weights_hashed=hashed.method.value if hashed else "",
        commit=commit,
        quantization=quantization.method if quantization else None,
        on_load=on_load.scheme if on_load else None,
        precision=precision if on_load is None else _loaded(precision, weights, quantization),
    )


def quantized_on_load(facts: CheckpointFacts, method: str) -> CheckpointFacts:
    """Return the facts as they are once the engine has quantized the language model by ``method`` while loading it."""
    scheme = {"bitsandbytes": "bnb_nf4"}.get(method, method)
    language = facts.precision.get(Component.LANGUAGE.value)
    if language is None:
        return replace(facts, on_load=scheme)
    served = {**language, **Precision.named(scheme).to_json()}
    return replace(
        facts, on_load=scheme, precision={**facts.precision, Component.LANGUAGE.value: served}
    )


def _precision_of(weights: Sequence[StoredWeight]) -> dict[str, Any]:
    """Return what most of a component's matrices are stored in; empty for a component without weights."""
    matrices = [w for w in weights if w.is_matrix]
    chosen = [w for w in matrices if not is_embedding(w.name)] or matrices or weights
    if not chosen:
        return {}
    counts: Counter[Precision] = Counter()
    for weight in chosen:
        counts[weight.precision] += weight.parameters
    # Sorted by name where two are even, so that the answer is always the same.
    ranked = sorted(counts, key=lambda p: (-counts[p], p.scheme))
    return {
        **ranked[0].to_json(),
        "parameters": sum(weight.parameters for weight in weights),
        "also": {other.scheme: counts[other] for other in ranked[1:]},
    }


def _on_load(
    quantization: Quantization | None, weights: Iterable[StoredWeight]
) -> Precision | None:
    """bitsandbytes quantizes while it loads: a configuration may ask for it of weights that are stored plain."""
    if quantization is None or quantization.method != "bitsandbytes":
        return None
    plain = all(weight.precision.scheme in PLAIN for weight in weights)
    return quantization.precision if plain else None


def _loaded(
    precision: Mapping[str, dict[str, Any]],
    weights: Sequence[StoredWeight],
    quantization: Quantization | None,
) -> dict[str, dict[str, Any]]:
    """Return the precisions as they are after loading: a component is converted when most of its matrices are."""
    told = {}
    for name, stored in precision.items():
        matrices = [
            w
            for w in weights
            if component_of(w.name) == name and w.is_matrix and not is_embedding(w.name)
        ]
        skipped = sum(
            w.parameters
            for w in matrices
            if quantization is not None and quantization.skips(w.name.rpartition(".")[0])
        )
        converted = 2 * skipped < sum(w.parameters for w in matrices)
        told[name] = stored | (
            quantization.precision.to_json() if converted and quantization is not None else {}
        )
    return told


def base_model(readme: str) -> str:
    """Return the base model that a model card's front matter names (the first, of several), or nothing.

    See the hub's documentation of model cards: ``base_model`` is a hub id or a list of them. Reads these two forms
    line by line; the rest of the front matter is not looked at.
    """
    if not readme.startswith("---"):
        return ""
    lines = readme[3:].partition("\n---")[0].splitlines()
    for number, line in enumerate(lines):
        if not line.startswith("base_model:"):
            continue
        value = line.partition(":")[2].strip()
        following = lines[number + 1].strip() if number + 1 < len(lines) else ""
        if not value and following.startswith("-"):
            value = following
        found = _HUB_ID.search(value)
        return found.group()[:_NAME_LENGTH] if found else ""
    return ""


def _named_base(config: Mapping[str, Any]) -> str:
    """Return the model that config.json was derived from. A path of somebody's machine says nothing."""
    for key in ("base_model", "_name_or_path"):
        name = _text(config.get(key))
        if name and name.count("/") == 1 and not name.startswith(("/", ".", "~")):
            return name
    return ""


def _architecture(config: Mapping[str, Any]) -> str:
    names = config.get("architectures")
    return _text(names[0]) if isinstance(names, list) and names else ""


def read_object(path: Path) -> dict[str, Any]:
    """Return the JSON object in a file. Raises EvaluationError(CHECKPOINT_INVALID) for anything else."""
    try:
        if path.stat().st_size > MAX_JSON_BYTES:
            raise EvaluationError(FailureCode.CHECKPOINT_INVALID, f"{path.name} is too large.")
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise EvaluationError(
            FailureCode.CHECKPOINT_INVALID, f"{path.name} is not JSON."
        ) from error
    if not isinstance(data, dict):
        raise EvaluationError(FailureCode.CHECKPOINT_INVALID, f"{path.name} is not a JSON object.")
    return data


def _beginning(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_FRONT_MATTER_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""


def _text(value: Any) -> str:
    return value[:_NAME_LENGTH] if isinstance(value, str) else ""
