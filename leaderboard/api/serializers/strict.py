"""Input that says what it does not understand."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

NAME_LENGTH = 80
OWNER_HELP = "The short name of an organisation of yours: its members see it, its quota counts it."
VISIBILITY_HELP = (
    "`private` (you and reviewers), `organization` (its members too) or `public` (everybody, once a reviewer has "
    "published it; until then as `organization`). Only what is public is ever on a board."
)


class StrictSerializer(serializers.Serializer[Any]):
    """A serializer to which an unknown field is an error: a misspelt option must not be ignored."""

    def to_internal_value(self, data: Any) -> Any:
        """Return the validated fields. Raises ValidationError with every error, unknown fields among them."""
        errors = self._unknown(data)
        value: Any = {}
        try:
            value = super().to_internal_value(data)
        except ValidationError as error:
            if not isinstance(error.detail, dict):
                raise
            errors = {**error.detail, **errors}
        if errors:
            raise ValidationError(errors)
        return value

    def _unknown(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, Mapping):
            return {}
        known = [name for name, field in self.fields.items() if not field.read_only]
        errors: dict[str, Any] = {}
        for name in (str(key) for key in data if key not in known):
            near = get_close_matches(name, known, n=1)
            text = _("Unknown field.")
            if near:
                text = _("Unknown field. Did you mean “%(name)s”?") % {"name": near[0]}
            errors[name[:NAME_LENGTH]] = [ErrorDetail(text, code="unknown_field")]
        return errors
