"""Grading stored responses again: from the database alone, without a model, a GPU or the bundle.

For after a grader, a prompt or the judge has changed. A run's responses get their new verdicts and it gets scores
under the name of the present grading; scores under other names stay, and stay readable under those. Each run is one
transaction, so an interruption leaves every run either as it was or graded again.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction

from evaluator.benchmarks import Benchmark
from evaluator.grading.marking import finished, mark
from evaluator.records import Item, Marked, Response, Verdict
from evaluator.records import Score as ScoreRecord
from leaderboard.accounts.models import User
from leaderboard.catalog.declarations import declaration_of
from leaderboard.core.judges import Judge, protocol_by
from leaderboard.core.locks import LockSpace, lock_if_free
from leaderboard.results.copy import Rewritten, rewrite_verdicts
from leaderboard.results.corrections import (
    DERIVED,
    Place,
    computed_numbers,
    put_back,
    standing,
    told_in_event,
)
from leaderboard.results.items import Ids, items_of
from leaderboard.results.judging import judged
from leaderboard.results.models import Response as ResponseRow
from leaderboard.results.models import Score
from leaderboard.results.scoring import Blocker, blockers, count, score
from leaderboard.results.signals import run_regraded
from leaderboard.runs.models import Run, RunEvent
from leaderboard.runs.states import GRADED, RunState

CHUNK = 2000

_COLUMNS = ("item_id", "verdict", "text", "error", "finish_reason")
_Numbers = tuple[float | None, ...]


class RegradeRefused(Exception):
    """The run cannot or must not be graded again; the message says why and what to do. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class Regraded:
    """What grading a run again came to. Headlines are fractions; None when there is nothing to compute one from.

    ``responses`` is how many of them were given something new. ``asked`` is how many questions were put to the judge,
    or in a dry run would be, and ``unjudged`` how many answers it failed on.
    """

    run: Run
    from_protocol: str
    to_protocol: str
    from_headline: float | None
    to_headline: float | None
    responses: int
    asked: int
    unjudged: int
    changed: bool


def regrade(
    run: Run,
    judge: Judge | None,
    *,
    actor: User | None = None,
    reason: str = "",
    allow_same_protocol: bool = False,
    dry_run: bool = False,
) -> Regraded:
    """Grade the stored responses of a graded run again, with ``judge`` on what the rules leave open.

    A ``dry_run`` changes nothing and asks no judge anything: it uses the rulings that are kept. Doing it again changes
    nothing.

    Raises RegradeRefused: the run has not been graded, or is being graded elsewhere; its grading cannot be repeated
    from what is stored; scores of the same protocol would change, without ``allow_same_protocol``, for another reason
    than that the judge now answers; a published run would get something that stands against publishing.
    """
    with lock_if_free(LockSpace.INGEST, run.pk) as free:
        if not free:
            raise RegradeRefused("It is being graded by another process. Try again later.")
        run.refresh_from_db()
        again = _graded_again(run, judge, ask=not dry_run)
        with transaction.atomic():
            result = _store(run, again, actor, reason, allow_same_protocol=allow_same_protocol)
            if dry_run:
                transaction.set_rollback(True)
    run.refresh_from_db()
    return result


# --- Grading --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Again:
    """A run's responses with their new verdicts and without their texts."""

    benchmark: Benchmark
    protocol: str
    marked: Sequence[Marked]
    ids: Ids
    asked: int


def _graded_again(run: Run, judge: Judge | None, *, ask: bool) -> _Again:
    if run.state not in GRADED or run.dataset is None:
        raise RegradeRefused(f"It is {run.state}: only a graded run can be graded again.")
    if run.benchmark.declaration is not None:
        raise RegradeRefused(
            "Its verdicts are lmms-eval's own, which are not computed here. Evaluate it again."
        )
    benchmark = declaration_of(run.benchmark)
    items, ids = items_of(run.dataset)
    by_id = {ids[key]: item for key, item in items.items()}
    marked: list[Marked] = []
    for item_id, response in _stored(run, by_id):
        entry = mark(benchmark, by_id[item_id], response)
        # All texts of a large run would not fit; the judge needs those that it may be asked about.
        asks = judge is not None and (judge.everything or benchmark.left_open(entry.graded))
        marked.append(entry if asks else _without_text(entry))
    asked = 0
    if judge is not None:
        rulings = judged(benchmark, judge, marked, ids, ask=ask)
        marked, asked = [_without_text(entry) for entry in rulings.marked], rulings.asked
    protocol = protocol_by(benchmark, judge)
    return _Again(benchmark, protocol, finished(benchmark, marked), ids, asked)


def _stored(run: Run, items: dict[int, Item]) -> Iterator[tuple[int, Response]]:
    """Yield the run's items by row with their responses, in the order of the data set."""
    rows = ResponseRow.objects.of_run(run).order_by("item__position").values_list(*_COLUMNS)
    for item_id, verdict, text, error, finish_reason in rows.iterator(chunk_size=CHUNK):
        item = items[item_id]
        yield (
            item_id,
            Response(
                item.key,
                item.position,
                text=text,
                error=error,
                finish_reason=finish_reason,
                skipped=verdict == Verdict.SKIPPED.value,
            ),
        )


def _without_text(entry: Marked) -> Marked:
    return replace(entry, response=replace(entry.response, text=""))


# --- Storing --------------------------------------------------------------------------------------


def _store(
    run: Run, again: _Again, actor: User | None, reason: str, *, allow_same_protocol: bool
) -> Regraded:
    """Write what came of it, in the running transaction, unless it is what is stored."""
    run = Run.objects.select_for_update(of=("self",), no_key=True).get(pk=run.pk)
    if run.state not in GRADED or run.dataset is None:
        raise RegradeRefused(f"It became {run.state} meanwhile.")
    from_protocol, from_headline = run.protocol, _headline(run)
    rewritten = rewrite_verdicts(run, again.marked, again.ids)
    new_scores = _write_scores(run, again, rewritten, allow_same_protocol=allow_same_protocol)
    to_look_at = put_back(run, again.protocol) if new_scores else []
    if again.protocol != from_protocol:
        to_look_at += standing(run, from_protocol)
    # The answers are the same, and so are their lengths.
    counts = run.counts | count(again.marked, rows=run.dataset.expected_rows, limit=run.limit)
    told = {
        "protocol": again.protocol,
        "counts": counts,
        "blockers": _allowed_blockers(run, counts),
    }
    other_run = any(getattr(run, name) != value for name, value in told.items())
    if other_run:
        Run.objects.filter(pk=run.pk).update(**told)
        run.refresh_from_db()
    result = Regraded(
        run=run,
        from_protocol=from_protocol,
        to_protocol=run.protocol,
        from_headline=from_headline,
        to_headline=_headline(run),
        responses=rewritten.responses,
        asked=again.asked,
        unjudged=counts[Verdict.UNJUDGED.value],
        changed=new_scores or other_run or rewritten.responses > 0,
    )
    if result.changed:
        _write_event(result, actor, reason, to_look_at)
        run_regraded.send(sender=Run, run=run, from_protocol=from_protocol)
    return result


def _headline(run: Run) -> float | None:
    found = Score.objects.headline(run)
    return found.value if found else None


def _write_scores(
    run: Run, again: _Again, rewritten: Rewritten, *, allow_same_protocol: bool
) -> bool:
    """Store the scores, unless they are there already; return whether they were not.

    Raises RegradeRefused when others of the same protocol are, and nothing explains that. A judge that failed before
    and answers now does.
    """
    scores = score(again.benchmark, again.marked)
    new = {(s.axis, s.dimension, s.metric): _numbers(s) for s in scores}
    of_protocol = Score.objects.filter(run=run, protocol=again.protocol)
    stored = {
        (s.axis, s.dimension, s.metric): computed_numbers(s)
        for s in of_protocol.exclude(metric__in=DERIVED)
    }
    others = [place for place in stored if not _alike(stored[place], new.get(place))]
    if not others and stored.keys() == new.keys():
        return False
    judge_answers_now = run.protocol == again.protocol and (
        0 < rewritten.verdicts == rewritten.judged
    )
    if others and not (judge_answers_now or allow_same_protocol):
        raise RegradeRefused(
            f"{len(others)} scores of protocol {again.protocol} would change, {'/'.join(others[0])} first. A grading "
            "that gives other numbers needs another protocol name; change the benchmark's, or allow this with a reason."
        )
    of_protocol.delete()
    Score.objects.bulk_create(
        Score(run=run, protocol=again.protocol, **entry.to_json()) for entry in scores
    )
    return True


def _numbers(entry: ScoreRecord) -> _Numbers:
    return entry.value, entry.correct, entry.total, entry.low, entry.high


def _alike(old: _Numbers, new: _Numbers | None) -> bool:
    """Say whether two scores' numbers are equal but for the last digits, which differ between machines."""
    return new is not None and all(
        a == b or (a is not None and b is not None and math.isclose(a, b, rel_tol=1e-9))
        for a, b in zip(old, new, strict=True)
    )


def _allowed_blockers(run: Run, counts: dict[str, Any]) -> list[Blocker]:
    """Return what stands against publishing; RegradeRefused when that is new for a run that is published."""
    found = blockers(run, counts)
    known = {blocker["code"] for blocker in run.blockers}
    new = [blocker for blocker in found if blocker["code"] not in known]
    if new and run.state == RunState.PUBLISHED:
        raise RegradeRefused(
            f"It is published, and this would stand against it: {new[0]['detail']} It stays as it is; reopen it to "
            "grade it all the same."
        )
    return found


def _write_event(
    result: Regraded, actor: User | None, reason: str, corrected: Sequence[Place]
) -> None:
    """Add to the audit trail who graded the run again, why, and what came of it.

    ``corrected`` are the scores of which a correction rests on something else now, or was of the protocol before.
    """
    RunEvent.objects.create(
        run=result.run,
        kind=RunEvent.Kind.NOTE,
        attempt=result.run.attempt,
        actor=actor,
        reason=reason,
        data={
            "regraded": {
                "from": {"protocol": result.from_protocol, "headline": result.from_headline},
                "to": {"protocol": result.to_protocol, "headline": result.to_headline},
                "responses": result.responses,
                "unjudged": result.unjudged,
            }
            | ({"corrections_to_look_at": told_in_event(corrected)} if corrected else {})
        },
    )
