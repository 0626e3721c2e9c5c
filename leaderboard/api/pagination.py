"""Keyset pagination: a page costs the same at any depth, and rows that come meanwhile shift nothing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request

from leaderboard.core.text import storable


class KeysetPagination(CursorPagination):
    """``?cursor=`` and ``?page_size=`` (at most 500). A broken cursor is a validation problem of ``cursor``."""

    page_size = 50
    max_page_size = 500
    page_size_query_param = "page_size"

    def decode_cursor(self, request: Request) -> Any:
        """Return the cursor, None on the first page. Raises ValidationError."""
        try:
            cursor: Any = super().decode_cursor(request)
            # The framework leaves this to the database, which would fail.
            if cursor is not None and cursor.position is not None:
                self.check_position(cursor.position)
        except (NotFound, ValueError) as error:
            raise ValidationError({"cursor": [_("This cursor is not valid.")]}) from error
        return cursor

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Describe a page. The framework's own description is older than OpenAPI 3.1, where null is a type."""
        link = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": link, "previous": link, "results": schema},
        }

    def check_position(self, position: str) -> None:
        """Raise ValueError unless ``position`` is a value of what orders the pages."""
        raise NotImplementedError


class NewestFirst(KeysetPagination):
    """For submissions and runs."""

    ordering = ("-created_at", "-id")

    def check_position(self, position: str) -> None:
        """It is when a row was made."""
        moment = datetime.fromisoformat(position)
        # As we write it; PostgreSQL refuses offsets and years that Python reads.
        if moment.utcoffset() != timedelta(0) or not 1970 <= moment.year < 9999:
            raise ValueError("not a position of ours")


class NumberOrder(KeysetPagination):
    """For rows in the order of a whole number that is unique among them."""

    def check_position(self, position: str) -> None:
        """It is such a number."""
        int(position)


class LatestFirst(NumberOrder):
    """For rows whose keys grow."""

    ordering = ("-id",)


class ItemOrder(NumberOrder):
    """For questions: the order that the view's shelf was asked for."""

    def get_ordering(self, request: Request, queryset: Any, view: Any) -> tuple[str]:  # noqa: ARG002
        """Return the column of ``ItemStatistics``."""
        return (view.shelf.sort.value,)


class SlugOrder(KeysetPagination):
    """For what has a slug."""

    ordering = ("slug",)

    def check_position(self, position: str) -> None:
        """It is a text that the database takes."""
        if storable(position) != position:
            raise ValueError("not a position of ours")


class DatasetOrder(NumberOrder):
    """For responses: the order of their items in the data set."""

    ordering = ("item__position",)

    def _get_position_from_instance(self, instance: Any, ordering: Any) -> str:  # noqa: ARG002
        return str(instance.item.position)
