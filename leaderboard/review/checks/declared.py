"""Checks of the submitter's word on a checkpoint against what the worker read of it, and against other models'."""

from __future__ import annotations

from evaluator.checkpoint.components import Component
from evaluator.checkpoint.precision import BITS, Agreement, agreement
from leaderboard.review.checks import thresholds
from leaderboard.review.checks.facts import (
    EXAMPLES,
    MODELS,
    Code,
    Facts,
    Finding,
    Status,
    held_against,
)
from leaderboard.review.checks.thresholds import Limits

_STATUS_OF = {
    Agreement.SAME: Status.PASS,
    Agreement.CONVERTED: Status.WARN,
    Agreement.CONTRARY: Status.FAIL,
}
_AGREEMENTS = tuple(_STATUS_OF)
"""From good to bad."""
_ANY = Limits(0, None)


def precision(facts: Facts) -> Finding | None:
    """The precision that was declared against the one that the worker read of the checkpoint, in bits.

    Warns where the engine only casts (FP16 stored, BF16 declared), fails where they contradict each other; None where
    nothing was declared or read. The worst component decides.
    """
    read = facts.checkpoint.get("precision") or {}
    declared = dict(facts.declared_components)
    if facts.declared_precision != "unknown":
        # Of a whole model people name the language model's precision.
        declared.setdefault(Component.LANGUAGE.value, facts.declared_precision)
    found = {name: str(told.get("scheme")) for name, told in read.items() if name in declared}
    known = {name: scheme for name, scheme in found.items() if scheme != "unknown"}
    if not known:
        return None
    worst = max(known, key=lambda name: _AGREEMENTS.index(agreement(declared[name], known[name])))
    status = _STATUS_OF[agreement(declared[worst], known[worst])]
    data = {"component": worst, "declared": declared[worst], "read": known[worst]}
    return Finding(Code.PRECISION, status, read[worst].get("bits"), BITS.get(declared[worst]), data)


def parameters(facts: Facts) -> Finding | None:
    """The number of parameters that was declared against the one in the checkpoint, in billions.

    None where one of the two is not known for certain.
    """
    read, declared = facts.checkpoint.get("parameters"), facts.declared_parameters_b
    if not read or not declared or not facts.checkpoint.get("parameters_exact"):
        return None
    billions = read / 1e9
    off = abs(billions - declared) / declared
    found = held_against(Code.PARAMETERS, off, thresholds.PARAMETERS, {})
    return Finding(Code.PARAMETERS, found.status, billions, declared, {"parameters": read})


def same_weights(facts: Facts) -> Finding | None:
    """How many other models have these weights. Warns of any: one of the names is not the right one."""
    models = facts.same_weights
    if models is None:
        return None
    data = {MODELS: [model.to_json() for model in models[:EXAMPLES]]} if models else {}
    return held_against(Code.SAME_WEIGHTS, len(models), _ANY, data)
