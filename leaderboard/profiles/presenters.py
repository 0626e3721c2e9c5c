"""From a model's runs to what its page prints. Pure: records in, texts and positions out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext

from evaluator.checkpoint.components import Component
from evaluator.checkpoint.fit import gib
from leaderboard.catalog.checkpoints import component_title
from leaderboard.catalog.labels import is_difference, metric_title, precision_bits
from leaderboard.catalog.models import Benchmark, Dimension, Precision, Variant
from leaderboard.core import numbers
from leaderboard.profiles.gathered import Standing
from leaderboard.runs.scores import ScoreCell, ScoreLike, Tree, cell_of


@dataclass(frozen=True, slots=True)
class ComponentRow:
    """A part of the model: its precision, and whether that was read or only declared."""

    title: str
    precision: str
    bits: int
    parameters: str
    note: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A score as a bar from 0 to 100. ``style`` has the value, its interval and, as ``--b``, the baseline's value.

    ``value`` and ``reference`` (the baseline's) are fractions; ``better`` is None where nothing tells them apart.
    """

    title: str
    hint: str
    value: float | None
    reference: float | None
    cell: ScoreCell
    style: str
    base: str
    delta: str
    better: bool | None
    below: list[Bar] = field(default_factory=list)


def component_rows(variant: Variant) -> list[ComponentRow]:
    """Return the parts of which something is known, in the order of the model."""
    rows = []
    for component in Component:
        told = variant.components.get(component.value)
        if not told:
            continue
        scheme = told.get("scheme")
        declared = told.get("declared")
        notes = [] if told.get("read") else [gettext("declared")]
        if told.get("read") and declared and declared != scheme:
            notes.append(gettext("declared as %(name)s") % {"name": _scheme(declared)})
        rows.append(
            ComponentRow(
                title=component_title(component.value),
                precision=_scheme(scheme),
                bits=precision_bits(told.get("bits")),
                parameters=numbers.parameters(_billions(told.get("parameters"))),
                note=", ".join(notes),
            )
        )
    return rows


def identity(variant: Variant) -> list[tuple[str, str, bool]]:
    """Return the facts that name the variant: title, text, and whether it is set in a fixed-width face."""
    facts = [
        (gettext("Checkpoint"), variant.public_source, True),
        (gettext("Commit"), variant.commit or variant.revision, True),
        (gettext("Architecture"), variant.architecture, True),
        (gettext("Base model"), variant.base_model, True),
        (gettext("Parameters"), numbers.parameters(_billions(variant.parameters)), False),
        (gettext("Size on disk"), gib(variant.size_bytes) if variant.size_bytes else "", False),
        (gettext("Weights, sha256"), variant.weights_sha256, True),
    ]
    return [fact for fact in facts if fact[1]]


def profile(own: Mapping[int, Standing], base: Mapping[int, Standing]) -> list[Bar]:
    """Return the headline of every benchmark, beside the baseline's on the same data by the same protocol."""
    bars = []
    for benchmark, standing in own.items():
        other = comparable(standing, base.get(benchmark))
        title = standing.run.benchmark.title
        metric = metric_title(standing.run.benchmark.headline_metric)
        bars.append(bar(title, metric, standing.headline, other.headline if other else None))
    return bars


def comparable(own: Standing, other: Standing | None) -> Standing | None:
    """Return the other standing where it measures the same thing."""
    same = (
        other is not None
        and other.run.dataset_id == own.run.dataset_id
        and other.run.protocol == own.run.protocol
    )
    return other if same else None


def dimension_metric(benchmark: Benchmark) -> str:
    """Return the metric by which the benchmark's dimensions are shown: that of the board's columns."""
    return benchmark.board_dimension_metric or benchmark.headline_metric


def dimension_bars(
    own: Standing, base: Standing | None, dimensions: Sequence[Dimension]
) -> list[Bar]:
    """Return the dimensions of the board's axis, each with those below it, by the metric of the board's columns."""
    benchmark = own.run.benchmark
    metric = dimension_metric(benchmark)
    tree = Tree(dimensions)
    roots = tree.roots(benchmark.board_axis)

    def one(dimension: Dimension, below: list[Bar]) -> Bar | None:
        place = (dimension.axis, dimension.key, metric)
        if place not in own.scores:
            return None
        other = base.scores.get(place) if base else None
        return bar(dimension.title, "", own.scores[place], other, below)

    found: list[Bar] = []
    on_axis = [d for d in dimensions if d.axis == benchmark.board_axis]
    shown = roots.get(benchmark.board_axis) or on_axis
    for dimension in shown:
        children = [one(d, []) for depth, d in tree.below([dimension]) if depth == 1]
        made = one(dimension, [child for child in children if child])
        if made:
            found.append(made)
    return found


def bar(
    title: str,
    hint: str,
    score: ScoreLike | None,
    base: ScoreLike | None,
    below: list[Bar] | None = None,
) -> Bar:
    """Return a score as a bar, with the difference to the baseline in points."""
    cell = cell_of(score)
    value, other = score.value if score else None, base.value if base else None
    delta = None if value is None or other is None else value - other
    return Bar(
        title=title,
        hint=hint,
        value=value,
        reference=other,
        cell=cell,
        style=cell.style
        if other is None or not cell.style
        else f"{cell.style};--b:{100 * other:.1f}",
        base=numbers.percent(other) if other is not None else "",
        delta=numbers.points(delta) if delta is not None else "",
        better=_better(score, base),
        below=below or [],
    )


def _better(score: ScoreLike | None, base: ScoreLike | None) -> bool | None:
    """Say whether a score is better than the baseline's; None while their 95 % intervals overlap, or are not known."""
    bounds = [(s.low, s.high) for s in (score, base) if s]
    known = [(low, high) for low, high in bounds if low is not None and high is not None]
    if len(known) < 2:
        return None
    (low, high), (base_low, base_high) = known
    return True if low > base_high else False if high < base_low else None


def profile_title(name: str, base: str, bars: Iterable[Bar]) -> str:
    """Say on how many benchmarks the variant is ahead of its baseline."""
    known = [b for b in bars if b.delta]
    if not known or not base:
        return gettext("Scores by benchmark")
    words = {
        "name": name,
        "base": base,
        "n": sum((b.value or 0) > (b.reference or 0) for b in known),
        "all": len(known),
    }
    return gettext("%(name)s is ahead of %(base)s on %(n)d of %(all)d benchmarks") % words


def dimensions_title(benchmark: str, bars: Sequence[Bar]) -> str:
    """Say where the score is highest and lowest, where one dimension is."""
    known = [b for b in bars if b.value is not None]
    best = _only(known, max((b.value for b in known if b.value is not None), default=0.0))
    worst = _only(known, min((b.value for b in known if b.value is not None), default=0.0))
    words = {"benchmark": benchmark, "best": best, "worst": worst}
    if best and worst and best != worst:
        return gettext("%(benchmark)s: highest on %(best)s, lowest on %(worst)s") % words
    if worst and len(known) > 1:
        return gettext("%(benchmark)s: lowest on %(worst)s") % words
    if best and len(known) > 1:
        return gettext("%(benchmark)s: highest on %(best)s") % words
    return benchmark


def _only(bars: Sequence[Bar], value: float) -> str:
    """Return the title of the one bar that has this value; empty where several do."""
    found = [bar.title for bar in bars if bar.value == value]
    return found[0] if len(found) == 1 else ""


def ablation(standing: Standing) -> list[tuple[str, ScoreCell, str]]:
    """Return what the run without pictures tells: title, number and unit; empty where there was none."""
    benchmark, found = standing.run.benchmark, []
    for metric in (benchmark.headline_metric, "blind", "visual_gain"):
        score = standing.scores.get((benchmark.headline_axis, benchmark.headline_dimension, metric))
        if score:
            unit = gettext("points") if is_difference(metric) else "%"
            found.append((metric_title(metric), cell_of(score), unit))
    return found if len(found) > 1 else []


def _scheme(name: str | None) -> str:
    """Return a precision as a chip writes it."""
    return str(Precision(name).label) if name in Precision.values else name or numbers.MISSING


def _billions(parameters: int | None) -> float | None:
    return parameters / 1e9 if parameters else None
