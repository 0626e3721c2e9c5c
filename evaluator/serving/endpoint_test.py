"""Asking an endpoint one question before it is submitted."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from evaluator.errors import EvaluationError, FailureCode
from evaluator.keys import open_sealed
from evaluator.messages import EndpointTest, EndpointTestResult
from evaluator.serving.preflight import QUESTION, preflight

log = logging.getLogger(__name__)

TIMEOUT_S = 30.0
MAX_ANSWER = 500
MAX_NAMES = 20


def ask(
    test: EndpointTest,
    private_key: str,
    *,
    allowed_networks: Sequence[str],
    timeout_s: float = TIMEOUT_S,
) -> EndpointTestResult:
    """Return what the endpoint answered, or why it did not. Raises nothing: whoever waits is told.

    ``private_key`` opens the sealed API key, which stays in this call.
    """
    try:
        sealed = test.api_key_sealed
        found = preflight(
            test.base_url,
            test.model,
            open_sealed(sealed, private_key) if sealed else None,
            timeout_s=timeout_s,
            allowed_networks=allowed_networks,
        )
    except EvaluationError as error:
        return EndpointTestResult(question=QUESTION, code=error.code, detail=error.detail)
    except Exception as error:
        # The text of an unforeseen exception may hold anything; its kind does not.
        log.error("a test of an endpoint failed: %s", type(error).__name__)
        return EndpointTestResult(
            question=QUESTION, code=FailureCode.INTERNAL, detail=type(error).__name__
        )
    return EndpointTestResult(
        question=QUESTION,
        answer=found.answer[:MAX_ANSWER],
        ttft_ms=found.ttft_ms,
        latency_ms=found.latency_ms,
        usage=found.usage,
        models=found.models[:MAX_NAMES],
        adaptations=found.adaptations,
    )
