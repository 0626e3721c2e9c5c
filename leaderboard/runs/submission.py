"""What somebody asks to have evaluated, before it is a Submission."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from evaluator.spec import ModelKind

Blind = Literal["", "none", "grey"]
"""How a submission is evaluated without pictures beside the usual way: not at all, text only, a grey one for each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionRequest:
    """A wish, unchecked. Empty text means "not given".

    ``owner`` is the slug of the organisation on whose behalf it is submitted, ``visibility`` one of
    ``runs.visibility.Visibility``.
    An endpoint has ``base_url`` and ``served_name`` (the model's name in requests); a checkpoint has ``source`` (hub
    id or absolute folder), ``engine`` and, when it is not the last part of the source, ``served_name``.
    ``components`` maps a component (``evaluator.checkpoint.components``) to its precision, where that is not read off the
    checkpoint. ``tensor_parallel_size`` None: as many GPUs as the site estimates (``runs.routing``). ``engine_args`` are
    extra flags that the engine's declaration allows.
    ``benchmarks`` are slugs. ``blind`` asks for each benchmark that has pictures once more without them. ``frugal``
    leaves out the passes of a question that cannot change its circular score; it means nothing to benchmarks without
    passes. ``probe`` asks for the model to be put under load, or not to be (None: a checkpoint is, an endpoint is not).
    ``api_key`` is in clear here and nowhere else; it is sealed before it is stored.
    """

    kind: ModelKind
    model_name: str
    benchmarks: Sequence[str]
    organization: str = ""
    homepage: str = ""
    parameters_b: float | None = None
    open_weights: bool | None = None
    is_baseline: bool = False
    base_url: str = ""
    source: str = ""
    revision: str = ""
    served_name: str = ""
    engine: str = ""
    precision: str = "unknown"
    components: Mapping[str, str] = field(default_factory=dict)
    tensor_parallel_size: int | None = None
    max_model_len: int | None = None
    kv_cache_dtype: str = "auto"
    images_per_prompt: int | None = None
    engine_args: Mapping[str, str] = field(default_factory=dict)
    api_key: str | None = field(default=None, repr=False)
    limit: int | None = None
    concurrency: int = 8
    blind: Blind = ""
    frugal: bool = False
    probe: bool | None = None
    note: str = ""
    owner: str = ""
    visibility: str = "public"


class SubmissionInvalid(Exception):
    """The request is not valid. ``errors`` names everything that is wrong: ``{"field", "code", "message"}`` each."""

    def __init__(self, errors: list[dict[str, str]]) -> None:
        super().__init__("; ".join(f"{e['field']}: {e['message']}" for e in errors))
        self.errors = errors


class QuotaExceeded(Exception):
    """The user, or the organisation of this slug, has used as much as they may of one kind (``quota.QuotaKind``)."""

    def __init__(
        self, used: float, limit: float, retry_after_s: int, *, kind: str, organization: str = ""
    ) -> None:
        super().__init__(f"{used:g} of {limit:g} {kind}; again in {retry_after_s} s")
        self.used = used
        self.limit = limit
        self.retry_after_s = retry_after_s
        self.kind = kind
        self.organization = organization
