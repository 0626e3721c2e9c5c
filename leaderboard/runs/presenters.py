"""From a run to what its pages print. Pure: records in, texts out; no query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import get_language, gettext

from evaluator.errors import FAILURE_WORDS, FailureCode
from evaluator.messages import Progress, RunProgress, Stage
from leaderboard.core import numbers
from leaderboard.runs.models import Pictures, Run, RunEvent
from leaderboard.runs.states import GRADED, RunState
from leaderboard.runs.visibility import Visibility

LOOKS = {
    RunState.QUEUED: "queued",
    RunState.STARTING: "running",
    RunState.EVALUATING: "running",
    RunState.SCORING: "running",
    RunState.REVIEW: "review",
    RunState.PUBLISHED: "published",
    RunState.REJECTED: "failed",
    RunState.QUARANTINED: "quarantined",
    RunState.SUPERSEDED: "superseded",
    RunState.FAILED: "failed",
    RunState.CANCELLED: "cancelled",
}
"""How the pill of each state looks."""

LOG_LINES = 200


@dataclass(frozen=True, slots=True)
class Work:
    """How far the questions are. Texts; ``share`` in percent with one decimal for the bar, or empty."""

    done: str
    total: str
    share: str
    rate: str
    elapsed: str
    left: str


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure with its unit and small lines below."""

    title: str
    value: str
    unit: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a run failed, in words that say what to do. ``ours``: the platform is at fault, not the submission."""

    code: str
    title: str
    advice: str
    kept: str
    ours: bool


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """Something that happened: when, who, what and why."""

    at: datetime
    who: str
    what: str
    reason: str


def look(state: str) -> str:
    """Return the name of the state's look."""
    return LOOKS[RunState(state)]


def marks(run: Run) -> list[str]:
    """Return what sets the run apart from an ordinary one, in a word or two each."""
    found = [gettext("imported")] if run.submission.imported else []
    if run.pictures != Pictures.SHOWN:
        grey = run.pictures == Pictures.GREY
        found.append(gettext("without image: grey") if grey else gettext("without image"))
    if run.frugal:
        found.append(gettext("frugal"))
    if judge := judge_of(run.protocol):
        found.append(gettext("judge: %(judge)s") % {"judge": judge})
    return found


def judge_of(protocol: str) -> str:
    """Return the judge that a protocol names (``RULES+judge:NAME@PROMPT``); empty where the rules alone decided."""
    judge = protocol.partition("+judge")[2]
    return judge.partition(":")[2].rpartition("@")[0]


def saved_requests(run: Run) -> str:
    """Return what a frugal run did not have to ask, in words; empty for any other."""
    items = run.counts.get("items")
    if not run.frugal or not items:
        return ""
    skipped = run.counts.get("skipped", 0)
    return gettext("%(saved)s of %(all)s requests saved (%(share)s %%)") % {
        "saved": numbers.count(skipped),
        "all": numbers.count(items),
        "share": numbers.percent(skipped / items),
    }


def answer_lengths(run: Run) -> list[tuple[str, str]]:
    """Return how long the answers are, as names and texts; empty where there are none, or nobody measured."""
    told = run.counts.get("lengths", {})
    lines = []
    for name, title in (
        ("completion_tokens", gettext("Length, tokens")),
        ("characters", gettext("Length, characters")),
    ):
        if spread := told.get(name):
            lines.append((title, _spread(spread)))
    reasoning = told.get("reasoning") or {}
    if reasoning.get("answers"):
        text = gettext("in %(count)s answers, %(share)s %% of their text") % {
            "count": numbers.count(reasoning["answers"]),
            "share": numbers.percent(reasoning["share"]),
        }
        lines.append((gettext("Reasoning"), text))
    return lines


def _spread(spread: Mapping[str, float]) -> str:
    return gettext("mean %(mean)s, median %(p50)s, 95 %% at most %(p95)s, longest %(max)s") % {
        "mean": numbers.decimal(spread["mean"]),
        **{name: numbers.count(spread[name]) for name in ("p50", "p95", "max")},
    }


def own_progress(run: Run, progress: Progress | None) -> RunProgress | None:
    """Return the live figures of this run out of those of its submission."""
    return progress.runs.get(str(run.public_id)) if progress else None


def share_done(figures: RunProgress | None) -> float | None:
    """Return the part of the questions that has been answered; None when not known."""
    if figures is None or not figures.total:
        return None
    return min(1.0, figures.done / figures.total)


def work(run: Run, figures: RunProgress | None, now: datetime) -> Work | None:
    """Return the progress of a run that a worker has, or None when nothing is known of it."""
    share = share_done(figures)
    if figures is None or share is None:
        return None
    elapsed = (now - run.started_at).total_seconds() if run.started_at else None
    return Work(
        done=numbers.count(figures.done),
        total=numbers.count(figures.total),
        share=f"{100 * share:.1f}",
        rate=numbers.decimal(figures.rate) if figures.rate is not None else "",
        elapsed=numbers.duration(elapsed),
        left=numbers.remaining(figures.eta_s),
    )


def stage_title(stage: str) -> str:
    """Return what a worker does in a stage; an unknown stage's own name."""
    titles: dict[str, str] = {
        Stage.CLAIMED: gettext("a worker has taken it"),
        Stage.SERVING: gettext("starting the engine"),
        Stage.PROBING: gettext("asking a first question"),
        Stage.GENERATING: gettext("asking the questions"),
        Stage.BUNDLING: gettext("packing the answers"),
        Stage.DONE: gettext("delivered"),
    }
    return titles.get(stage, stage)


def tiles(run: Run, figures: RunProgress | None) -> list[Tile]:
    """Return the serving figures: live ones while there are any, else those of the delivered bundle.

    Empty when nothing has been measured.
    """
    measured = _measured(run, figures)
    errored = figures.errored if figures else run.counts.get("errored")
    if errored is None and not any(value is not None for value in measured.values()):
        return []
    resumed = figures.resumed if figures else 0
    failed_notes = [gettext("requests that failed after all retries")]
    if resumed:
        failed_notes.append(
            gettext("%(count)s answers kept from an earlier attempt")
            % {"count": numbers.count(resumed)}
        )
    return [
        Tile(
            gettext("TTFT p50"),
            numbers.count(measured.get("ttft_ms_p50")),
            gettext("ms"),
            (gettext("time to first token, median"),),
        ),
        Tile(
            gettext("TTFT p95"),
            numbers.count(measured.get("ttft_ms_p95")),
            gettext("ms"),
            (gettext("95 % are faster"),),
        ),
        Tile(
            gettext("Tokens/s"),
            numbers.decimal(measured.get("tokens_per_s")),
            gettext("per stream"),
            (gettext("after the first token, median"),),
        ),
        Tile(gettext("Failed requests"), numbers.count(errored), "", tuple(failed_notes)),
    ]


def _measured(run: Run, figures: RunProgress | None) -> Mapping[str, Any]:
    if figures is None:
        serving: Mapping[str, Any] = run.manifest.get("serving") or {}
        return serving
    return {
        "ttft_ms_p50": figures.ttft_ms_p50,
        "ttft_ms_p95": figures.ttft_ms_p95,
        "tokens_per_s": figures.tokens_per_s,
    }


def failure(run: Run, events: Sequence[RunEvent]) -> Failure | None:
    """Return the failure of a failed run, in the current language."""
    if run.state != RunState.FAILED:
        return None
    came_from = next((e.from_state for e in reversed(events) if e.to_state == run.state), "")
    kept = _kept(came_from)
    if run.failure_code not in set(FailureCode):
        return Failure(run.failure_code, gettext("The run failed"), "", kept, ours=True)
    words = FAILURE_WORDS[FailureCode(run.failure_code)]
    language = get_language() or "en"
    return Failure(
        run.failure_code, words.title(language), words.advice(language), kept, words.ours
    )


def withdrawal(run: Run, events: Sequence[RunEvent]) -> RunEvent | None:
    """Return the decision by which a run was rejected or put in quarantine: who, when and why."""
    if run.state not in (RunState.REJECTED, RunState.QUARANTINED):
        return None
    return next((e for e in reversed(events) if e.to_state == run.state), None)


def rerun(events: Sequence[RunEvent]) -> str:
    """Return the identifier of the newest re-run that a reviewer asked for; empty where there is none."""
    return next((e.data["rerun"] for e in reversed(events) if "rerun" in e.data), "")


def _kept(came_from: str) -> str:
    if came_from == RunState.EVALUATING:
        return gettext(
            "No score was stored. Answers received so far stay with the worker; a retry asks only the rest."
        )
    if came_from == RunState.SCORING:
        return gettext("No score was stored. The delivered answers are kept in the artifact store.")
    return gettext("No question was asked and no score was stored.")


def log_of(run: Run, progress: Progress | None) -> list[str]:
    """Return the last lines of the log: the live ones while there are any, else those kept with the run."""
    lines = list(progress.log_tail) if progress and progress.log_tail else run.log_tail.splitlines()
    return lines[-LOG_LINES:]


_SAID_BY_STATES = (Stage.SERVING, Stage.GENERATING)


def history(events: Sequence[RunEvent], private: bool) -> list[HistoryEntry]:
    """Return what happened, newest first. Names of workers and reviewers, and reasons, only where ``private``.

    Stages that say the same as the state which they bring are left out. Reads the submission of the events' run.
    """
    return [
        HistoryEntry(
            at=event.at,
            who=_who(event, private),
            what=_what(event),
            reason=event.reason if private else "",
        )
        for event in reversed(events)
        if event.stage not in _SAID_BY_STATES
    ]


def _who(event: RunEvent, private: bool) -> str:
    if event.actor:
        if private or event.actor_id == event.run.submission.submitter_id:
            return event.actor.get_username()
        # Before there are scores, an organisation's admins act too.
        return gettext("reviewer") if event.from_state in GRADED else numbers.MISSING
    if event.worker:
        return event.worker if private else gettext("worker")
    return gettext("system")


def _what(event: RunEvent) -> str:
    if event.to_state:
        label = str(RunState(event.to_state).label)
        if event.attempt > 1:
            return gettext("%(state)s (attempt %(attempt)d)") % {
                "state": label,
                "attempt": event.attempt,
            }
        return label
    if regraded := event.data.get("regraded"):
        return gettext("graded again under %(protocol)s") % {"protocol": regraded["to"]["protocol"]}
    if "checks" in event.data:
        return gettext("other results of automatic checks")
    if "corrected" in event.data:
        score = event.data["corrected"]["score"]
        return gettext("a score was corrected: %(score)s") % {"score": score}
    if "rerun" in event.data:
        return gettext("a re-run was asked for")
    if change := event.data.get("visibility"):
        told = {"visibility": Visibility(change["to"]).label}
        return gettext("visibility changed: %(visibility)s") % told
    return stage_title(event.stage) or str(RunEvent.Kind(event.kind).label)
