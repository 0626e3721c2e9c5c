"""Scores of HallusionBench: accuracies per answer, pair and figure, bias, consistency and the failures' diagnosis.

Guan et al., arXiv 2310.14566, and the functions of the authors' ``utils.py`` (tianyi-lab/HallusionBench) that their
tables come from. Every metric but ``overall`` is a ratio of two counts:

| metric | of | counts |
|---|---|---|
| aAcc | answers | correct ones |
| qAcc | pairs: one question over the figures of a set | all answers correct |
| fAcc | figures: the questions on one figure, VS without a picture left out | all answers correct |
| easy_aAcc, hard_aAcc | pairs without their edited figures; those alone | all answers correct |
| pct_diff | answers | "yes" said less "yes" right, so from -1 to 1 |
| fp_ratio | answers that are not correct | those whose right answer is no |
| consistent, inconsistent, consistently_wrong | figures | all, some, none of the answers correct |
| language_hallucination, visual_illusion, mixed | diagnosed failures | those with this diagnosis |

``overall`` is the mean of aAcc, qAcc and fAcc, as OpenVLM's leaderboard ranks. Following the authors, an answer that
is not correct counts as the opposite of the right one in ``pct_diff``, also an uncertain one.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from evaluator.metrics.hallucination_diagnosis import Diagnosis, diagnose
from evaluator.metrics.hallucination_intervals import resampled_ratios
from evaluator.metrics.hallucination_table import QuestionRow, QuestionTable
from evaluator.metrics.intervals import percentile_interval, wilson
from evaluator.metrics.shares import Place
from evaluator.records import Score

DIAGNOSES = {diagnosis: diagnosis.name.lower() for diagnosis in Diagnosis if diagnosis}
"""The metrics' names, which also stand in the verdicts' notes."""

_PARTS_OF_OVERALL = ("aAcc", "qAcc", "fAcc")
_RATIOS = (
    *_PARTS_OF_OVERALL,
    *("easy_aAcc", "hard_aAcc", "pct_diff", "fp_ratio"),
    *("consistent", "inconsistent", "consistently_wrong"),
    *DIAGNOSES.values(),
)
_SIGNED = frozenset(("pct_diff",))
"""Ratios that are differences of shares: they count nothing."""


def hallucination_scores(rows: Sequence[QuestionRow]) -> list[Score]:
    """Return all metrics overall, by category and by subcategory ("VD/ocr"), where there are rows.

    Answers that are not scored count nowhere, nor does a pair or figure with one (see ``Groups``). The diagnosis of
    VS compares with the answers that were given without a picture. Where a set leaves all of those out (lmms-eval's
    951 questions), it is unknown, value None, for VS and for the whole: the failures of VD alone would pass for all.

    Intervals: a bootstrap over sets (category, subcategory, set id), which contain whole pairs and figures, since
    questions on one figure, and one question on several, are not independent. Where nothing varies a share has
    Wilson's interval with one unit per set, the widest that the data allow. Linear in the rows.
    """
    if not rows:
        return []
    table = QuestionTable(rows)
    counts = _Counts(table)
    category = np.array([key[0] for key in table.clusters])
    subcategory = np.array([f"{key[0]}/{key[1]}" for key in table.clusters])
    places: list[tuple[Place, NDArray[np.bool_]]] = [
        (("overall", "overall"), np.ones(len(category), dtype=np.bool_)),
        *((("category", str(key)), category == key) for key in np.unique(category)),
        *((("subcategory", str(key)), subcategory == key) for key in np.unique(subcategory)),
    ]
    blind_spot = _undiagnosable(table)
    scores = []
    for place, clusters in places:
        undiagnosed = bool((clusters & blind_spot).any())
        scores.extend(_at(place, counts, clusters, undiagnosed=undiagnosed))
    return scores


class _Counts:
    """What every ratio counts (``hits``) and among what (``sizes``), of the shape (clusters, _RATIOS)."""

    def __init__(self, table: QuestionTable) -> None:
        self._table = table
        self._columns: dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]] = {}
        self._of_answers()
        self._of_groups()
        self._of_failures()
        columns = [self._columns[metric] for metric in _RATIOS]
        self.hits = np.column_stack([hits for hits, _ in columns])
        self.sizes = np.column_stack([sizes for _, sizes in columns])

    def _of_answers(self) -> None:
        table = self._table
        self._add("aAcc", table.cluster, table.correct, table.scored)
        said_yes = (table.correct == table.gold).astype(np.int8)
        self._add("pct_diff", table.cluster, (said_yes - table.gold) * table.scored, table.scored)
        self._add("fp_ratio", table.cluster, table.failed & ~table.gold, table.failed)

    def _of_groups(self) -> None:
        table = self._table
        everything = np.ones(len(table.label), dtype=np.bool_)
        edited = table.visual_input == 2
        pairs = {"qAcc": everything, "easy_aAcc": ~edited, "hard_aAcc": edited}
        for metric, among in pairs.items():
            groups = table.groups(table.pair, among)
            self._add(metric, groups.cluster, groups.known & groups.right, groups.known)
        figures = table.groups(table.figure, table.dependent | ~table.first)
        kinds = {
            "fAcc": figures.right,
            "consistent": figures.right,
            "inconsistent": ~figures.right & ~figures.wrong,
            "consistently_wrong": figures.wrong,
        }
        for metric, kind in kinds.items():
            self._add(metric, figures.cluster, figures.known & kind, figures.known)

    def _of_failures(self) -> None:
        diagnosis = diagnose(self._table)
        diagnosed = diagnosis != Diagnosis.NONE
        for kind, metric in DIAGNOSES.items():
            self._add(metric, self._table.cluster, diagnosis == kind, diagnosed)

    def _add(
        self,
        metric: str,
        cluster: NDArray[np.intp],
        hits: NDArray[np.bool_] | NDArray[np.int8],
        units: NDArray[np.bool_],
    ) -> None:
        """Sum a metric's units by cluster."""
        length = len(self._table.clusters)
        self._columns[metric] = (
            np.bincount(cluster, weights=hits, minlength=length).astype(np.float64),
            np.bincount(cluster, weights=units, minlength=length).astype(np.float64),
        )


def _undiagnosable(table: QuestionTable) -> NDArray[np.bool_]:
    """Say, by cluster, whether it holds answers in VS of a set that asks nothing without a picture."""
    found = np.zeros(len(table.clusters), dtype=np.bool_)
    supplement = ~table.dependent
    if not (supplement & table.first).any():
        found[table.cluster[supplement]] = True
    return found


def _at(
    place: Place, counts: _Counts, clusters: NDArray[np.bool_], *, undiagnosed: bool
) -> list[Score]:
    hits, sizes = counts.hits[clusters], counts.sizes[clusters]
    if undiagnosed:
        unknown = np.isin(_RATIOS, list(DIAGNOSES.values()))
        hits, sizes = np.where(unknown, 0, hits), np.where(unknown, 0, sizes)
    resamples = resampled_ratios(hits, sizes)
    scores = [
        _ratio(place, metric, hits[:, i], sizes[:, i], resamples[:, i])
        for i, metric in enumerate(_RATIOS)
    ]
    parts = len(_PARTS_OF_OVERALL)
    return [_overall(place, scores[:parts], resamples[:, :parts], len(hits)), *scores]


def _overall(
    place: Place, parts: list[Score], resamples: NDArray[np.float64], clusters: int
) -> Score:
    """Return the mean of the parts, unknown without one of them; its ``total`` counts answers, as the first part's."""
    values = [part.value for part in parts if part.value is not None]
    if len(values) < len(parts):
        return Score(*place, "overall", None, None, parts[0].total)
    mean = sum(values) / len(values)
    interval = percentile_interval(resamples.mean(axis=1)) or wilson(
        round(mean * clusters), clusters
    )
    low, high = interval or (None, None)
    return Score(*place, "overall", mean, None, parts[0].total, low, high)


def _ratio(
    place: Place,
    metric: str,
    hits: NDArray[np.float64],
    sizes: NDArray[np.float64],
    resamples: NDArray[np.float64],
) -> Score:
    of, among = int(hits.sum()), int(sizes.sum())
    if not among:
        return Score(*place, metric, None, None if metric in _SIGNED else 0, 0)
    interval = percentile_interval(resamples)
    if metric in _SIGNED:
        low, high = interval or (None, None)
        return Score(*place, metric, of / among, None, among, low, high)
    units = int(np.count_nonzero(sizes))
    low, high = interval or wilson(round(of / among * units), units) or (None, None)
    return Score(*place, metric, of / among, of, among, low, high)
