"""A model that somebody already serves: check the address, ask one question, and hand it on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from evaluator.engines.base import Engine, ServeContext, ServedModel
from evaluator.serving.preflight import preflight
from evaluator.spec import ModelSpec


class EndpointEngine(Engine):
    name = "endpoint"
    title = "OpenAI-compatible endpoint"
    kind = "endpoint"

    @contextmanager
    def open(self, model: ModelSpec, context: ServeContext) -> Iterator[ServedModel]:
        base_url = model.base_url or ""
        report = preflight(
            base_url,
            model.name,
            context.api_key,
            timeout_s=context.request_timeout_s,
            allowed_networks=context.allowed_networks,
            cancelled=context.cancelled,
        )
        yield ServedModel(
            engine=self.name,
            base_url=base_url.rstrip("/"),
            model_name=model.name,
            api_key=context.api_key,
            allowed_networks=context.allowed_networks,
            preflight=report,
        )
