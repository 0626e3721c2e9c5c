"""Importing results: the form."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from leaderboard.api.serializers.strict import OWNER_HELP, VISIBILITY_HELP, StrictSerializer
from leaderboard.catalog.models import Precision
from leaderboard.results.imports.request import ImportRequest
from leaderboard.runs.visibility import Visibility


class ImportRequestSerializer(StrictSerializer):
    """A results file, and which model gave the answers in it to which benchmark."""

    file = serializers.FileField(
        help_text="JSON lines as `python -m evaluator grade` reads them; a result table of VLMEvalKit (xlsx, tsv, "
        "json); or a zip file of lmms-eval's output folder (--log_samples).",
    )
    benchmark = serializers.CharField()
    model = serializers.CharField(help_text="The model's name.")
    organization = serializers.CharField(required=False, allow_blank=True)
    homepage = serializers.CharField(required=False, allow_blank=True)
    parameters_b = serializers.FloatField(required=False, allow_null=True)
    open_weights = serializers.BooleanField(required=False, allow_null=True)
    precision = serializers.ChoiceField(choices=Precision.choices, required=False)
    engine = serializers.CharField(
        required=False, allow_blank=True, help_text="What served the model, in any words."
    )
    revision = serializers.CharField(required=False, allow_blank=True)
    note = serializers.CharField(required=False, allow_blank=True)
    owner = serializers.CharField(required=False, allow_blank=True, help_text=OWNER_HELP)
    visibility = serializers.ChoiceField(
        choices=Visibility.choices, required=False, help_text=VISIBILITY_HELP
    )
    own_items = serializers.BooleanField(
        required=False,
        help_text="Make a data set of the file's items where they are not those of the site's.",
    )


def to_import(fields: dict[str, Any]) -> ImportRequest:
    """Return the checked fields as the wish that the service takes."""
    told = {name: value for name, value in fields.items() if name not in ("file", "model")}
    return ImportRequest(model_name=fields["model"], **told)


def placed(errors: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return a wish's errors with their fields named as in the form."""
    return [{**e, "field": "model" if e["field"] == "model_name" else e["field"]} for e in errors]
