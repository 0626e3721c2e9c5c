"""What each figure says, as a sentence computed from its data. Pure: configurations in, texts out.

A title claims something of the models, not of the baselines, and only what the figures beside it show. Where they show
nothing clear it names the figure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext, ngettext

from leaderboard.boards.hallucination.measured import CAUSES, Configuration
from leaderboard.catalog.labels import metric_title
from leaderboard.core import numbers


def causes_title(models: Sequence[Configuration]) -> str:
    """Say which cause most failures have, and in how many models."""
    most = [cause for model in models if (cause := _most_frequent_cause(model))]
    if not most:
        return gettext("Why answers fail")
    winner = max(CAUSES, key=most.count)
    said, of = most.count(winner), len(most)
    named = {"cause": metric_title(winner), "said": said, "of": of}
    if of == 1:
        return gettext("%(cause)s is the most frequent cause of failure") % named
    if said == of:
        return gettext("%(cause)s is the most frequent cause of failure in every model") % named
    return gettext("%(cause)s is the most frequent cause in %(said)d of %(of)d models") % named


def _most_frequent_cause(model: Configuration) -> str | None:
    """Return the cause that more failures have than any other; None where two tie or none is known."""
    counts = {c: score.correct for c in CAUSES if (score := model.whole(c)) and score.correct}
    if not counts:
        return None
    most = max(counts.values())
    winners = [cause for cause, count in counts.items() if count == most]
    return winners[0] if len(winners) == 1 else None


def bias_title(models: Sequence[Configuration]) -> str:
    """Say how many models lean towards yes or no by more than their interval allows for chance."""
    ranges = [r for model in models if (r := _bias_range(model))]
    if not ranges:
        return gettext("Leaning towards “yes”")
    yes = sum(low > 0 for low, _ in ranges)
    no = sum(high < 0 for _, high in ranges)
    counted = {"yes": yes, "no": no, "of": len(ranges)}
    if not yes and not no:
        return gettext("No model leans clearly towards “yes” or “no”")
    if yes and no:
        text = gettext("Of %(of)d models, %(yes)d say “yes” too often and %(no)d too rarely")
        return text % counted
    if yes:
        return (
            ngettext(
                "%(yes)d of %(of)d models says “yes” too often",
                "%(yes)d of %(of)d models say “yes” too often",
                yes,
            )
            % counted
        )
    return (
        ngettext(
            "%(no)d of %(of)d models says “yes” too rarely",
            "%(no)d of %(of)d models say “yes” too rarely",
            no,
        )
        % counted
    )


def _bias_range(model: Configuration) -> tuple[float, float] | None:
    """Return the interval of Pct. Diff; the value alone where it is the same in every part of the set."""
    score = model.whole("pct_diff")
    if score is None or score.value is None:
        return None
    if score.low is None or score.high is None:
        return score.value, score.value
    return score.low, score.high


def subcategories_title(models: Sequence[Configuration], titles: Mapping[str, str]) -> str:
    """Name the subcategory with the lowest accuracy on average, and the one with the highest.

    ``titles`` are the subcategories' by key. Only those count in which every model has a value.
    """
    means: dict[str, float] = {}
    for key in titles:
        scores = [model.within(key) for model in models]
        values = [s.value for s in scores if s and s.value is not None]
        if values and len(values) == len(models):
            means[key] = sum(values) / len(values)
    if len(means) < 2 or min(means.values()) == max(means.values()):
        return gettext("Accuracy by subcategory")
    hardest, easiest = min(means, key=means.__getitem__), max(means, key=means.__getitem__)
    return gettext("Hardest: %(hard)s, %(low)s %%; easiest: %(easy)s, %(high)s %%") % {
        "hard": titles[hardest],
        "low": numbers.percent(means[hardest]),
        "easy": titles[easiest],
        "high": numbers.percent(means[easiest]),
    }


def consistency_title(models: Sequence[Configuration]) -> str:
    """Say on what share of the figures the best model answers everything rightly."""
    values = [v for model in models if (v := model.value("consistent")) is not None]
    if not values:
        return gettext("Consistency")
    best = {"share": numbers.percent(max(values))}
    if len(values) == 1:
        return gettext("Every question on a figure is right on %(share)s %% of the figures") % best
    if max(values) < 0.5:
        return gettext("Even the best model is fully right on only %(share)s %% of figures") % best
    return gettext("The best model is fully right on %(share)s %% of figures") % best
