"""Submitting: the body, and everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from leaderboard.accounts.models import User
from leaderboard.api.problems import flatten
from leaderboard.api.serializers.strict import OWNER_HELP, VISIBILITY_HELP, StrictSerializer
from leaderboard.catalog.models import Precision
from leaderboard.runs.services import checked_for
from leaderboard.runs.submission import SubmissionInvalid, SubmissionRequest
from leaderboard.runs.validation import BLIND_MODES
from leaderboard.runs.visibility import Visibility

PARTS = frozenset({"endpoint", "checkpoint"})
"""A body has exactly one of them."""

COMPONENTS_HELP = (
    "Precision of `vision_encoder`, `connector` and `language_model`, where it cannot be read."
)
ONE_OF = _("Give either “endpoint” or “checkpoint”.")


class ModelRequestSerializer(StrictSerializer):
    """The model as people speak of it."""

    name = serializers.CharField()
    organization = serializers.CharField(required=False, allow_blank=True)
    homepage = serializers.CharField(required=False, allow_blank=True)
    parameters_b = serializers.FloatField(required=False, allow_null=True)
    open_weights = serializers.BooleanField(required=False, allow_null=True)


class EndpointRequestSerializer(StrictSerializer):
    """An OpenAI-compatible endpoint. ``model`` is the name sent in each request."""

    base_url = serializers.CharField(help_text="Ends before /chat/completions.")
    model = serializers.CharField()
    api_key = serializers.CharField(
        required=False,
        allow_null=True,
        write_only=True,
        help_text="Sealed for the workers at once; no answer ever holds it.",
    )
    precision = serializers.ChoiceField(choices=Precision.choices, required=False)
    components = serializers.DictField(
        child=serializers.CharField(), required=False, help_text=COMPONENTS_HELP
    )


class CheckpointRequestSerializer(StrictSerializer):
    """A checkpoint and how to serve it. ``source`` is a hub id or an absolute folder."""

    source = serializers.CharField()  # type: ignore[assignment] # the field's name is the API's
    revision = serializers.CharField(required=False, allow_blank=True)
    engine = serializers.CharField()
    precision = serializers.ChoiceField(choices=Precision.choices, required=False)
    served_name = serializers.CharField(required=False, allow_blank=True)
    tensor_parallel_size = serializers.IntegerField(
        required=False,
        allow_null=True,
        help_text="Number of GPUs; estimated from size and precision where it is not given.",
    )
    max_model_len = serializers.IntegerField(required=False, allow_null=True)
    kv_cache_dtype = serializers.CharField(required=False)
    images_per_prompt = serializers.IntegerField(required=False, allow_null=True)
    components = serializers.DictField(
        child=serializers.CharField(),
        required=False,
        help_text=COMPONENTS_HELP,
    )
    engine_args = serializers.DictField(
        child=serializers.CharField(),
        required=False,
        help_text="Extra flags by name without dashes; only those that the engine's declaration allows.",
    )


_ENDPOINT_EXAMPLE = {
    "model": {"name": "Tiny VLM", "organization": "Acme"},
    "endpoint": {"base_url": "https://models.example.org/v1", "model": "tiny-vlm"},
    "benchmarks": ["mmbench_en_dev"],
}
_CHECKPOINT_EXAMPLE = {
    "model": {"name": "Tiny VLM", "organization": "Acme"},
    "checkpoint": {"source": "acme/tiny-vlm", "engine": "transformers", "precision": "bf16"},
    "benchmarks": ["mmbench_en_dev"],
}


@extend_schema_serializer(
    examples=[
        OpenApiExample("An endpoint", _ENDPOINT_EXAMPLE, request_only=True),
        OpenApiExample("A checkpoint", _CHECKPOINT_EXAMPLE, request_only=True),
        OpenApiExample(
            "With and without pictures, saving passes",
            _ENDPOINT_EXAMPLE | {"blind": "none", "frugal": True},
            request_only=True,
        ),
    ]
)
class SubmissionRequestSerializer(StrictSerializer):
    """One model, as an endpoint or as a checkpoint, on one or more benchmarks.

    Checks the shape: which fields there are and of which type. What they may say is for ``runs.validation``.
    """

    model = ModelRequestSerializer()
    endpoint = EndpointRequestSerializer(required=False)
    checkpoint = CheckpointRequestSerializer(required=False)
    benchmarks = serializers.ListField(child=serializers.CharField())
    limit = serializers.IntegerField(
        required=False,
        allow_null=True,
        help_text="Only the first rows. Such a run is never ranked.",
    )
    concurrency = serializers.IntegerField(required=False)
    blind = serializers.ChoiceField(
        choices=[(mode, mode) for mode in BLIND_MODES if mode],
        required=False,
        allow_blank=True,
        help_text="`none` (text only) or `grey` (a grey picture of the same size for each): every benchmark that "
        "has pictures gets a second run without them. It is never ranked; it is shown beside the first as "
        "“without image” and “visual gain”.",
    )
    frugal = serializers.BooleanField(
        required=False,
        help_text="Once an answer has decided a question that is asked in several passes (CircularEval), its "
        "later passes are not asked. The circular score is the same; scores of all rows become null. Without "
        "effect on benchmarks without passes.",
    )
    probe = serializers.BooleanField(
        required=False,
        allow_null=True,
        help_text="Whether the model is put under load before the benchmarks, to measure how it serves. Left out: a "
        "checkpoint is, an endpoint is not, since others may be using it.",
    )
    note = serializers.CharField(required=False, allow_blank=True)
    owner = serializers.CharField(required=False, allow_blank=True, help_text=OWNER_HELP)
    visibility = serializers.ChoiceField(
        choices=Visibility.choices, required=False, help_text=VISIBILITY_HELP
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Require exactly one of endpoint and checkpoint."""
        if not _one_part(attrs):
            raise serializers.ValidationError(ONE_OF, code="one_of")
        return attrs


def to_request(fields: Mapping[str, Any]) -> SubmissionRequest:
    """Return the checked fields as the wish that the service takes. Those that are missing are empty in it."""
    data = {"benchmarks": [], **fields}
    model = dict(data.pop("model", {}))
    data |= {"model_name": model.pop("name", ""), **model}
    if "checkpoint" in data:
        checkpoint = data.pop("checkpoint")
        return SubmissionRequest(kind="checkpoint", **data, **checkpoint)
    endpoint = dict(data.pop("endpoint", {}))
    endpoint["served_name"] = endpoint.pop("model", "")
    return SubmissionRequest(kind="endpoint", **data, **endpoint)


MODEL_PATHS = {
    "model_name": "model.name",
    "organization": "model.organization",
    "homepage": "model.homepage",
    "parameters_b": "model.parameters_b",
    "open_weights": "model.open_weights",
}


def path_in_body(field: str, kind: str) -> str:
    """Return where a field of the wish stands in the body: ``base_url`` is ``endpoint.base_url``."""
    if field in MODEL_PATHS:
        return MODEL_PATHS[field]
    if kind == "endpoint" and field == "served_name":
        return "endpoint.model"
    part = {"endpoint": EndpointRequestSerializer, "checkpoint": CheckpointRequestSerializer}[kind]
    return f"{kind}.{field}" if field in part().fields else field


def placed(errors: list[dict[str, str]], kind: str) -> list[dict[str, str]]:
    """Return a wish's errors with their fields named as they stand in the body."""
    return [{**error, "field": path_in_body(error["field"], kind)} for error in errors]


def everything_wrong(body: SubmissionRequestSerializer, user: User) -> list[dict[str, str]]:
    """Return the errors of shape of a body that is not valid, and what the sound parts of it say wrongly.

    A sound part is a field of the body below which there is no error of shape.
    """
    errors = list(flatten(body.errors))
    unsound = {error["field"].partition(".")[0] for error in errors}
    if not isinstance(body.initial_data, Mapping):
        return errors
    if not unsound & PARTS and not _one_part(body.initial_data):
        unsound |= PARTS
        if "" not in unsound:
            errors.append({"field": "", "code": "one_of", "message": str(ONE_OF)})
    given = {
        name: field.run_validation(body.initial_data[name])
        for name, field in body.fields.items()
        if name in body.initial_data and name not in unsound
    }
    wish = to_request(given)
    try:
        checked_for(user, wish)
    except SubmissionInvalid as error:
        found = placed(error.errors, wish.kind)
        errors += [e for e in found if e["field"].partition(".")[0] in given]
    return errors


def _one_part(data: Mapping[str, Any]) -> bool:
    return len(PARTS & set(data)) == 1
