"""Board versions in the admin: what was shown when, and why it changed."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from leaderboard.boards.models import BoardRow, BoardVersion
from leaderboard.core.admin import ReadOnlyAdmin, ReadOnlyInline


class BoardRowInline(ReadOnlyInline):
    """The rows of a version."""

    model = BoardRow
    fields = ("rank", "rank_low", "rank_high", "variant", "value")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[BoardRow]:
        """With the variants, in one query."""
        return super().get_queryset(request).select_related("run__submission__variant__model")

    @admin.display(description=_("variant"))
    def variant(self, row: BoardRow) -> str:
        """What stands in the row."""
        return str(row.run.submission.variant)


@admin.register(BoardVersion)
class BoardVersionAdmin(ReadOnlyAdmin):
    """Never changed, only followed by the next one."""

    list_display = ("benchmark", "number", "protocol", "dataset", "reason", "created_at")
    list_filter = ("benchmark",)
    list_select_related = ("benchmark", "dataset__benchmark")
    inlines = (BoardRowInline,)
