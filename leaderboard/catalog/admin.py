"""Models, variants, benchmarks and data sets in the admin."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from leaderboard.accounts.models import User
from leaderboard.catalog.forms import FIELDSETS, DeclarationForm, RemoteCodeForm
from leaderboard.catalog.models import (
    Benchmark,
    DatasetVersion,
    Dimension,
    RemoteCode,
    Variant,
    VlmModel,
)
from leaderboard.catalog.sync import declare
from leaderboard.core.admin import AnyAdmin, ReadOnlyAdmin, ReadOnlyInline


class VariantInline(ReadOnlyInline):
    """The ways in which a model is served. Runs hang on them, so they are not edited."""

    model = Variant
    fields = ("kind", "engine", "precision", "source", "revision", "served_name")
    readonly_fields = fields


@admin.register(VlmModel)
class VlmModelAdmin(AnyAdmin):
    """What people read about a model. Its slug is part of addresses and stays."""

    list_display = ("name", "organization", "parameters_b", "open_weights", "is_baseline")
    list_filter = ("is_baseline", "open_weights", "organization")
    search_fields = ("name", "organization", "slug")
    readonly_fields = ("slug", "created_at")
    inlines = (VariantInline,)

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """Never: a model comes with its first submission."""
        return False


@admin.register(RemoteCode)
class RemoteCodeAdmin(AnyAdmin):
    """Where reviewers allow a checkpoint's own code, for one commit. Taking the row away forbids it again."""

    form = RemoteCodeForm
    list_display = ("source", "revision", "allowed_by", "created_at")
    search_fields = ("source",)
    readonly_fields = ("allowed_by", "created_at")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self._is_reviewer(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return self._is_reviewer(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self._is_reviewer(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        """Never: what was allowed for one commit says nothing of another."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return self._is_reviewer(request)

    def save_model(
        self, request: HttpRequest, obj: RemoteCode, form: RemoteCodeForm, change: bool
    ) -> None:
        """Note who allowed it."""
        obj.allowed_by = cast(User, request.user)
        super().save_model(request, obj, form, change)

    def _is_reviewer(self, request: HttpRequest) -> bool:
        return request.user.has_perm("runs.review_run")


class DimensionInline(ReadOnlyInline):
    """The benchmark's dimensions."""

    model = Dimension
    fields = ("axis", "key", "parent", "title_en", "title_zh")
    readonly_fields = fields


@admin.register(Benchmark)
class BenchmarkAdmin(AnyAdmin):
    """Benchmarks with a file are as ``sync_benchmarks`` copied them; further tasks of lmms-eval are declared here."""

    form = DeclarationForm
    list_display = ("slug", "title_en", "family", "version", "protocol", "active")
    list_filter = ("family", "active")

    def has_change_permission(self, request: HttpRequest, obj: Benchmark | None = None) -> bool:
        """Only of a benchmark that is declared here."""
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or obj.declaration is not None)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        """Never: results hang on it. It can be put out of use."""
        return False

    def get_fieldsets(self, request: HttpRequest, obj: Benchmark | None = None) -> Any:
        """Return the declaration's fields, or the row's for who may only look."""
        if obj is None or self.has_change_permission(request, obj):
            return FIELDSETS
        names = [field.name for field in Benchmark._meta.fields if field.name != "id"]
        return [(None, {"fields": names})]

    def get_inlines(self, request: HttpRequest, obj: Benchmark | None) -> Any:  # noqa: ARG002
        """Return the dimensions of a benchmark that is there."""
        return () if obj is None else (DimensionInline,)

    def save_model(
        self, request: HttpRequest, obj: Benchmark, form: DeclarationForm, change: bool
    ) -> None:
        """Declare the benchmark, with its dimensions and a place for its responses."""
        del request, change
        obj.pk = declare(form.document, active=obj.active).pk
        obj.refresh_from_db()


@admin.register(DatasetVersion)
class DatasetVersionAdmin(ReadOnlyAdmin):
    """The data sets that runs brought, and which of them is shown first."""

    list_display = ("benchmark", "fingerprint", "rows", "label", "current", "created_at")
    list_filter = ("benchmark", "current")
    list_select_related = ("benchmark",)
    actions = ("make_current",)

    def has_choose_permission(self, request: HttpRequest) -> bool:
        """Whoever has the permission to change data sets."""
        return request.user.has_perm("catalog.change_datasetversion")

    @admin.action(description=_("Show this data set's board first"), permissions=["choose"])
    def make_current(self, request: HttpRequest, queryset: QuerySet[DatasetVersion]) -> None:
        """Make the one chosen data set the current one of its benchmark."""
        chosen = list(queryset[:2])
        if len(chosen) != 1:
            self.message_user(request, gettext("Choose one data set."), messages.ERROR)
            return
        with transaction.atomic():
            of_benchmark = DatasetVersion.objects.filter(benchmark=chosen[0].benchmark)
            of_benchmark.filter(current=True).update(current=False)
            of_benchmark.filter(pk=chosen[0].pk).update(current=True)
            self.log_change(request, chosen[0], gettext("%s is shown first now.") % chosen[0])
        self.message_user(request, gettext("%s is shown first now.") % chosen[0])
