"""The columns that say how configurations serve: beside the scores, and on the serving board. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext, ngettext

from leaderboard.boards.columns import Column, Kind, Source
from leaderboard.boards.rows import Cell, Row
from leaderboard.boards.serving import (
    TARGET_FIGURES,
    Serving,
    chosen_class,
    chosen_streams,
    figure_at,
    host_class,
    host_classes,
    limits_of,
    streams_of,
    targets_at,
)
from leaderboard.boards.state import UNKNOWN_HARDWARE, BoardState
from leaderboard.core import numbers

_LOW_IS_GOOD = {"ttft_ms_p50", "ttft_ms_p95", "error_rate", "gpu_memory", "cpu_memory_mb"}
_OF_FIGURE = {figure: target for target, figure in TARGET_FIGURES.items()}


@dataclass(frozen=True, slots=True)
class Conditions:
    """Under what serving figures are shown: one class of hardware, one number of streams.

    ``hardware`` is None without any figure and empty for hardware that nobody told; ``streams`` is None without a
    probe: then what the evaluation's own requests measured is shown. ``classes`` and ``levels`` are what there is to
    choose among.
    """

    hardware: str | None
    streams: int | None
    classes: tuple[str, ...]
    levels: tuple[int, ...]

    @classmethod
    def of(cls, rows: Sequence[Row], state: BoardState) -> Conditions:
        """Return the conditions that the view asks for, or the usual ones."""
        every = [row.serving for row in rows]
        wanted = "" if state.hardware == UNKNOWN_HARDWARE else state.hardware
        hardware = chosen_class(every, wanted)
        here = [s for s in every if host_class(s) == hardware]
        return cls(
            hardware=hardware,
            streams=chosen_streams(here, state.streams),
            classes=tuple(host_classes(every)),
            levels=tuple(streams_of(here)),
        )

    @property
    def title(self) -> str:
        """The conditions in words: ``1x NVIDIA H200, 16 streams``."""
        return ", ".join(filter(None, (hardware_title(self.hardware or ""), self.load)))

    @property
    def class_choices(self) -> list[tuple[str, str, bool]]:
        """The kinds of hardware to choose among: as an address writes it, its title, whether it is shown."""
        return [
            (n or UNKNOWN_HARDWARE, hardware_title(n), n == self.hardware) for n in self.classes
        ]

    @property
    def load(self) -> str:
        if self.streams is None:
            return gettext("the evaluation's own requests")
        number = self.streams
        return ngettext("%(number)d stream", "%(number)d streams", number) % {"number": number}

    def covers(self, serving: Serving) -> bool:
        return host_class(serving) == self.hardware

    def figure(self, serving: Serving, name: str) -> float | None:
        """Return a figure under these conditions; None for one of other hardware, or not measured."""
        if not self.covers(serving):
            return None
        if self.streams is None:
            value = serving.get(name)
            return None if value is None else float(value)
        return figure_at(serving, name, self.streams)


def hardware_title(name: str) -> str:
    """Return a class of hardware as pages write it."""
    return name or gettext("hardware not told")


def quality_columns(rows: Sequence[Row], conditions: Conditions) -> list[Column]:
    """Return the serving columns of a board of scores; those that no row has a figure for are left out."""
    names = ("ttft_ms_p50", "ttft_ms_p95", "tokens_per_s", "gpu_memory")
    return _known(_columns(rows, conditions, names), rows)


def serving_columns(rows: Sequence[Row], conditions: Conditions) -> list[Column]:
    """Return the columns of the serving board. The first one ranks, and is there even without a figure."""
    lead = Column(
        "output-tokens-per-s",
        gettext("Output tokens/s"),
        Kind.FIRST,
        _measured("output_tokens_per_s", conditions, {}),
        _group(conditions),
        gettext("all streams together"),
    )
    names = (
        "requests_per_s",
        "goodput",
        "ttft_ms_p50",
        "ttft_ms_p95",
        "tokens_per_s",
        "error_rate",
        "gpu_memory",
        "cpu_memory_mb",
    )
    return [lead, *_known(_columns(rows, conditions, names), rows)]


def _known(columns: Sequence[Column], rows: Sequence[Row]) -> list[Column]:
    def value(column: Column, row: Row) -> object:
        return (column.source(row) or {}).get("value")

    return [c for c in columns if any(value(c, row) is not None for row in rows)]


def _columns(rows: Sequence[Row], conditions: Conditions, names: Sequence[str]) -> list[Column]:
    limits = limits_of(row.serving for row in rows)
    group = _group(conditions)
    every = {
        "ttft_ms_p50": (gettext("TTFT p50"), Kind.MILLISECONDS, gettext("ms")),
        "ttft_ms_p95": (gettext("TTFT p95"), Kind.MILLISECONDS, gettext("ms")),
        "tokens_per_s": (gettext("Tokens/s"), Kind.RATE, gettext("per stream")),
        "requests_per_s": (gettext("Requests/s"), Kind.RATE, gettext("all streams")),
        "goodput": (gettext("Goodput"), Kind.SHARE, gettext("% within targets")),
        "error_rate": (gettext("Failed"), Kind.SHARE, gettext("% of requests")),
        "gpu_memory": (gettext("GPU memory"), Kind.SHARE, gettext("%, peak")),
        "cpu_memory_mb": (gettext("CPU memory"), Kind.COUNT, gettext("MiB, peak")),
    }
    found = [
        Column(
            key=name.replace("_", "-"),
            title=title,
            kind=kind,
            source=_measured(name, conditions, limits),
            group=group,
            hint=hint,
            tooltip=_limit(name, limits),
            low_is_good=name in _LOW_IS_GOOD,
        )
        for name, (title, kind, hint) in every.items()
        if name in names
    ]
    held = _targets(conditions)
    targets = Column("targets", gettext("Targets"), Kind.TARGETS, held, group, gettext("met"))
    return [*found, targets]


def _group(conditions: Conditions) -> str:
    return gettext("Serving: %(conditions)s") % {"conditions": conditions.title}


def _measured(name: str, conditions: Conditions, limits: dict[str, float]) -> Source:
    target = _OF_FIGURE.get(name) if limits else None

    def cell(row: Row) -> Cell | None:
        value = conditions.figure(row.serving, name)
        if value is None:
            return None
        missed = target in targets_at(row.serving, conditions.streams).missed
        return {"value": value, "missed": missed}

    return cell


def _targets(conditions: Conditions) -> Source:
    def cell(row: Row) -> Cell | None:
        held = targets_at(row.serving, conditions.streams)
        if not conditions.covers(row.serving) or not held.known:
            return None
        words = [_MISSED[name]() for name in held.missed if name in _MISSED]
        text = ", ".join(words) or gettext("all targets met")
        return {"value": held.met, "known": held.known, "words": text, "ok": not held.missed}

    return cell


_MISSED: dict[str, Callable[[], str]] = {
    "ttft_ms": lambda: gettext("time to first token too long"),
    "tokens_per_s": lambda: gettext("too few tokens/s"),
    "gpu_memory": lambda: gettext("too much GPU memory"),
}


def _limit(name: str, limits: dict[str, float]) -> str:
    """Return a figure's target in words; empty where it has none."""
    target = _OF_FIGURE.get(name)
    limit = limits.get(target or "")
    if limit is None:
        return ""
    if target == "gpu_memory":
        return gettext("target: below %(limit)s %%") % {"limit": numbers.percent(limit)}
    if target == "tokens_per_s":
        return gettext("target: above %(limit)s") % {"limit": numbers.decimal(limit)}
    return gettext("target: below %(limit)s ms") % {"limit": numbers.count(limit)}
