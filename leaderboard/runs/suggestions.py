"""The changes by which a run that had too little memory would fit, in words and as the retry form sends them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext, ngettext

from evaluator.checkpoint.fit import gib
from leaderboard.runs.models import Run


@dataclass(frozen=True, slots=True)
class SuggestionWords:
    """``number`` is its place in ``Run.failure_facts["suggestions"]``; ``needs`` are fields that a person fills in."""

    number: int
    text: str
    memory: str
    needs: tuple[str, ...]


def suggestions_of(run: Run) -> list[SuggestionWords]:
    """Return the suggestions that a failed run came with; empty for any other run."""
    return [
        SuggestionWords(number, _text(told), _memory(told), tuple(told.get("needs", ())))
        for number, told in enumerate(_stored(run))
    ]


def changes_of(run: Run, number: str, filled_in: Mapping[str, str]) -> dict[str, Any] | None:
    """Return the changes of the suggestion with this number, with what it needs from ``filled_in``.

    None where there is no such suggestion, or a field that it needs is empty.
    """
    stored = _stored(run)
    if not number.isdecimal() or int(number) >= len(stored):
        return None
    told = stored[int(number)]
    needed = {name: filled_in.get(name, "").strip() for name in told.get("needs", ())}
    if not all(needed.values()):
        return None
    # Another checkpoint has other commits.
    other = {"revision": filled_in.get("revision", "").strip()} if "source" in needed else {}
    return {**told["changes"], **needed, **other}


def _stored(run: Run) -> list[dict[str, Any]]:
    found = run.failure_facts.get("suggestions")
    return [told for told in found if isinstance(told, dict)] if isinstance(found, list) else []


def _text(told: Mapping[str, Any]) -> str:
    changes = told.get("changes", {})
    match told.get("kind"):
        case "more_gpus":
            count = int(changes["tensor_parallel_size"])
            return ngettext("Use %(count)d GPU", "Use %(count)d GPUs", count) % {"count": count}
        case "shorter_context":
            return gettext("Shorten the context to %(tokens)d tokens") % {
                "tokens": changes["max_model_len"]
            }
        case "fp8_kv_cache":
            return gettext("Keep the KV cache in FP8")
        case "fp8_weights" if not told.get("needs"):
            return gettext("Have the engine quantize the weights to FP8 (another variant)")
        case "fp8_weights":
            return gettext("Use a checkpoint in FP8 (another variant)")
        case "int4_checkpoint":
            return gettext("Use a checkpoint in AWQ INT4 (another variant)")
        case _:
            return ", ".join(f"{name}={value}" for name, value in changes.items())


def _memory(told: Mapping[str, Any]) -> str:
    return gettext("about %(need)s of %(available)s on each GPU") % {
        "need": gib(told.get("memory_bytes", 0)),
        "available": gib(told.get("available_bytes", 0)),
    }
