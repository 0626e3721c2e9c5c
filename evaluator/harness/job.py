"""The job: one JSON document on the child's standard input. It holds the API key, so it is never argv or env."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from evaluator.errors import EvaluationError, FailureCode
from evaluator.process.environment import redact
from evaluator.spec import GenerationSpec, Pictures


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What one child process does: ask one benchmark's questions of one endpoint.

    ``out`` is this attempt's folder (kept when it is retried), ``items_dir`` is shared by all runs. ``limit`` asks
    only the first rows. ``allowed_networks`` are CIDRs beside the public ones. ``pictures``, ``frugal`` and
    ``declaration`` are those of ``spec.BenchmarkSpec``.
    """

    benchmark: str
    base_url: str
    model: str
    api_key: str | None = field(repr=False)
    generation: GenerationSpec
    data_dir: Path | None
    limit: int | None
    out: Path
    items_dir: Path
    allowed_networks: tuple[str, ...]
    pictures: Pictures = "shown"
    frugal: bool = False
    declaration: Mapping[str, Any] | None = None

    @classmethod
    def read(cls, text: str) -> Self:
        """Build a job from its JSON.

        Raises EvaluationError(SPEC_INVALID) for anything else; the message never quotes a value.
        """
        try:
            data = json.loads(text)
            return cls(
                benchmark=_text(data, "benchmark"),
                base_url=_text(data, "base_url"),
                model=_text(data, "model"),
                api_key=data.get("api_key") or None,
                generation=GenerationSpec(**data["generation"]),
                data_dir=Path(data["data_dir"]) if data.get("data_dir") else None,
                limit=data.get("limit"),
                out=Path(_text(data, "out")),
                items_dir=Path(_text(data, "items_dir")),
                allowed_networks=tuple(data.get("allowed_networks", ())),
                pictures=data.get("pictures", "shown"),
                frugal=data.get("frugal", False),
                declaration=data.get("declaration"),
            )
        except json.JSONDecodeError:
            detail = "the job is not JSON"
        except KeyError as error:
            detail = f"the job has no {error}"
        except (TypeError, ValueError, AttributeError) as error:
            detail = f"the job cannot be read ({type(error).__name__})"
        raise EvaluationError(FailureCode.SPEC_INVALID, detail)

    def scrub(self, text: str) -> str:
        """Return the text without the API key, which an endpoint may echo in its errors."""
        return redact(text, (self.api_key,)) if self.api_key else text

    def resume_identity(self) -> dict[str, Any]:
        """Return what must be unchanged for an earlier attempt's answers to be this attempt's answers.

        Frugal or not is no part of it: only answers are taken over, and what was left unasked is decided anew.
        """
        generation = self.generation
        return {
            "benchmark": self.benchmark,
            "model": self.model,
            "temperature": generation.temperature,
            "seed": generation.seed,
            "max_new_tokens": generation.max_new_tokens,
            "pictures": self.pictures,
            "declaration": json.dumps(self.declaration, sort_keys=True),
        }


def _text(data: Mapping[str, Any], name: str) -> str:
    value = data[name]
    if not isinstance(value, str) or not value:
        raise ValueError(name)
    return value
