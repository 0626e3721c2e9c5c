"""A model that somebody already serves behind an OpenAI-compatible URL."""

from __future__ import annotations

from evaluator.engines.base import Engine
from evaluator.spec import ModelSpec


class EndpointEngine(Engine):
    name = "endpoint"
    title = "OpenAI-compatible endpoint"
    kind = "endpoint"

    def check(self, model: ModelSpec) -> None:
        """Nothing to refuse: what it can do shows when it is asked."""
