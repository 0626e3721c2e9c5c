"""Submissions, their runs (one per benchmark), and everything that happened to a run."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Any, Self

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from leaderboard.accounts.models import Organization
from leaderboard.catalog.models import Benchmark, DatasetVersion, Variant
from leaderboard.runs import visibility
from leaderboard.runs.signals import run_state_changed
from leaderboard.runs.states import ACTIVE, ON_WORKER, RETRYABLE, RunState, sources_of
from leaderboard.runs.visibility import Visibility


class TransitionRefused(Exception):
    """The run is not in a state from which the wanted one may follow. Nothing was changed."""

    def __init__(self, run: Run, wanted: RunState, found: str) -> None:
        super().__init__(f"run {run.public_id} is {found}, it cannot become {wanted.value}")
        self.run = run
        self.wanted = wanted
        self.found = found


class ImportedRun(TransitionRefused):
    """The run's answers were given elsewhere: no worker of ours can be asked for them again."""


class SubmissionQuerySet(models.QuerySet["Submission"]):
    def visible_to(self, user: Any) -> Self:
        """Submissions of which ``user`` may see something (``runs.visibility``)."""
        shown = Run.objects.filter(visibility.readable_by_all(), submission=models.OuterRef("pk"))
        return self.filter(visibility.inside(user) | models.Q(models.Exists(shown)))

    def inside(self, user: Any) -> Self:
        """Submissions that ``user`` sees whole, whether published or not: own ones, the organisations', all for reviewers."""
        return self.filter(visibility.inside(user))


class Submission(models.Model):
    """What somebody asked to have evaluated: one variant on one or more benchmarks; or brought, if ``imported``.

    ``spec`` is the EvaluationSpec without the key and ``identity`` its hash. An import has no spec; its identity is the
    hash of the file with the answers. ``api_key_sealed`` can be opened by the workers only.
    ``attempt`` counts how often it was sent to a worker; each run carries the attempt that it belongs to.
    """

    public_id = models.UUIDField(_("identifier"), default=uuid.uuid4, unique=True, editable=False)
    submitter = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("submitter"),
        on_delete=models.PROTECT,
        related_name="submissions",
    )
    variant = models.ForeignKey(
        Variant, verbose_name=_("variant"), on_delete=models.PROTECT, related_name="submissions"
    )
    spec = models.JSONField()
    api_key_sealed = models.TextField(blank=True)
    identity = models.CharField(_("identity"), max_length=64, db_index=True)
    queue = models.CharField(_("queue"), max_length=40)
    attempt = models.PositiveSmallIntegerField(_("attempt"), default=1)
    worker = models.CharField(_("worker"), max_length=200, blank=True)
    facts = models.JSONField(
        default=dict, blank=True, help_text=_("what the worker said of itself")
    )
    note = models.TextField(_("note"), blank=True)
    organization = models.ForeignKey(
        Organization,
        verbose_name=_("organisation"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="submissions",
        help_text=_("On whose behalf, and on whose quota, it was submitted."),
    )
    visibility = models.CharField(
        _("visibility"), max_length=12, choices=Visibility.choices, default=Visibility.PUBLIC
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True, db_index=True)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)

    objects = SubmissionQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at",)
        constraints = [
            models.CheckConstraint(
                condition=models.Q(visibility__in=Visibility.values)
                & ~models.Q(visibility=Visibility.ORGANIZATION, organization=None),
                name="runs_visibility_is_known",
            )
        ]
        verbose_name = _("submission")
        verbose_name_plural = _("submissions")

    def __str__(self) -> str:
        return f"{self.variant} ({str(self.public_id)[:8]})"

    @property
    def imported(self) -> bool:
        """Whether its answers were given elsewhere and imported. Reads ``variant``."""
        return self.variant.kind == Variant.Kind.IMPORTED

    def details_visible_to(self, user: Any) -> bool:
        """Whether ``user`` may see what is never public: base URL, worker, note, log."""
        return visibility.is_inside(user, self)

    def changeable_by(self, user: Any) -> bool:
        """Whether ``user`` may cancel and retry it, and say who sees it."""
        return visibility.may_change(user, self)


class RunQuerySet(models.QuerySet["Run"]):
    def visible_to(self, user: Any) -> Self:
        """Runs that ``user`` may see (``runs.visibility``)."""
        return self.filter(visibility.inside(user, "submission__") | visibility.readable_by_all())

    def for_display(self) -> Self:
        """With everything that a row of a run list shows, in one query."""
        return self.select_related(
            "benchmark",
            "dataset__benchmark",
            "submission__variant__model",
            "submission__submitter",
        )

    def in_states(self, states: Collection[RunState]) -> Self:
        """Runs in any of ``states``; all of them when none is named."""
        return self.filter(state__in=states) if states else self

    def matching(self, text: str, benchmark: str) -> Self:
        """Runs of a model whose name or organisation has ``text`` in it, on the benchmark of this slug; empty: any."""
        found = self.filter(benchmark__slug=benchmark) if benchmark else self
        if not text:
            return found
        model = "submission__variant__model__"
        return found.filter(
            models.Q(**{f"{model}name__icontains": text})
            | models.Q(**{f"{model}organization__icontains": text})
        )

    def active(self) -> Self:
        return self.filter(state__in=ACTIVE)

    def on_worker(self) -> Self:
        return self.filter(state__in=ON_WORKER)

    def retryable(self) -> Self:
        return self.filter(state__in=RETRYABLE)

    def published(self) -> Self:
        """What boards and model cards are made of: everybody may see these runs, and none is superseded."""
        return self.filter(visibility.published())

    def transition(
        self,
        run: Run,
        to: RunState,
        *,
        actor: Any = None,
        reason: str = "",
        attempt: int | None = None,
        begin_attempt: int | None = None,
        data: dict[str, Any] | None = None,
        **changes: Any,
    ) -> Run:
        """Move one run to ``to`` and write the event, in one transaction; return the run as it is now.

        The move is one UPDATE that names the states it may come from and, when given, the ``attempt`` that the run
        must be at: of two concurrent moves one wins. ``begin_attempt`` is the attempt that it is at afterwards.
        ``changes`` are further columns set by the same UPDATE.
        ``superseded_by`` goes with every move but the one that sets it.
        Raises TransitionRefused when the run is elsewhere; nothing is changed then.
        """
        if to is not RunState.SUPERSEDED:
            changes["superseded_by"] = None
        with transaction.atomic():
            # The lock fixes which state we come from, for the event; the guard below decides. It leaves the key
            # free: a board computed meanwhile refers to this run, and must not wait for us while we wait for it.
            found = Run.objects.select_for_update(of=("self",), no_key=True).get(pk=run.pk)
            guard = self.filter(pk=run.pk, state__in=sources_of(to))
            if begin_attempt is not None:
                changes["attempt"] = begin_attempt
            if attempt is not None:
                guard = guard.filter(attempt=attempt)
            if not guard.update(state=to, state_since=timezone.now(), **changes):
                raise TransitionRefused(run, to, found.state)
            RunEvent.objects.create(
                run=run,
                kind=RunEvent.Kind.STATE,
                attempt=changes.get("attempt", found.attempt),
                from_state=found.state,
                to_state=to,
                actor=actor,
                worker=changes.get("worker", found.worker),
                reason=reason,
                data=data or {},
            )
            run.refresh_from_db()
            run_state_changed.send(
                sender=Run, run=run, from_state=RunState(found.state), to_state=to, actor=actor
            )
            return run


class Pictures(models.TextChoices):
    """As ``evaluator.spec.Pictures``, with labels."""

    SHOWN = "shown", _("shown")
    NONE = "none", _("none, text only")
    GREY = "grey", _("grey")


class Run(models.Model):
    """One benchmark of a submission, with its pictures or without. ``state`` is assigned by ``RunQuerySet.transition`` only.

    ``counts`` is what ``results.scoring.count`` returns, empty before grading. ``blockers`` lists why it may not be published,
    each ``{"code": ..., "detail": ...}``; empty means publishable.
    """

    public_id = models.UUIDField(_("identifier"), default=uuid.uuid4, unique=True, editable=False)
    submission = models.ForeignKey(
        Submission, verbose_name=_("submission"), on_delete=models.CASCADE, related_name="runs"
    )
    benchmark = models.ForeignKey(
        Benchmark, verbose_name=_("benchmark"), on_delete=models.PROTECT, related_name="runs"
    )
    dataset = models.ForeignKey(
        DatasetVersion,
        verbose_name=_("data set"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="runs",
    )
    state = models.CharField(
        _("state"), max_length=12, choices=RunState.choices, default=RunState.QUEUED, editable=False
    )
    state_since = models.DateTimeField(_("state since"), default=timezone.now, editable=False)
    attempt = models.PositiveSmallIntegerField(_("attempt"), default=1)
    limit = models.PositiveIntegerField(_("limit"), null=True, blank=True)
    pictures = models.CharField(
        _("pictures"),
        max_length=8,
        choices=Pictures.choices,
        default=Pictures.SHOWN,
        help_text=_("Anything but shown is a blind ablation: never ranked."),
    )
    frugal = models.BooleanField(_("frugal CircularEval"), default=False)
    protocol = models.CharField(_("protocol"), max_length=80, blank=True)
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    worker = models.CharField(_("worker"), max_length=200, blank=True)
    failure_code = models.CharField(_("failure"), max_length=40, blank=True)
    failure_detail = models.TextField(_("failure detail"), blank=True)
    failure_facts = models.JSONField(
        default=dict,
        blank=True,
        help_text=_("the memory that was needed, and the changes by which it would fit"),
    )
    log_tail = models.TextField(blank=True)
    counts = models.JSONField(default=dict, blank=True)
    blockers = models.JSONField(default=list, blank=True)
    manifest = models.JSONField(default=dict, blank=True)
    artifact = models.CharField(_("artifact"), max_length=300, blank=True)
    artifact_sha256 = models.CharField(_("SHA-256 of the artifact"), max_length=64, blank=True)
    items_artifact = models.CharField(max_length=300, blank=True)
    superseded_by = models.ForeignKey(
        "self",
        verbose_name=_("superseded by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="supersedes",
        help_text=_("The newer run that took its place on the board."),
    )
    rerun_of = models.ForeignKey(
        "self",
        verbose_name=_("repeats"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="reruns",
        help_text=_("The run that a reviewer asked to have made once more."),
    )
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    objects = RunQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        constraints = [
            models.UniqueConstraint(
                fields=["submission", "benchmark", "pictures"], name="runs_one_run_per_benchmark"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=RunState.values), name="runs_state_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(superseded_by=None) | models.Q(state=RunState.SUPERSEDED),
                name="runs_only_superseded_has_successor",
            ),
        ]
        indexes = [models.Index(fields=["state", "created_at"])]
        permissions = [("review_run", _("Can review runs"))]
        verbose_name = _("run")
        verbose_name_plural = _("runs")

    def __str__(self) -> str:
        return f"{self.benchmark.slug} {str(self.public_id)[:8]}"

    @property
    def publishable(self) -> bool:
        """Whether nothing stands against publishing. Says nothing about its state."""
        publishing = {RunState.REVIEW, RunState.PUBLISHED, RunState.QUARANTINED}
        return self.state in publishing and not self.blockers


class RunEvent(models.Model):
    """Something that happened to a run: who, when, why. Append-only."""

    class Kind(models.TextChoices):
        STATE = "state", _("state")
        STAGE = "stage", _("stage")
        NOTE = "note", _("note")

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField(auto_now_add=True)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    attempt = models.PositiveSmallIntegerField(_("attempt"))
    from_state = models.CharField(max_length=12, blank=True)
    to_state = models.CharField(max_length=12, blank=True)
    stage = models.CharField(max_length=12, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    worker = models.CharField(max_length=200, blank=True)
    reason = models.TextField(_("reason"), blank=True)
    data = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ("id",)
        indexes = [models.Index(fields=["run", "id"])]
        verbose_name = _("event")
        verbose_name_plural = _("events")

    def __str__(self) -> str:
        return f"{self.run_id} {self.from_state} -> {self.to_state or self.stage}"
