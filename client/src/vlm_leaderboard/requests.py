"""What can be submitted. None means: as the site has it by default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any


class _Part:
    """A part of a submission's body."""

    def to_json(self) -> dict[str, Any]:
        """Return what was given."""
        told = {f.name: getattr(self, f.name) for f in fields(self)}  # type: ignore[arg-type] # its heirs are dataclasses
        return {name: value for name, value in told.items() if value is not None}


@dataclass(frozen=True, slots=True)
class NewModel(_Part):
    """The model as people speak of it; one of the same name and organisation is the same model."""

    name: str
    organization: str | None = None
    homepage: str | None = None
    parameters_b: float | None = None
    open_weights: bool | None = None


@dataclass(frozen=True, slots=True)
class Endpoint(_Part):
    """An OpenAI-compatible endpoint: an address that ends before /chat/completions, and the name in each request.

    The site seals ``api_key`` for its workers at once, and no answer holds it.
    """

    base_url: str
    model: str
    api_key: str | None = field(default=None, repr=False)
    precision: str | None = None
    components: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Checkpoint(_Part):
    """A hub id or an absolute folder of the workers, and how to serve it."""

    source: str
    engine: str
    revision: str | None = None
    precision: str | None = None
    served_name: str | None = None
    tensor_parallel_size: int | None = None
    max_model_len: int | None = None
    kv_cache_dtype: str | None = None
    images_per_prompt: int | None = None
    components: Mapping[str, str] | None = None
    engine_args: Mapping[str, str] | None = None
