"""What every engine declares. A declaration is pure: :mod:`evaluator.serving` runs it, and the site reads it too."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar

from evaluator.spec import ModelKind, ModelSpec


class Engine(ABC):
    """A way to have a model answer. Subclasses set the class variables; they hold no state."""

    name: ClassVar[str]
    title: ClassVar[str]
    """As its makers write it."""
    kind: ClassVar[ModelKind]
    gauges: ClassVar[Mapping[str, str]] = {}
    """Our names of what the engine's Prometheus page tells -> its metric (a counter's name ends in ``_total``):
    ``kv_cache_use`` (a share), ``requests_running``, ``requests_waiting``, ``preemptions``."""

    @abstractmethod
    def check(self, model: ModelSpec) -> None:
        """Raise EvaluationError(SPEC_INVALID) naming what this engine cannot do of what is asked."""
