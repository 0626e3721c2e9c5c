"""What the admin pages of every app share. The admin is for looking and deciding; little in it is edited by hand."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from leaderboard.core.models import AuditEntry

if TYPE_CHECKING:
    AnyAdmin = admin.ModelAdmin[Any]
    AnyInline = admin.TabularInline[Any, Any]
else:
    AnyAdmin = admin.ModelAdmin
    AnyInline = admin.TabularInline

admin.site.site_header = _("VLM Leaderboard")
admin.site.site_title = _("VLM Leaderboard")
admin.site.index_title = _("Administration")
admin.site.site_url = "/"
# Lists and audit trails need the width.
admin.site.enable_nav_sidebar = False


class ReadOnlyAdmin(AnyAdmin):
    """Shows records; adds, changes and deletes none, whatever permissions somebody has."""

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        """Never."""
        return False


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    """What was edited here, by whom, from what to what."""

    list_display = ("moment", "actor", "action", "model", "known_as", "told")
    list_filter = ("action", "model", ("actor", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("actor",)
    search_fields = ("known_as", "record", "actor__username")
    fields = ("moment", "actor", "action", "model", "record", "known_as", "told", "note")

    @admin.display(description=_("when"), ordering="id")
    def moment(self, entry: AuditEntry) -> str:
        """To the second."""
        return exact_time(entry.at)

    @admin.display(description=_("changes"))
    def told(self, entry: AuditEntry) -> SafeString:
        """Each field with its old and its new value."""
        rows = ((c["field"], _shown(c["old"]), _shown(c["new"])) for c in entry.changes)
        return format_html_join(mark_safe("<br>"), "<b>{}</b> {} → {}", rows)


def _shown(value: Any) -> str:
    return "—" if value in (None, "", []) else str(value)


class ReadOnlyInline(AnyInline):
    """Shows the records below another one to whoever may see that one."""

    extra = 0
    can_delete = False
    show_change_link = False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        """The page around it decides."""
        return True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        """Never."""
        return False


def exact_time(moment: datetime | None) -> str:
    """Return a point in time to the second, in UTC: an audit trail is read in order."""
    return "" if moment is None else f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def json_block(value: Any) -> SafeString:
    """Return JSON as a readable block."""
    text = json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True)
    return format_html('<pre class="block">{}</pre>', text)
