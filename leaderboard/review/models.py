"""What automatic checks found and what reviewers decided."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from leaderboard.runs.models import Run
from leaderboard.runs.states import RunState


class Check(models.Model):
    """One automatic check of a graded run, with the number that decided it.

    ``data`` is what it was made from, and may name other runs and models (``review.checks.facts``): for reviewers only.
    """

    class Status(models.TextChoices):
        PASS = "pass", _("pass")
        WARN = "warn", _("warning")
        FAIL = "fail", _("fail")

    class Code(models.TextChoices):
        COMPLETENESS = "completeness", _("Completeness")
        LIMITED = "limited", _("Limited run")
        ERRORED = "errored", _("Failed requests")
        UNPARSED = "unparsed", _("Unparsed answers")
        TRUNCATED = "truncated", _("Answers cut off")
        REFUSED = "refused", _("Refusals")
        UNJUDGED = "unjudged", _("Failures of the judge")
        LEAKED = "leaked", _("Answers that know the key")
        YES_BIAS = "yes_bias", _("Bias to yes or no")
        LETTER_BIAS = "letter_bias", _("Bias to a letter")
        JUMP = "jump", _("Change since the last run")
        SIZE_CLASS = "size_class", _("Score for its size")
        BLIND = "blind", _("Score without pictures")
        SAME_ANSWERS = "same_answers", _("Same answers as another model")
        SAME_WEIGHTS = "same_weights", _("Same weights as another model")
        PRECISION = "precision", _("Declared precision")
        PARAMETERS = "parameters", _("Declared size")

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="checks")
    code = models.CharField(_("check"), max_length=40, choices=Code.choices)
    status = models.CharField(max_length=4, choices=Status.choices)
    value = models.FloatField(_("value"), null=True)
    threshold = models.FloatField(_("threshold"), null=True)
    data = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(fields=["run", "code"], name="review_check_is_unique")
        ]
        verbose_name = _("check")
        verbose_name_plural = _("checks")

    def __str__(self) -> str:
        return f"{self.code}: {self.status}"


class AnswerSketch(models.Model):
    """A run's answers as ``review.sketches`` compares them: ``codes`` are 32-bit numbers, little-endian."""

    run = models.OneToOneField(
        Run, on_delete=models.CASCADE, primary_key=True, related_name="answer_sketch"
    )
    codes = models.BinaryField()

    def __str__(self) -> str:
        return str(self.run_id)


class Decision(models.Model):
    """A decision on a run. Append-only, which the database enforces: a later decision does not change an earlier one.

    ``reviewer`` is null when the rule for trusted submitters decided. ``other`` is the run that supersedes this one, or
    its re-run.
    """

    class Action(models.TextChoices):
        APPROVE = "approve", _("approve")
        REJECT = "reject", _("reject")
        REOPEN = "reopen", _("reopen")
        QUARANTINE = "quarantine", _("quarantine")
        SUPERSEDE = "supersede", _("supersede")
        RERUN = "rerun", _("ask for a re-run")

    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="decisions")
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="decisions"
    )
    action = models.CharField(_("decision"), max_length=12, choices=Action.choices)
    from_state = models.CharField(
        _("state before"), max_length=12, choices=RunState.choices, blank=True
    )
    to_state = models.CharField(
        _("state after"), max_length=12, choices=RunState.choices, blank=True
    )
    other = models.ForeignKey(
        Run, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    reason = models.TextField(_("reason"), blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("id",)
        constraints = [
            models.CheckConstraint(
                # Approvals went without one once, and an audit trail is not rewritten.
                condition=~models.Q(reason="") | models.Q(action="approve"),
                name="review_decision_has_reason",
            )
        ]
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")

    def __str__(self) -> str:
        return f"{self.action} {self.run_id}"
