"""Filters that the pages share with the API: what a page drops in silence, the API names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ValidationError


def refuse_dropped(given: Mapping[str, Any], kept: Mapping[str, Any]) -> None:
    """Raise ValidationError for each parameter that was given and of which the filter kept nothing."""
    text = _("There is no such value here.")
    dropped = {name: [text] for name, value in given.items() if value and not kept.get(name)}
    if dropped:
        raise ValidationError(dropped)
