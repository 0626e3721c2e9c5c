"""Responses, in a table partitioned by benchmark, and scores."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from evaluator.errors import FailureCode
from evaluator.grading.judging import PROMPT_VERSION, response_sha256
from evaluator.grading.marking import ruling_in
from evaluator.records import Ruling
from leaderboard.catalog.models import Benchmark, DatasetVersion, Item
from leaderboard.runs.models import Run

MAX_OUTCOME_LENGTH = 80


class Verdict(models.TextChoices):
    """As ``evaluator.records.Verdict``, with labels."""

    CORRECT = "correct", _("Correct")
    INCORRECT = "incorrect", _("Incorrect")
    UNPARSED = "unparsed", _("Unparsed")
    ERRORED = "errored", _("Request failed")
    UNJUDGED = "unjudged", _("Judge failed")
    SKIPPED = "skipped", _("Not asked")


class ResponseQuerySet(models.QuerySet["Response"]):
    def of_run(self, run: Run) -> Self:
        """The responses of one run, from its benchmark's partition only."""
        return self.filter(benchmark_id=run.benchmark_id, run=run)

    def for_samples(self) -> Self:
        """With the item, in the order of the data set."""
        return self.select_related("item").order_by("item__position")


class Response(models.Model):
    """A graded response. ``notes`` are the verdict's further facts, null for none. LIST-partitioned by benchmark (see the migration); written by COPY in ``results.copy``.

    Filter by benchmark as well as by run, so that one partition is read.
    """

    pk = models.CompositePrimaryKey("benchmark_id", "run_id", "item_id")
    benchmark = models.ForeignKey(Benchmark, on_delete=models.PROTECT, related_name="+")
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="responses")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="responses")
    verdict = models.CharField(max_length=10, choices=Verdict.choices)
    points = models.FloatField()
    parsed = models.TextField(null=True)  # noqa: DJ001 - null: nothing was parsed; empty is a parsed value
    how = models.CharField(max_length=40)
    notes = models.JSONField(null=True)
    text = models.TextField()
    error = models.TextField(null=True)  # noqa: DJ001 - null: no error
    finish_reason = models.CharField(max_length=20, null=True)  # noqa: DJ001 - null: not told
    ttft_ms = models.FloatField(null=True)
    latency_ms = models.FloatField(null=True)
    prompt_tokens = models.IntegerField(null=True)
    completion_tokens = models.IntegerField(null=True)
    retries = models.SmallIntegerField(default=0)

    objects = ResponseQuerySet.as_manager()

    class Meta:
        db_table = "results_response"

    def __str__(self) -> str:
        return f"{self.run_id}/{self.item_id}: {self.verdict}"

    @property
    def ruling(self) -> Ruling | None:
        """The ruling behind the verdict, if a judge decided or was to decide."""
        return ruling_in(self.notes)

    def error_shown(self, *, private: bool) -> str | None:
        """Return the error of a failed request (``CODE: DETAIL``); its code alone to those who see nothing private.

        The detail is in the endpoint's own words, which may name its address.
        """
        if self.error is None or private:
            return self.error
        code = self.error.partition(":")[0]
        return code if code in set(FailureCode) else FailureCode.ENDPOINT_ERROR.value


class JudgeRulingQuerySet(models.QuerySet["JudgeRuling"]):
    def by_judge(self, judge: str, prompt_version: str) -> Self:
        """What this judge was asked with this version of the benchmark's prompt."""
        return self.filter(judge=judge, prompt_version=prompt_version)

    def behind(self, response: Response) -> JudgeRuling | None:
        """Return what the judge was asked about this response and said; None, without a query, where none was."""
        said = response.ruling
        if said is None:
            return None
        return (
            self.by_judge(said.judge, str(said.notes.get(PROMPT_VERSION)))
            .filter(item=response.item_id, response_sha256=response_sha256(response.text))
            .first()
        )

    def keep(self, ruling: JudgeRuling) -> None:
        """Store a new ruling in place of a failed one, or of none; one with an outcome stays as it is."""
        failed = self.by_judge(ruling.judge, ruling.prompt_version).filter(
            item=ruling.item_id, response_sha256=ruling.response_sha256, outcome=None
        )
        replaced = failed.update(
            prompt=ruling.prompt,
            reply=ruling.reply,
            outcome=ruling.outcome,
            error=ruling.error,
            created_at=timezone.now(),
        )
        if not replaced:
            self.bulk_create([ruling], ignore_conflicts=True)


class JudgeRuling(models.Model):
    """What a judge said about one answer to one item, kept so that it is asked once.

    ``outcome`` is in the benchmark's words; null: the judge failed, and ``error`` is ``CODE: DETAIL`` as in
    ``results.judge_client``. A failed one is asked again whenever the answer is graded again.
    """

    judge = models.CharField(_("judge"), max_length=200)
    prompt_version = models.CharField(_("prompt version"), max_length=40)
    item = models.ForeignKey(
        Item, verbose_name=_("item"), on_delete=models.CASCADE, related_name="+", db_index=False
    )
    response_sha256 = models.CharField(_("SHA-256 of the answer"), max_length=64)
    prompt = models.TextField(_("prompt"))
    reply = models.TextField(_("reply"), blank=True)
    outcome = models.CharField(_("outcome"), max_length=MAX_OUTCOME_LENGTH, null=True)  # noqa: DJ001 - null: failed
    error = models.TextField(_("error"), blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    objects = JudgeRulingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["item", "response_sha256", "judge", "prompt_version"],
                name="results_ruling_is_unique",
            )
        ]
        verbose_name = _("judge's ruling")
        verbose_name_plural = _("judge's rulings")

    def __str__(self) -> str:
        return f"{self.judge} {self.item_id}: {self.outcome}"

    def error_shown(self, *, private: bool) -> str:
        """Return why the judge failed; its code alone to those who see nothing private."""
        return self.error if private else self.error.partition(":")[0]


class ScoreQuerySet(models.QuerySet["Score"]):
    def headline(self, run: Run) -> Score | None:
        """The number that ranks the run on its benchmark, or None."""
        benchmark = run.benchmark
        return self.filter(
            run=run,
            protocol=run.protocol,
            axis=benchmark.headline_axis,
            dimension=benchmark.headline_dimension,
            metric=benchmark.headline_metric,
        ).first()


class Score(models.Model):
    """One number of a run under one protocol, as ``evaluator.records.Score``: fractions, null when unknown.

    ``computed`` is null, or what was computed where a reviewer has corrected it (``results.corrections``):
    ``{"value", "correct", "low", "high"}``. A corrected value has no interval and no count of its own.
    """

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="scores")
    protocol = models.CharField(max_length=80)
    axis = models.CharField(_("axis"), max_length=40)
    dimension = models.CharField(_("dimension"), max_length=120)
    metric = models.CharField(_("metric"), max_length=40)
    value = models.FloatField(null=True)
    correct = models.IntegerField(_("correct"), null=True)
    total = models.IntegerField(_("total"))
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    computed = models.JSONField(null=True, blank=True)

    objects = ScoreQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["run", "protocol", "axis", "dimension", "metric"],
                name="results_score_is_unique",
            )
        ]
        verbose_name = _("score")
        verbose_name_plural = _("scores")

    def __str__(self) -> str:
        return f"{self.run_id} {self.axis}/{self.dimension}/{self.metric}"


class ScoreCorrection(models.Model):
    """A reviewer's correction of one score. Append-only, which the database enforces: the newest of a score holds.

    ``old_value`` is what was shown before, ``computed_value`` what the responses say, ``new_value`` what is shown from
    then on; null: what is computed is shown again.
    """

    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="corrections")
    protocol = models.CharField(_("protocol"), max_length=80)
    axis = models.CharField(_("axis"), max_length=40)
    dimension = models.CharField(_("dimension"), max_length=120)
    metric = models.CharField(_("metric"), max_length=40)
    old_value = models.FloatField(_("old value"), null=True)
    computed_value = models.FloatField(_("computed value"), null=True)
    new_value = models.FloatField(_("new value"), null=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("author"),
        on_delete=models.PROTECT,
        related_name="corrections",
    )
    reason = models.TextField(_("reason"))
    at = models.DateTimeField(_("when"), auto_now_add=True)

    class Meta:
        ordering = ("id",)
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(reason=""), name="results_correction_has_reason"
            )
        ]
        indexes = [models.Index(fields=["run", "protocol"])]
        verbose_name = _("correction")
        verbose_name_plural = _("corrections")

    def __str__(self) -> str:
        return f"{self.run_id} {self.place}"

    @property
    def place(self) -> tuple[str, str, str]:
        """What names the score within the run's protocol."""
        return self.axis, self.dimension, self.metric


class Level(models.IntegerChoices):
    """How many of the models are right about a question."""

    NONE = 0, _("None right")
    FEW = 1, _("Few right")
    SOME = 2, _("About half right")
    MOST = 3, _("Most right")
    ALL = 4, _("All right")


class ItemStatistics(models.Model):
    """What the published models made of one question, kept by ``results.statistics``; baselines do not count.

    A question that is asked in several passes has one row, of its first pass: right means right in every pass.
    ``right_runs`` and ``wrong_runs`` are runs by row; a run with an answer that is not scored is in neither.
    ``verdicts`` and ``hows`` are those of any answer to it. ``disputed`` and ``hardest`` number the questions of the
    data set from 1: most evenly split first, fewest right first. ``level`` is null where no model's answer is scored.
    """

    item = models.OneToOneField(
        Item, on_delete=models.CASCADE, primary_key=True, related_name="statistics"
    )
    dataset = models.ForeignKey(
        DatasetVersion, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    position = models.PositiveIntegerField()
    right = models.PositiveIntegerField()
    answered = models.PositiveIntegerField()
    level = models.PositiveSmallIntegerField(choices=Level.choices, null=True)
    disputed = models.PositiveIntegerField()
    hardest = models.PositiveIntegerField()
    right_runs = ArrayField(models.BigIntegerField())
    wrong_runs = ArrayField(models.BigIntegerField())
    verdicts = ArrayField(models.CharField(max_length=10))
    hows = ArrayField(models.CharField(max_length=40))

    class Meta:
        indexes = [
            models.Index(fields=["dataset", "position"], name="results_stats_position"),
            models.Index(fields=["dataset", "disputed"], name="results_stats_disputed"),
            models.Index(fields=["dataset", "hardest"], name="results_stats_hardest"),
            GinIndex(fields=["hows"], name="results_stats_hows"),
        ]

    def __str__(self) -> str:
        return f"{self.item_id}: {self.right}/{self.answered}"
