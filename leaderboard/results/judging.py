"""Having a judge rule on the answers that the rules leave open. Every ruling is kept as it arrives, and asked for once.

Works outside of any transaction, which would stay open for as long as the judge thinks.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from itertools import islice
from typing import Any

from evaluator.benchmarks import Benchmark
from evaluator.grading.judging import (
    PROMPT_VERSION,
    Question,
    questions,
    read_reply,
    response_sha256,
)
from evaluator.grading.marking import mark
from evaluator.records import Marked, Ruling
from leaderboard.core.judges import Judge
from leaderboard.results.items import Ids
from leaderboard.results.judge_client import JudgeClient, JudgeFailed, JudgeNotAsked
from leaderboard.results.models import MAX_OUTCOME_LENGTH, JudgeRuling

logger = logging.getLogger(__name__)

BATCH = 1000
"""Questions that are looked up, asked and read together."""
MAX_REPLY_CHARACTERS = 20_000

_Name = tuple[int, str]
"""Item's row and answer's hash: what names a ruling of one judge."""


@dataclass(frozen=True, slots=True)
class Judged:
    """Responses as marked with the judge's rulings.

    ``asked`` is how many questions were put to the judge now (with ``ask`` off: would have been), ``failed`` how many
    of all rulings are missing.
    """

    marked: list[Marked]
    asked: int
    failed: int


def judged(
    benchmark: Benchmark,
    judge: Judge,
    marked: Sequence[Marked],
    ids: Ids,
    *,
    ask: bool = True,
    before_batch: Callable[[], None] = lambda: None,
) -> Judged:
    """Return the responses, which the rules have marked, with the judge's rulings where one is needed.

    Rulings that are kept are not asked for again; failed ones are. With ``ask`` off only those that are kept are used,
    and the other answers stay as the rules have them. ``before_batch`` may raise, to end work that nobody wants any
    more. Never raises for a judge that fails: those answers are UNJUDGED. Answers must be storable text.
    """
    rulings: dict[str, Ruling] = {}
    asked = 0
    open_ones = questions(benchmark, marked, everything=judge.everything)
    with JudgeClient(judge) as client:
        while batch := list(islice(open_ones, BATCH)):
            before_batch()
            names = {q.item.key: (ids[q.item.key], response_sha256(q.response.text)) for q in batch}
            kept = _kept(benchmark, judge, names.values())
            missing = [q for q in batch if not _decided(kept.get(names[q.item.key]))]
            asked += len(missing)
            if missing and ask:
                _ask(benchmark, client, judge, missing, names)
                kept = _kept(benchmark, judge, names.values())
            for q in batch:
                row = kept.get(names[q.item.key])
                if ask or _decided(row):
                    rulings[q.item.key] = _ruling(benchmark, judge, row)
    failed = sum(ruling.outcome is None for ruling in rulings.values())
    if failed:
        logger.warning("%s did not rule on %d of %d answers", judge.model, failed, len(rulings))
    return Judged(_with_rulings(benchmark, judge, marked, rulings), asked, failed)


def _with_rulings(
    benchmark: Benchmark, judge: Judge, marked: Sequence[Marked], rulings: Mapping[str, Ruling]
) -> list[Marked]:
    return [
        mark(benchmark, m.item, m.response, ruling, everything=judge.everything)
        if (ruling := rulings.get(m.item.key))
        else m
        for m in marked
    ]


def _decided(row: JudgeRuling | None) -> bool:
    return row is not None and row.outcome is not None


def _kept(benchmark: Benchmark, judge: Judge, names: Iterable[_Name]) -> dict[_Name, JudgeRuling]:
    """Return what the judge said before, without the long texts."""
    wanted = set(names)
    rows = (
        JudgeRuling.objects.by_judge(judge.model, _version(benchmark))
        .filter(item__in={item for item, _ in wanted})
        .filter(response_sha256__in={sha256 for _, sha256 in wanted})
        .only("item_id", "response_sha256", "outcome", "error")
    )
    return {name: row for row in rows if (name := (row.item_id, row.response_sha256)) in wanted}


def _ask(
    benchmark: Benchmark,
    client: JudgeClient,
    judge: Judge,
    missing: Sequence[Question],
    names: Mapping[str, _Name],
) -> None:
    """Ask the judge these questions, some at a time, and keep each reply when it comes."""
    with ThreadPoolExecutor(judge.concurrency, thread_name_prefix="judge") as threads:
        asked = {threads.submit(client.ask, question.prompt): question for question in missing}
        try:
            for reply in as_completed(asked):
                question = asked[reply]
                item, sha256 = names[question.item.key]
                said = _said(benchmark, judge, question, reply.result)
                if said is not None:
                    JudgeRuling.objects.keep(
                        JudgeRuling(
                            judge=judge.model,
                            prompt_version=_version(benchmark),
                            item_id=item,
                            response_sha256=sha256,
                            prompt=question.prompt,
                            **said,
                        )
                    )
        except BaseException:
            client.stop()
            raise


def _said(
    benchmark: Benchmark, judge: Judge, question: Question, reply_of: Callable[[], str]
) -> dict[str, Any] | None:
    """Return the columns of what came of a question; None when it was not asked."""
    try:
        reply = reply_of()
    except JudgeNotAsked:
        return None
    except JudgeFailed as failure:
        return {"reply": "", "outcome": None, "error": str(failure)}
    ruling = read_reply(benchmark, question.item, judge.model, reply)
    outcome = ruling.outcome
    if outcome is not None and len(outcome) > MAX_OUTCOME_LENGTH:
        raise ValueError(f"{benchmark.slug}: the outcome {outcome[:40]!r}… is no word")
    error = f"no_ruling: {ruling.error}" if outcome is None else ""
    return {"reply": reply[:MAX_REPLY_CHARACTERS], "outcome": outcome, "error": error}


def _ruling(benchmark: Benchmark, judge: Judge, row: JudgeRuling | None) -> Ruling:
    """Return the ruling in a kept row, its error as the public may see it; without a row it was not asked for."""
    notes = {PROMPT_VERSION: _version(benchmark)}
    if row is None:
        return Ruling(None, judge.model, JudgeNotAsked.CODE, notes)
    error = None if _decided(row) else row.error_shown(private=False)
    return Ruling(row.outcome, judge.model, error, notes)


def _version(benchmark: Benchmark) -> str:
    version = benchmark.judge_prompt_version
    if version is None:
        raise ValueError(f"{benchmark.slug} has no prompt for judges")
    return version
