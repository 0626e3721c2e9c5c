"""A run's scores and responses as tables."""

from __future__ import annotations

import json
from collections.abc import Iterator

from django.utils.text import slugify

from evaluator.benchmarks import Benchmark
from evaluator.grading.marking import RULING
from leaderboard.catalog.declarations import declaration_of
from leaderboard.core.tables import Table, Type, Value
from leaderboard.results.models import Response
from leaderboard.runs.models import Run

CHUNK = 2_000
"""Rows that the database's cursor gives at a time."""

SCORE_COLUMNS: dict[str, Type] = {
    "run": "text",
    "benchmark": "text",
    "dataset": "text",
    "protocol": "text",
    "axis": "text",
    "dimension": "text",
    "metric": "text",
    "value": "number",
    "low": "number",
    "high": "number",
    "correct": "whole",
    "total": "whole",
    "corrected": "text",
    "computed_value": "number",
}
RESPONSE_COLUMNS: dict[str, Type] = {
    "run": "text",
    "item": "text",
    "position": "whole",
    "question": "text",
    "gold": "text",
    "verdict": "text",
    "points": "number",
    "parsed": "text",
    "how": "text",
    "notes": "text",
    "text": "text",
    "error": "text",
    "finish_reason": "text",
    "ttft_ms": "number",
    "latency_ms": "number",
    "prompt_tokens": "whole",
    "completion_tokens": "whole",
    "retries": "whole",
}


def scores_table(run: Run) -> Table:
    """Return every score of the run under its protocol: fractions, with what makes them comparable in each row.

    ``corrected`` is "yes" where a reviewer corrected the value; ``computed_value`` is then what was computed.
    """
    dataset = run.dataset.fingerprint if run.dataset else None
    place = (str(run.public_id), run.benchmark.slug, dataset, run.protocol)
    names = list(SCORE_COLUMNS)[len(place) : -2]
    scores = run.scores.filter(protocol=run.protocol).order_by("id").values_list(*names, "computed")
    rows = ((*place, *numbers, *_correction(computed)) for *numbers, computed in scores)
    return Table(file_name(run, "scores"), SCORE_COLUMNS, rows)


def _correction(computed: dict[str, float | None] | None) -> tuple[str | None, float | None]:
    return ("yes", computed["value"]) if computed else (None, None)


def responses_table(run: Run, *, private: bool) -> Table:
    """Return the run's responses in the order of the data set, with the questions and right answers.

    ``notes`` are JSON. ``private`` says whether the reader may see what an endpoint, the model's or the judge's, said of
    a failed request. The rows come through a cursor of the database's: none is read before it is written.
    """
    return Table(file_name(run, "responses"), RESPONSE_COLUMNS, _responses(run, private))


def file_name(run: Run, what: str) -> str:
    """Return a name for a file about the run: model, benchmark, run and what it is."""
    model = slugify(run.submission.variant.model.name) or "model"
    return f"{model}_{run.benchmark.slug}_{str(run.public_id)[:8]}_{what}"


def _responses(run: Run, private: bool) -> Iterator[tuple[Value, ...]]:
    declaration = declaration_of(run.benchmark)
    run_id = str(run.public_id)
    found = Response.objects.of_run(run).filter(item__dataset=run.dataset_id).for_samples()
    for response in found.iterator(chunk_size=CHUNK):
        yield _row(run_id, declaration, response, private)


def _row(
    run_id: str, declaration: Benchmark, response: Response, private: bool
) -> tuple[Value, ...]:
    item = response.item
    return (
        run_id,
        item.key,
        item.position,
        declaration.question(item.fields),
        declaration.gold(item.fields),
        response.verdict,
        response.points,
        response.parsed,
        response.how,
        _notes(response, private),
        response.text,
        response.error_shown(private=private),
        response.finish_reason,
        response.ttft_ms,
        response.latency_ms,
        response.prompt_tokens,
        response.completion_tokens,
        response.retries,
    )


def _notes(response: Response, private: bool) -> str | None:
    notes = response.notes
    if notes is None:
        return None
    if not private and RULING in notes:
        ruling = {name: value for name, value in notes[RULING].items() if name != "error"}
        notes = {**notes, RULING: ruling}
    return json.dumps(notes, ensure_ascii=False)
