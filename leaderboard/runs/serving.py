"""How a model served under load: each target beside what was measured, and the probe's levels. Pure.

Reads ``manifest["serving"]["probe"]`` as ``evaluator.serving.measuring`` writes it. What is not there is not shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext

from leaderboard.core import numbers

TTFT, SPEED, MEMORY = "ttft_ms", "tokens_per_s", "gpu_memory"
PER_LEVEL = (TTFT, SPEED)


@dataclass(frozen=True, slots=True)
class Target:
    """A target. ``style`` places the measured value and the limit on a meter; ``met`` None: nothing was measured."""

    title: str
    value: str
    unit: str
    limit: str
    streams: str
    style: str
    met: bool | None


@dataclass(frozen=True, slots=True)
class Level:
    """The figures at one number of streams, as texts; ``marks`` says of two whether their target is met."""

    streams: str
    requests: str
    failed: str
    cells: list[tuple[str, bool | None]]


@dataclass(frozen=True, slots=True)
class Serving:
    """What the section shows. ``problem``: why there are no figures, or why levels are missing."""

    title: str
    conditions: str
    targets: list[Target]
    levels: list[Level]
    problem: str


def serving(manifest: Mapping[str, Any]) -> Serving | None:
    """Return what the probe found; None where the model was not put under load."""
    told = (manifest.get("serving") or {}).get("probe")
    if not isinstance(told, Mapping):
        return None
    if told.get("error"):
        why = gettext("The model could not be put under load: %(why)s.") % {"why": told["error"]}
        return Serving(gettext("Not measured under load"), "", [], [], why)
    targets: list[Mapping[str, Any]] = list(told.get("targets") or [])
    levels: list[Mapping[str, Any]] = list(told.get("levels") or [])
    return Serving(
        title=_title(targets, levels),
        conditions=_conditions(told.get("plan") or {}),
        targets=_targets(targets),
        levels=[_level(level, targets) for level in levels],
        problem=_stopped(str(told.get("stopped") or "")),
    )


def level_titles() -> list[tuple[str, str]]:
    """Return the titles and units of a level's cells."""
    ms, rate = gettext("ms"), gettext("tokens/s")
    return [
        (gettext("TTFT p50"), ms),
        (gettext("TTFT p95"), ms),
        (gettext("TTFT p99"), ms),
        (gettext("Between tokens, p50"), ms),
        (gettext("Between tokens, p95"), ms),
        (gettext("One stream"), rate),
        (gettext("All streams"), rate),
        (gettext("Requests"), "/s"),
        (gettext("Goodput"), "%"),
    ]


def _targets(targets: Sequence[Mapping[str, Any]]) -> list[Target]:
    """Return each target once: at the most streams at which it is met, else at the fewest."""
    found = []
    for name in (TTFT, SPEED, MEMORY):
        held = [target for target in targets if target.get("name") == name]
        met = [target for target in held if target.get("met")]
        if held:
            found.append(_target(name, met[-1] if met else held[0]))
    return found


def _target(name: str, held: Mapping[str, Any]) -> Target:
    limit, measured = float(held["limit"]), held.get("measured")
    titles = {
        TTFT: (gettext("TTFT p95"), gettext("ms"), numbers.count, gettext("below %(limit)s ms")),
        SPEED: (
            gettext("One stream"),
            gettext("tokens/s"),
            numbers.decimal,
            gettext("above %(limit)s tokens/s"),
        ),
        MEMORY: (
            gettext("GPU memory, peak"),
            "%",
            numbers.percent,
            gettext("below %(limit)s %%"),
        ),
    }
    title, unit, write, words = titles[name]
    streams = held.get("concurrency")
    return Target(
        title=title,
        value=write(measured),
        unit=unit,
        limit=words % {"limit": write(limit)},
        streams=_at(streams) if streams else "",
        style=_meter(measured, limit, whole=name == MEMORY),
        met=held.get("met"),
    )


def _meter(measured: float | None, limit: float, *, whole: bool) -> str:
    """Place both on a scale that ends a third above the larger, or at the whole."""
    if measured is None or limit <= 0:
        return ""
    end = 1.0 if whole else max(measured, limit) * 4 / 3
    return f"--v:{100 * measured / end:.1f};--t:{100 * limit / end:.1f}"


def _level(level: Mapping[str, Any], targets: Sequence[Mapping[str, Any]]) -> Level:
    streams = level.get("concurrency")
    met = {t["name"]: t.get("met") for t in targets if t.get("concurrency") == streams}
    count, decimal = numbers.count, numbers.decimal
    return Level(
        streams=count(streams),
        requests=count(level.get("requests")),
        failed=count(level.get("errors")),
        cells=[
            (count(level.get("ttft_ms_p50")), None),
            (count(level.get("ttft_ms_p95")), met.get(TTFT)),
            (count(level.get("ttft_ms_p99")), None),
            (decimal(level.get("itl_ms_p50")), None),
            (decimal(level.get("itl_ms_p95")), None),
            (decimal(level.get("tokens_per_s")), met.get(SPEED)),
            (decimal(level.get("output_tokens_per_s")), None),
            (decimal(level.get("requests_per_s")), None),
            (numbers.percent(level.get("goodput")), None),
        ],
    )


def _title(targets: Sequence[Mapping[str, Any]], levels: Sequence[Mapping[str, Any]]) -> str:
    """Say up to how many streams every target of a level is met."""
    best = 0
    for level in levels:
        streams = level.get("concurrency")
        here = [t.get("met") for t in targets if t.get("concurrency") == streams]
        if not here or not all(here):
            break
        best = int(streams or 0)
    if best:
        return gettext("Meets its latency targets up to %(streams)s") % {"streams": _streams(best)}
    if any(t.get("met") is False for t in targets if t.get("name") in PER_LEVEL):
        return gettext("Misses its latency targets even with one stream")
    return gettext("Serving under load")


def _streams(number: int) -> str:
    return gettext("one stream") if number == 1 else gettext("%(n)d streams") % {"n": number}


def _at(number: Any) -> str:
    return gettext("at %(streams)s") % {"streams": _streams(int(number))}


def _conditions(plan: Mapping[str, Any]) -> str:
    if not plan.get("picture_px"):
        return ""
    return gettext(
        "Pictures of %(px)s px, %(characters)s characters of text, at most %(tokens)s tokens out"
    ) % {
        "px": numbers.count(plan["picture_px"]),
        "characters": numbers.count(plan.get("prompt_characters")),
        "tokens": numbers.count(plan.get("max_tokens")),
    }


def _stopped(why: str) -> str:
    if not why:
        return ""
    return gettext("Higher levels were not tried: %(why)s.") % {"why": why}
