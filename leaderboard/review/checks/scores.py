"""Checks of the scores: against themselves, the model's earlier run, models of its size, and guessing."""

from __future__ import annotations

from math import hypot
from statistics import median

from leaderboard.review.checks import thresholds
from leaderboard.review.checks.facts import (
    EXAMPLES,
    RUNS,
    Code,
    Facts,
    Finding,
    Status,
    held_against,
)

LETTER_BIAS = "letter_bias_"
_MAD_TO_DEVIATION = 1.4826
"""Of a normal distribution, the standard deviation over the median absolute deviation."""


def yes_bias(facts: Facts) -> Finding | None:
    """Pct. Diff: how much more often the model says yes than yes is right, with its sign."""
    found = facts.scores.get("pct_diff")
    if _is_expected(facts) or found is None or found.total < thresholds.MIN_BIAS_ANSWERS:
        return None
    false_positives = facts.scores.get("fp_ratio")
    data: dict[str, float] = {"answered": found.total}
    if false_positives is not None:
        data["fp_ratio"] = false_positives.value
    return held_against(
        Code.YES_BIAS, found.value, thresholds.YES_BIAS, data, size=abs(found.value)
    )


def letter_bias(facts: Facts) -> Finding | None:
    """How much more often a letter is chosen than it is right, with its sign, of the letter where that is most."""
    biases = {
        metric.removeprefix(LETTER_BIAS): found
        for metric, found in facts.scores.items()
        if metric.startswith(LETTER_BIAS) and found.total >= thresholds.MIN_BIAS_ANSWERS
    }
    if _is_expected(facts) or not biases:
        return None
    worst = max(sorted(biases), key=lambda letter: abs(biases[letter].value))
    value = biases[worst].value
    data = {"letter": worst, "answered": biases[worst].total}
    return held_against(Code.LETTER_BIAS, value, thresholds.LETTER_BIAS, data, size=abs(value))


def _is_expected(facts: Facts) -> bool:
    """Whether a bias says nothing: a yardstick is made of one, and without pictures a model has little else."""
    return facts.baseline or not facts.pictures_shown


def jump(facts: Facts) -> Finding | None:
    """The headline less that of the model's previous published run.

    A difference no wider than both intervals together passes: it may be noise.
    """
    now, run = facts.headline, facts.previous
    if now is None or run is None or run.headline is None:
        return None
    difference = now.value - run.headline.value
    noise = hypot(now.margin, run.headline.margin)
    data = {"now": now.value, "before": run.headline.value, "noise": noise, RUNS: [run.to_json()]}
    size = 0.0 if abs(difference) <= noise else abs(difference)
    return held_against(Code.JUMP, difference, thresholds.JUMP, data, size=size)


def size_class(facts: Facts) -> Finding | None:
    """The headline less the median of the models of about its size. Warns of an outlier; never fails for being good."""
    now, found = facts.headline, facts.size_class
    if now is None or found is None or len(found.peers) < thresholds.MIN_PEERS:
        return None
    peers = {run: run.headline.value for run in found.peers if run.headline is not None}
    middle = median(peers.values())
    spread = _MAD_TO_DEVIATION * median(abs(value - middle) for value in peers.values())
    allowed = thresholds.PEER_DEVIATIONS * max(spread, thresholds.MIN_PEER_DEVIATION)
    difference = now.value - middle
    nearest = sorted(peers, key=lambda run: abs(peers[run] - now.value))[:EXAMPLES]
    data = {
        "now": now.value,
        "median": middle,
        "peers": len(peers),
        "from_b": found.parameters / thresholds.PEER_FACTOR,
        "to_b": found.parameters * thresholds.PEER_FACTOR,
        RUNS: [run.to_json() for run in nearest],
    }
    status = Status.WARN if abs(difference) > allowed else Status.PASS
    return Finding(Code.SIZE_CLASS, status, difference, allowed, data)


def blind(facts: Facts) -> Finding | None:
    """The score without pictures less that of guessing."""
    found = facts.blind
    if found is None:
        return None
    data: dict[str, object] = {"blind": found.score, "chance": found.chance}
    if found.run is not None:
        data[RUNS] = [found.run.to_json()]
    return held_against(Code.BLIND, found.score - found.chance, thresholds.BLIND, data)


def same_answers(facts: Facts) -> Finding | None:
    """How much the answers agree, beyond chance, with those of the most similar run of another model."""
    found = facts.alike
    if found is None:
        return None
    data = {
        "equal": found.equal,
        "compared": found.compared,
        "other_runs": found.runs,
        RUNS: [found.run.to_json()],
    }
    return held_against(Code.SAME_ANSWERS, found.agreement, thresholds.SAME_ANSWERS, data)
