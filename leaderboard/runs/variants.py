"""Which model and which variant of it a submission speaks of."""

from __future__ import annotations

from hashlib import sha256
from typing import Protocol

from django.utils.text import slugify

from leaderboard.catalog.checkpoints import declare_components
from leaderboard.catalog.models import Variant, VlmModel
from leaderboard.runs.submission import SubmissionRequest

MAX_SLUG_LENGTH = 120
DIGEST_LENGTH = 8


class ModelFacts(Protocol):
    """What a request says of a model."""

    @property
    def model_name(self) -> str: ...
    @property
    def organization(self) -> str: ...
    @property
    def homepage(self) -> str: ...
    @property
    def parameters_b(self) -> float | None: ...
    @property
    def open_weights(self) -> bool | None: ...
    @property
    def is_baseline(self) -> bool: ...


def model_of(facts: ModelFacts) -> VlmModel:
    """Return the model that is meant, made when it is new. What is known of a model is not overwritten."""
    model, _ = VlmModel.objects.get_or_create(
        slug=model_slug(facts),
        defaults={
            "name": facts.model_name,
            "organization": facts.organization,
            "homepage": facts.homepage,
            "parameters_b": facts.parameters_b,
            "open_weights": facts.open_weights,
            "is_baseline": facts.is_baseline,
        },
    )
    return model


def variant_of(request: SubmissionRequest) -> Variant:
    """Return the variant that is meant, made when it is new."""
    variant, _ = Variant.objects.get_or_create(
        model=model_of(request),
        kind=request.kind,
        engine=request.engine,
        precision=request.precision,
        source=request.base_url if request.kind == "endpoint" else request.source,
        revision=request.revision,
        served_name=request.served_name,
    )
    declare_components(variant, request.components)
    return variant


def model_slug(facts: ModelFacts) -> str:
    """Return what makes a model one model: its organisation and name.

    A name that the slug cannot tell in full (other scripts, very long) keeps a digest of itself.
    """
    text = f"{facts.organization} {facts.model_name}".strip()
    slug = slugify(text)
    if slug and text.isascii() and len(slug) <= MAX_SLUG_LENGTH:
        return slug
    digest = sha256(text.casefold().encode()).hexdigest()[:DIGEST_LENGTH]
    kept = slug[: MAX_SLUG_LENGTH - DIGEST_LENGTH - 1].strip("-") or "model"
    return f"{kept}-{digest}"
