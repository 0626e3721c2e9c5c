"""Keyset pagination: a page costs the same at any depth, and rows that come meanwhile shift nothing."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request


class KeysetPagination(CursorPagination):
    """``?cursor=`` and ``?page_size=`` (at most 500). A broken cursor is a validation problem of ``cursor``."""

    page_size = 50
    max_page_size = 500
    page_size_query_param = "page_size"

    def decode_cursor(self, request: Request) -> Any:
        """Return the cursor, None on the first page. Raises ValidationError."""
        try:
            return super().decode_cursor(request)
        except NotFound as error:
            raise ValidationError({"cursor": [_("This cursor is not valid.")]}) from error


class NewestFirst(KeysetPagination):
    """For submissions."""

    ordering = ("-created_at", "-id")


class DatasetOrder(KeysetPagination):
    """For responses: the order of their items in the data set."""

    ordering = ("item__position",)

    def _get_position_from_instance(self, instance: Any, ordering: Any) -> str:  # noqa: ARG002
        return str(instance.item.position)
