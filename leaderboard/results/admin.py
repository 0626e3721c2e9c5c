"""What judges said, in the admin: to look at, never to edit."""

from __future__ import annotations

from django.contrib import admin

from leaderboard.core.admin import ReadOnlyAdmin
from leaderboard.results.models import JudgeRuling


@admin.register(JudgeRuling)
class JudgeRulingAdmin(ReadOnlyAdmin):
    """The newest first. Those without an outcome are failures, which are asked again."""

    list_display = ("created_at", "judge", "prompt_version", "item", "outcome", "error")
    list_filter = ("judge", "prompt_version", "item__dataset__benchmark")
    list_select_related = ("item",)
    search_fields = ("item__key", "response_sha256")
    ordering = ("-created_at",)
    show_full_result_count = False
