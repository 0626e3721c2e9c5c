"""Submissions in the admin. Runs are in ``review.admin``: there they are decided on."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from leaderboard.core.admin import ReadOnlyAdmin, ReadOnlyInline, json_block
from leaderboard.runs.models import Run, Submission


class RunInline(ReadOnlyInline):
    """The submission's runs."""

    model = Run
    fields = ("benchmark", "state", "state_since", "attempt", "failure_code")
    readonly_fields = fields
    show_change_link = True


@admin.register(Submission)
class SubmissionAdmin(ReadOnlyAdmin):
    """What was asked for. The sealed key is not shown: not even the site can open it."""

    list_display = ("__str__", "submitter", "queue", "attempt", "worker", "created_at")
    list_filter = ("queue", "submitter")
    list_select_related = ("variant__model", "submitter")
    search_fields = ("public_id", "submitter__username", "variant__model__name")
    date_hierarchy = "created_at"
    fields = (
        "public_id",
        "submitter",
        "variant",
        "queue",
        "attempt",
        "worker",
        "note",
        "has_key",
        "identity",
        "created_at",
        "sent_at",
        "spec_block",
    )
    inlines = (RunInline,)

    @admin.display(description=_("API key given"), boolean=True)
    def has_key(self, submission: Submission) -> bool:
        """Whether there is one."""
        return bool(submission.api_key_sealed)

    @admin.display(description=_("request"))
    def spec_block(self, submission: Submission) -> SafeString:
        """Return the evaluation spec, which holds no key."""
        return json_block(submission.spec)

    def has_view_permission(self, request: HttpRequest, obj: Submission | None = None) -> bool:
        """Reviewers see what was asked for, too."""
        return request.user.has_perm("runs.review_run") or super().has_view_permission(request, obj)
