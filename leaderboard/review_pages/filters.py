"""Which runs of the queue to show, as the address says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any
from urllib.parse import urlencode

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from leaderboard.core.text import storable
from leaderboard.review.models import Check
from leaderboard.runs.models import Run, RunQuerySet
from leaderboard.runs.states import GRADED, RunState
from leaderboard.runs.visibility import Visibility

LONGEST_TEXT = 200
OPEN = (RunState.REVIEW, RunState.QUARANTINED)
"""What a reviewer still has to do with; the oldest comes first."""
STATES = tuple(state for state in RunState if state in GRADED)


class Checked(models.TextChoices):
    """The worst that the automatic checks say of a run."""

    FAIL = "fail", _("a check fails")
    WARN = "warn", _("warnings only")
    PASS = "pass", _("all checks pass")


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """``benchmark`` is a slug, ``q`` is looked for in model, organisation and submitter; empty values do not filter.

    ``private`` also shows runs that are not to be public: those cannot be published, so nobody need decide on them.
    """

    state: RunState = RunState.REVIEW
    benchmark: str = ""
    checks: str = ""
    q: str = ""
    private: bool = False

    @classmethod
    def parse(cls, parameters: Mapping[str, Any]) -> QueueFilter:
        """Read the parameters of these names; a value that does not exist is dropped."""
        state = parameters.get("state")
        checks = parameters.get("checks")
        return cls(
            state=RunState(state) if state in STATES else RunState.REVIEW,
            benchmark=storable(str(parameters.get("benchmark", "")))[:LONGEST_TEXT],
            checks=str(checks) if checks in Checked.values else "",
            q=storable(str(parameters.get("q", ""))).strip()[:LONGEST_TEXT],
            private=parameters.get("private") == "1",
        )

    @property
    def newest_first(self) -> bool:
        """What waits is dealt with in the order in which it came; what is decided is looked up."""
        return self.state not in OPEN

    @property
    def narrowed(self) -> bool:
        """Whether anything but the state is asked for."""
        return bool(self.benchmark or self.checks or self.q)

    @property
    def query(self) -> str:
        """The filter as the address has it, with its question mark; empty for the plain queue."""
        usual = QueueFilter()
        given = {f.name: getattr(self, f.name) for f in fields(self)}
        changed = {name: value for name, value in given.items() if value != getattr(usual, name)}
        return f"?{urlencode(_written(changed))}" if changed else ""

    def runs(self) -> RunQuerySet:
        """Return the runs that match, in no particular order."""
        found = self.in_any_state().filter(state=self.state)
        if self.benchmark:
            found = found.filter(benchmark__slug=self.benchmark)
        if self.checks:
            found = found.filter(_checked(self.checks))
        if self.q:
            found = found.filter(_names(self.q))
        return found

    def in_any_state(self) -> RunQuerySet:
        """Return what the tabs count: everything graded that the queue is about."""
        found = Run.objects.in_states(GRADED)
        return found if self.private else found.filter(submission__visibility=Visibility.PUBLIC)


def _written(changed: Mapping[str, Any]) -> dict[str, str]:
    return {name: "1" if value is True else str(value) for name, value in changed.items()}


def _names(text: str) -> Q:
    variant = "submission__variant__model__"
    return (
        Q(**{f"{variant}name__icontains": text})
        | Q(**{f"{variant}organization__icontains": text})
        | Q(submission__submitter__username__icontains=text)
    )


def _checked(wanted: str) -> Q:
    """Return the condition under which this is the worst that the checks say. A run without checks is none of them."""

    def some(*statuses: str) -> Q:
        return Q(Exists(Check.objects.filter(run=OuterRef("pk"), status__in=statuses)))

    if wanted == Checked.FAIL:
        return some(Check.Status.FAIL)
    if wanted == Checked.WARN:
        return some(Check.Status.WARN) & ~some(Check.Status.FAIL)
    return some(Check.Status.PASS) & ~some(Check.Status.WARN, Check.Status.FAIL)
