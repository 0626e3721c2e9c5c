"""Retrying a submission with changes: what a worker suggested where memory was too little, or what a person chose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from django.utils.translation import gettext as _

from evaluator.checkpoint.advice import CHANGEABLE
from evaluator.engines import get_engine
from evaluator.errors import EvaluationError
from evaluator.messages import queue_for
from evaluator.spec import EvaluationSpec, ModelSpec
from leaderboard.runs.models import Submission
from leaderboard.runs.specs import model_spec
from leaderboard.runs.states import RETRYABLE
from leaderboard.runs.submission import SubmissionInvalid, SubmissionRequest
from leaderboard.runs.validation import checked
from leaderboard.runs.variants import variant_of

OF_THE_VARIANT = frozenset({"precision", "source", "revision"})
"""Changes that make it another variant: not for a submission of which a run has been graded."""

_WHOLE = frozenset({"tensor_parallel_size", "max_model_len", "images_per_prompt"})


def apply_changes(submission: Submission, changes: Mapping[str, Any]) -> None:
    """Change how a ``locked`` submission is served: its spec, identity, queue, and variant where that is another one.

    ``changes`` maps names in CHANGEABLE to values. Raises SubmissionInvalid with everything that is wrong, and
    changes nothing then.
    """
    errors = _errors(submission, changes)
    if errors:
        raise SubmissionInvalid(errors)
    request = checked(replace(request_of(submission), **changes))
    spec = EvaluationSpec.from_json(submission.spec)
    model = model_spec(request)
    _require_engine_takes(model, changes)
    spec = replace(spec, model=model)
    if not OF_THE_VARIANT.isdisjoint(changes):
        submission.variant = variant_of(request)
    submission.spec = spec.to_json()
    submission.identity = spec.identity()
    submission.queue = queue_for(spec)
    submission.save(update_fields=["variant", "spec", "identity", "queue"])


def in_words(changes: Mapping[str, Any]) -> str:
    """Return the changes as they stand in a run's history."""
    return ", ".join(f"{name}={value}" for name, value in sorted(changes.items()))


def request_of(submission: Submission) -> SubmissionRequest:
    """Return the wish that the submission of a checkpoint stands for now."""
    variant, model = submission.variant, EvaluationSpec.from_json(submission.spec).model
    slugs = submission.runs.order_by("id").values_list("benchmark__slug", flat=True)
    return SubmissionRequest(
        kind="checkpoint",
        model_name=variant.model.name,
        organization=variant.model.organization,
        benchmarks=tuple(dict.fromkeys(slugs)),
        source=variant.source,
        revision=variant.revision,
        served_name=variant.served_name,
        engine=variant.engine,
        precision=variant.precision,
        tensor_parallel_size=model.tensor_parallel_size,
        max_model_len=model.max_model_len,
        kv_cache_dtype=model.kv_cache_dtype,
        images_per_prompt=model.images_per_prompt,
        engine_args=dict(model.engine_args),
    )


def _errors(submission: Submission, changes: Mapping[str, Any]) -> list[dict[str, str]]:
    if submission.variant.kind != "checkpoint":
        return [_error("changes", _("Only how a checkpoint is served can be changed."))]
    known = {field.name for field in fields(SubmissionRequest)} & CHANGEABLE
    found = [
        _error(str(name)[:80], _("One of: %s.") % ", ".join(sorted(known)))
        for name in changes
        if name not in known
    ]
    for name in known & set(changes):
        whole = name in _WHOLE
        right = type(changes[name]) is int if whole else isinstance(changes[name], str)
        if not right:
            found.append(_error(name, _("A whole number.") if whole else _("A text.")))
    kept = submission.runs.exclude(state__in=RETRYABLE).exists()
    if kept and not OF_THE_VARIANT.isdisjoint(changes):
        message = _(
            "Other runs of this submission have results of another variant: submit it anew."
        )
        found.append(_error("changes", message))
    return found


def _require_engine_takes(model: ModelSpec, changes: Mapping[str, Any]) -> None:
    try:
        get_engine(model.engine).check(model)
    except EvaluationError as error:
        field = next(iter(changes), "changes")
        raise SubmissionInvalid([_error(field, error.detail, error.code.value)]) from error


def _error(field: str, message: str, code: str = "invalid") -> dict[str, str]:
    return {"field": field, "code": code, "message": message}
