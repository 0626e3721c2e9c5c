"""What to run: the one document that travels from the site to a worker.

An :class:`EvaluationSpec` is plain JSON on the wire. It never holds a secret in clear: an API key is a
libsodium sealed box that only the workers can open.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Self, get_args

from evaluator.errors import EvaluationError, FailureCode

SPEC_VERSION = 1

ModelKind = Literal["endpoint", "checkpoint"]
Pictures = Literal["shown", "none", "grey"]
PICTURES: tuple[Pictures, ...] = get_args(Pictures)
"""Whether the model sees the pictures: all of them; none, text only; a grey one of the same size for each."""

_HUB_ID = re.compile(r"^[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?$")
_SLUG = re.compile(r"[a-z0-9][a-z0-9_]{0,79}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSpec:
    """The model: an OpenAI-compatible URL, or a checkpoint and how to serve it.

    ``name`` is what is sent as ``model`` in each request. ``source`` is a hub id or a local folder.
    ``engine_args`` are extra flags; the engine's declaration says which it allows. ``images_per_prompt`` is the
    largest number of pictures in one question (None: the engine's own limit).
    """

    kind: ModelKind
    name: str
    engine: str = "endpoint"
    base_url: str | None = None
    api_key_sealed: str | None = None
    source: str | None = None
    revision: str | None = None
    dtype: str = "auto"
    quantization: str | None = None
    tensor_parallel_size: int = 1
    kv_cache_dtype: str = "auto"
    max_model_len: int | None = None
    images_per_prompt: int | None = None
    engine_args: Mapping[str, str] = field(default_factory=dict)
    trust_remote_code: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchmarkSpec:
    """One benchmark of the evaluation. ``run`` is the site's id of the run that it fills.

    ``frugal``: once an answer has decided a question of several passes, its later passes are not asked.
    ``declaration`` is a benchmark's declaration as data, where it has no file of its own
    (``evaluator.benchmarks.generic``).
    """

    slug: str
    run: str
    limit: int | None = None
    pictures: Pictures = "shown"
    frugal: bool = False
    declaration: Mapping[str, Any] | None = None

    def identity(self) -> list[Any]:
        """Return what can change an answer, as JSON types; only what differs from the usual beside slug and limit."""
        unusual: dict[str, Any] = {}
        if self.pictures != "shown":
            unusual["pictures"] = self.pictures
        if self.frugal:
            unusual["frugal"] = True
        if self.declaration is not None:
            unusual["declaration"] = dict(self.declaration)
        return [self.slug, self.limit or 0, *([unusual] if unusual else [])]


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerationSpec:
    """How to ask. Greedy decoding with a fixed seed; ``max_new_tokens`` None means the task's own value."""

    concurrency: int = 8
    request_timeout_s: float = 120.0
    max_retries: int = 3
    temperature: float = 0.0
    seed: int = 0
    max_new_tokens: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationSpec:
    """One submission's evaluation, at one attempt.

    ``attempt`` fences: whatever an older attempt still reports is ignored by the site. ``probe`` says whether the
    model is put under load before the benchmarks (``evaluator.serving.probe``); None means as usual: a checkpoint is,
    an endpoint, which others may be using, is not.
    """

    submission: str
    attempt: int
    model: ModelSpec
    benchmarks: tuple[BenchmarkSpec, ...]
    generation: GenerationSpec = field(default_factory=GenerationSpec)
    probe: bool | None = None
    version: int = SPEC_VERSION

    @property
    def probe_wanted(self) -> bool:
        return self.model.kind == "checkpoint" if self.probe is None else self.probe

    def identity(self) -> str:
        """Return the sha256 of everything that can change an answer.

        Left out: ids, the attempt, the key, the probe, and how many requests are in flight. Two submissions with the
        same identity ask the same model the same questions in the same way.
        """
        model = asdict(self.model)
        model.pop("api_key_sealed")
        for name, usual in (("kv_cache_dtype", "auto"), ("images_per_prompt", None)):
            if model[name] == usual:
                del model[name]
        generation = asdict(self.generation)
        for name in ("concurrency", "request_timeout_s", "max_retries"):
            generation.pop(name)
        content = {
            "model": model,
            "benchmarks": sorted((b.identity() for b in self.benchmarks), key=json.dumps),
            "generation": generation,
            "version": self.version,
        }
        text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()

    def to_json(self) -> dict[str, Any]:
        """Return the wire form: only JSON types."""
        data = asdict(self)
        data["benchmarks"] = list(data["benchmarks"])
        data["model"]["engine_args"] = dict(self.model.engine_args)
        return data

    @classmethod
    def from_json(cls, data: Any) -> Self:
        """Build a spec from its wire form.

        Raises EvaluationError(SPEC_INVALID) naming what is wrong, for any other input.
        """
        try:
            spec = cls(
                submission=_text(data, "submission"),
                attempt=_whole(data, "attempt", low=1),
                model=_model(data["model"]),
                benchmarks=tuple(_benchmark(b) for b in data["benchmarks"]),
                generation=_generation(data.get("generation", {})),
                probe=_probe(data),
                version=_whole(data, "version", low=1),
            )
        except EvaluationError:
            raise
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise EvaluationError(
                FailureCode.SPEC_INVALID, f"{type(error).__name__}: {error}"
            ) from error
        if spec.version != SPEC_VERSION:
            raise EvaluationError(
                FailureCode.SPEC_INVALID,
                f"spec version {spec.version}, this worker reads {SPEC_VERSION}",
            )
        if not spec.benchmarks:
            raise EvaluationError(FailureCode.SPEC_INVALID, "no benchmark named")
        return spec


def is_local(source: str) -> bool:
    """Return whether a checkpoint's source is a folder rather than a hub id (``name`` or ``owner/name``)."""
    return not _HUB_ID.match(source)


def _benchmark(data: Mapping[str, Any]) -> BenchmarkSpec:
    pictures, frugal = data.get("pictures", "shown"), data.get("frugal", False)
    declaration = data.get("declaration")
    if pictures not in PICTURES:
        raise ValueError(f"pictures is {pictures!r}, not one of {', '.join(PICTURES)}")
    if not isinstance(frugal, bool):
        raise ValueError("frugal must be true or false")
    if not (declaration is None or isinstance(declaration, Mapping)):
        raise ValueError("declaration must be an object")
    return BenchmarkSpec(
        slug=_slug(data),
        run=_text(data, "run"),
        limit=None if data.get("limit") is None else _whole(data, "limit", low=1),
        pictures=pictures,
        frugal=frugal,
        declaration=declaration,
    )


def _model(data: Mapping[str, Any]) -> ModelSpec:
    model = ModelSpec(**data)
    if model.kind not in ("endpoint", "checkpoint"):
        raise ValueError(f"model.kind is {model.kind!r}, not endpoint or checkpoint")
    if model.kind == "endpoint" and not model.base_url:
        raise ValueError("an endpoint needs model.base_url")
    if model.kind == "checkpoint" and not model.source:
        raise ValueError("a checkpoint needs model.source")
    if not model.name:
        raise ValueError("model.name is empty")
    return model


def _generation(data: Mapping[str, Any]) -> GenerationSpec:
    spec = GenerationSpec(**data)
    values = asdict(spec)
    _whole(values, "concurrency", low=1)
    _whole(values, "max_retries", low=0)
    _whole(values, "seed", low=0)
    if spec.max_new_tokens is not None:
        _whole(values, "max_new_tokens", low=1)
    if not spec.request_timeout_s > 0:
        raise ValueError("request_timeout_s must be more than 0")
    if not spec.temperature >= 0:
        raise ValueError("temperature must be at least 0")
    return spec


def _probe(data: Mapping[str, Any]) -> bool | None:
    value = data.get("probe")
    if not (value is None or isinstance(value, bool)):
        raise ValueError("probe must be true, false or null")
    return value


def _text(data: Mapping[str, Any], name: str) -> str:
    value = data[name]
    if not isinstance(value, str) or not value:
        raise ValueError(f"{name} must be a non-empty string")
    return value


def _slug(data: Mapping[str, Any]) -> str:
    value = _text(data, "slug")
    if not _SLUG.fullmatch(value):
        raise ValueError(f"slug {value!r} is not a benchmark slug")
    return value


def _whole(data: Mapping[str, Any], name: str, *, low: int) -> int:
    value = data[name]
    if not isinstance(value, int) or isinstance(value, bool) or value < low:
        raise ValueError(f"{name} must be a whole number of at least {low}")
    return value
