"""Board versions: what the leaderboard showed, and shows."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from leaderboard.catalog.models import Benchmark, DatasetVersion, VlmModel
from leaderboard.runs.models import Run
from leaderboard.runs.verification import verified


class BoardVersionQuerySet(models.QuerySet["BoardVersion"]):
    def live(self) -> Self:
        """Versions of current data sets under their benchmark's present protocol."""
        return self.filter(dataset__current=True, protocol=models.F("benchmark__protocol"))

    def as_of(self, version: int) -> Self:
        """The version with this id, and those of current data sets that are not after it."""
        return self.filter(pk__lte=version).filter(
            models.Q(pk=version) | models.Q(dataset__current=True)
        )

    def contradicting(self, model: VlmModel) -> Self:
        """The boards' newest versions that rank ``model`` though it is a baseline, or not though it is none."""
        board = ("benchmark_id", "dataset_id", "protocol")
        newest = BoardVersion.objects.order_by(*board, "-number").distinct(*board)
        wrong = BoardRow.objects.filter(
            version__in=newest.values("pk"),
            run__submission__variant__model=model,
            value__isnull=False,
            rank__isnull=not model.is_baseline,
        )
        return self.filter(pk__in=wrong.values("version"))

    def newest(self) -> BoardVersionQuerySet:
        """The newest of these versions of each benchmark, with benchmark and data set, in the benchmarks' order."""
        newest = self.order_by().values("benchmark").annotate(newest=models.Max("pk"))
        return (
            self.model.objects.filter(pk__in=newest.values("newest"))
            .select_related("benchmark", "dataset__benchmark")
            .order_by("benchmark__position", "benchmark__slug")
        )

    def current(self, benchmark: Benchmark) -> Self:
        """The newest live version of a benchmark, with its data set; at most one."""
        return (
            self.live()
            .filter(benchmark=benchmark)
            .select_related("dataset__benchmark")
            .order_by("-number")[:1]
        )


class BoardVersion(models.Model):
    """The board of one (benchmark, data set, protocol) as computed once. Never changed afterwards."""

    benchmark = models.ForeignKey(
        Benchmark,
        verbose_name=_("benchmark"),
        on_delete=models.CASCADE,
        related_name="board_versions",
    )
    dataset = models.ForeignKey(
        DatasetVersion,
        verbose_name=_("data set"),
        on_delete=models.CASCADE,
        related_name="board_versions",
    )
    protocol = models.CharField(_("protocol"), max_length=80)
    number = models.PositiveIntegerField(_("number"))
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    reason = models.CharField(_("reason"), max_length=200)
    columns = models.JSONField(
        _("columns"), help_text=_("axis, dimension and metric of each column, in order")
    )

    objects = BoardVersionQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at",)
        constraints = [
            models.UniqueConstraint(
                fields=["benchmark", "dataset", "protocol", "number"],
                name="boards_version_is_unique",
            )
        ]
        verbose_name = _("board version")
        verbose_name_plural = _("board versions")

    def __str__(self) -> str:
        return f"{self.benchmark.slug} v{self.number}"


class BoardRowQuerySet(models.QuerySet["BoardRow"]):
    def for_display(self) -> Self:
        """With the run and the variant that a row shows, in one query; without what only other pages show.

        ``verified`` says whether the run is (``runs.verification``).
        """
        shown = self.select_related("run__submission__variant__model").defer(
            "run__manifest",
            "run__log_tail",
            "run__counts",
            "run__submission__spec",
            "run__submission__facts",
        )
        return shown.annotate(
            verified=models.ExpressionWrapper(verified("run__"), models.BooleanField())
        )

    def headlines(self) -> Self:
        """As ``for_display``, with only the first cell of each row, as ``headline``."""
        return self.for_display().defer("cells").annotate(headline=models.F("cells__0"))


class BoardRow(models.Model):
    """One run on one board version. ``rank`` is null for baselines, which are shown but not ranked.

    ``cells`` has one ``{"value", "low", "high", "correct", "total"}`` or null per column of the version.
    """

    version = models.ForeignKey(BoardVersion, on_delete=models.CASCADE, related_name="rows")
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="board_rows")
    rank = models.PositiveIntegerField(_("rank"), null=True)
    rank_low = models.PositiveIntegerField(_("best rank"), null=True)
    rank_high = models.PositiveIntegerField(_("worst rank"), null=True)
    value = models.FloatField(_("value"), null=True)
    cells = models.JSONField()
    serving = models.JSONField(default=dict)

    objects = BoardRowQuerySet.as_manager()

    class Meta:
        ordering = (
            models.F("rank").asc(nulls_last=True),
            models.F("value").desc(nulls_last=True),
            "id",
        )
        constraints = [
            models.UniqueConstraint(fields=["version", "run"], name="boards_row_is_unique")
        ]

    def __str__(self) -> str:
        return f"{self.version_id} #{self.rank}"


class PrecisionDifference(models.Model):
    """A run against the run of the same model in its highest precision: paired, on the same questions.

    ``difference`` is this run's mean less the baseline's, a fraction, with its 95 % interval; ``p`` is McNemar's
    (``evaluator.metrics.paired``). ``dimensions`` are those of the board's axis, each with ``dimension``, ``n``,
    ``difference``, ``low``, ``high``, ``p`` and ``p_adjusted`` (Holm's).
    Written by ``boards.precisions`` when a board changes: comparing thousands of answers takes too long for a page.
    """

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="precision_differences")
    baseline = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="+")
    protocol = models.CharField(_("protocol"), max_length=80)
    metric = models.CharField(_("metric"), max_length=40)
    n = models.PositiveIntegerField()
    difference = models.FloatField(null=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    better = models.PositiveIntegerField(help_text=_("units in which the run is better"))
    worse = models.PositiveIntegerField(help_text=_("units in which the run is worse"))
    p = models.FloatField(null=True)
    dimensions = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["run", "baseline", "protocol"],
                name="boards_precision_difference_is_unique",
            )
        ]

    def __str__(self) -> str:
        return f"{self.run_id} - {self.baseline_id}"
