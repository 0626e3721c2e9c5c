"""Models, variants, benchmarks and data sets in the admin."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from leaderboard.catalog.models import Benchmark, DatasetVersion, Dimension, Variant, VlmModel
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


class DimensionInline(ReadOnlyInline):
    """The benchmark's dimensions."""

    model = Dimension
    fields = ("axis", "key", "parent", "title_en", "title_zh")
    readonly_fields = fields


@admin.register(Benchmark)
class BenchmarkAdmin(ReadOnlyAdmin):
    """As declared in code and copied by ``sync_benchmarks``."""

    list_display = ("slug", "title_en", "family", "version", "protocol", "active")
    list_filter = ("family", "active")
    inlines = (DimensionInline,)


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
        self.message_user(request, gettext("%s is shown first now.") % chosen[0])
