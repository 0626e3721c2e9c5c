"""From events to the changelog's entries. Pure: records in, texts out; no query."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext

from leaderboard.changelog.events import CORRECTED
from leaderboard.runs.models import RunEvent
from leaderboard.runs.states import PUBLIC, RunState


@dataclass(frozen=True, slots=True)
class Entry:
    """``what`` in a word, with the look of its pill; ``text`` is a sentence that says it without a heading.

    ``run`` is None where nobody but its submitter and reviewers can read it now.
    """

    key: int
    at: datetime
    what: str
    look: str
    variant: str
    benchmark: str
    slug: str
    text: str
    reason: str
    run: UUID | None


def entry(event: RunEvent) -> Entry:
    """Return the entry of an event that has its run at hand, with benchmark and model."""
    run = event.run
    what, look, sentence = _words(event)
    names = {"model": str(run.submission.variant), "benchmark": run.benchmark.title}
    return Entry(
        key=event.pk,
        at=event.at,
        what=what,
        look=look,
        variant=names["model"],
        benchmark=names["benchmark"],
        slug=run.benchmark.slug,
        text=sentence % names,
        reason=event.reason,
        run=run.public_id if run.state in PUBLIC else None,
    )


def _words(event: RunEvent) -> tuple[str, str, str]:
    """Return what happened in a word, the look of its pill, and as a sentence to be filled in."""
    if event.kind == RunEvent.Kind.NOTE:
        if CORRECTED in event.data:
            text = gettext("A score of %(model)s on %(benchmark)s is corrected.")
            return gettext("corrected"), "review", text
        text = gettext("%(model)s on %(benchmark)s is graded again.")
        return gettext("graded again"), "review", text
    if event.to_state == RunState.PUBLISHED:
        text = gettext("%(model)s is published on %(benchmark)s.")
        return gettext("published"), "published", text
    if event.to_state == RunState.SUPERSEDED:
        text = gettext("%(model)s on %(benchmark)s is replaced by a newer run.")
        return gettext("superseded"), "superseded", text
    if event.to_state == RunState.QUARANTINED:
        text = gettext("%(model)s on %(benchmark)s is taken off while it is looked into.")
        return gettext("quarantined"), "quarantined", text
    if event.to_state == RunState.REVIEW:
        text = gettext("%(model)s on %(benchmark)s is withdrawn and reviewed once more.")
        return gettext("withdrawn"), "failed", text
    return gettext("withdrawn"), "failed", gettext("%(model)s on %(benchmark)s is withdrawn.")
