"""What the published models made of each question of a data set, kept in step with which runs are published.

One statement computes a whole data set anew: it reads every verdict of the runs on its board once, and no answer's
text.
"""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from django.db.models.signals import post_save
from django.dispatch import receiver

from evaluator.errors import EvaluationError
from evaluator.records import Verdict
from leaderboard.catalog.declarations import declaration_of
from leaderboard.catalog.models import DatasetVersion, VlmModel
from leaderboard.core.locks import LockSpace, wait_for_lock
from leaderboard.results.models import ItemStatistics, Level
from leaderboard.results.published import on_board
from leaderboard.results.signals import run_regraded
from leaderboard.runs.models import Run
from leaderboard.runs.signals import run_state_changed
from leaderboard.runs.states import RunState


@receiver(run_state_changed, dispatch_uid="results.refresh_statistics_on_decision")
def refresh_on_decision(run: Run, from_state: RunState, to_state: RunState, **_extra: Any) -> None:
    """A run was published or withdrawn."""
    if RunState.PUBLISHED in (from_state, to_state) and run.dataset is not None:
        refresh(run.dataset)


@receiver(run_regraded, dispatch_uid="results.refresh_statistics_on_regrade")
def refresh_on_regrade(run: Run, **_extra: Any) -> None:
    """A published run has other verdicts."""
    if run.state == RunState.PUBLISHED and run.dataset is not None:
        refresh(run.dataset)


@receiver(post_save, sender=VlmModel, dispatch_uid="results.refresh_statistics_on_baseline_change")
def refresh_on_baseline_change(instance: VlmModel, created: bool, **_extra: Any) -> None:
    """A model that was counted has become a baseline, or the other way round."""
    if created:
        return
    published = Run.objects.published().filter(submission__variant__model=instance)
    for dataset in DatasetVersion.objects.filter(pk__in=published.values("dataset")):
        runs = list(published.filter(dataset=dataset).values_list("pk", flat=True))
        counted = Q(right_runs__overlap=runs) | Q(wrong_runs__overlap=runs)
        statistics = ItemStatistics.objects.filter(dataset=dataset)
        if statistics.filter(counted).exists() == instance.is_baseline:
            refresh(dataset)


@transaction.atomic
def refresh(dataset: DatasetVersion) -> None:
    """Compute the statistics of a data set's questions anew, under its benchmark's present protocol.

    A data set without a published run has none. Two such transactions on one benchmark wait for each other, so that
    the second finds what the first published.
    """
    benchmark = dataset.benchmark
    wait_for_lock(LockSpace.BOARD, benchmark.pk)
    runs = [
        run.pk
        for run in on_board(benchmark, dataset, benchmark.protocol)
        if not run.submission.variant.model.is_baseline
    ]
    ItemStatistics.objects.filter(dataset=dataset).delete()
    if not runs:
        return
    members, leads = _passes(dataset)
    parameters: dict[str, Any] = {
        "benchmark": benchmark.pk,
        "dataset": dataset.pk,
        "runs": runs,
        "members": members,
        "leads": leads,
        "right": Verdict.CORRECT.value,
        "wrong": [Verdict.INCORRECT.value, Verdict.UNPARSED.value],
        "none": Level.NONE.value,
        "few": Level.FEW.value,
        "some": Level.SOME.value,
        "most": Level.MOST.value,
        "all": Level.ALL.value,
    }
    with connection.cursor() as cursor:
        cursor.execute(_COMPUTE, parameters)


def _passes(dataset: DatasetVersion) -> tuple[list[int], list[int]]:
    """Return the items that are a further pass of a question, and beside each the item of its first pass."""
    try:
        declared = declaration_of(dataset.benchmark)
    except EvaluationError:
        return [], []
    if not declared.circular:
        return [], []
    rows = list(dataset.items.values_list("pk", "key", "fields"))
    ids = {key: pk for pk, key, _ in rows}
    members, leads = [], []
    for pk, _, fields in rows:
        first = next((ids[key] for key in declared.group_keys(fields) if key in ids), pk)
        if first != pk:
            members.append(pk)
            leads.append(first)
    return members, leads


_COMPUTE = """
WITH further (item_id, lead_id) AS (
    SELECT * FROM unnest(%(members)s::bigint[], %(leads)s::bigint[])
), pass AS (
    SELECT i.id AS item_id, coalesce(f.lead_id, i.id) AS lead_id
    FROM catalog_item i LEFT JOIN further f ON f.item_id = i.id
    WHERE i.dataset_id = %(dataset)s
), asked AS (
    SELECT lead_id, count(*) AS passes FROM pass GROUP BY lead_id
), answer AS (
    SELECT p.lead_id, r.run_id, r.verdict, r.how
    FROM results_response r JOIN pass p USING (item_id)
    WHERE r.benchmark_id = %(benchmark)s AND r.run_id = ANY (%(runs)s::bigint[])
), outcome AS (
    SELECT lead_id, run_id,
        count(*) FILTER (WHERE verdict = %(right)s) = min(asked.passes) AS is_right,
        bool_or(verdict = ANY (%(wrong)s::varchar[])) AS is_wrong
    FROM answer JOIN asked USING (lead_id)
    GROUP BY lead_id, run_id
), runs AS (
    SELECT lead_id,
        coalesce(array_agg(run_id ORDER BY run_id) FILTER (WHERE is_right), '{}') AS right_runs,
        coalesce(array_agg(run_id ORDER BY run_id) FILTER (WHERE is_wrong), '{}') AS wrong_runs
    FROM outcome GROUP BY lead_id
), words AS (
    SELECT lead_id, array_agg(DISTINCT verdict) AS verdicts, array_agg(DISTINCT how) AS hows
    FROM answer GROUP BY lead_id
), counted AS (
    SELECT i.id, i.position, right_runs, wrong_runs, verdicts, hows,
        cardinality(right_runs) AS n_right,
        cardinality(right_runs) + cardinality(wrong_runs) AS n,
        cardinality(right_runs)::float / nullif(cardinality(right_runs) + cardinality(wrong_runs), 0) AS share
    FROM runs JOIN words USING (lead_id) JOIN catalog_item i ON i.id = lead_id
)
INSERT INTO results_itemstatistics (
    item_id, dataset_id, position, "right", answered, level, disputed, hardest,
    right_runs, wrong_runs, verdicts, hows
)
SELECT id, %(dataset)s, position, n_right, n,
    CASE WHEN share = 0 THEN %(none)s WHEN share < 1 / 3.0 THEN %(few)s WHEN share <= 2 / 3.0 THEN %(some)s
        WHEN share < 1 THEN %(most)s WHEN share = 1 THEN %(all)s END,
    row_number() OVER (ORDER BY least(share, 1 - share) DESC NULLS LAST, position),
    row_number() OVER (ORDER BY share NULLS LAST, position),
    right_runs, wrong_runs, verdicts, hows
FROM counted
"""
