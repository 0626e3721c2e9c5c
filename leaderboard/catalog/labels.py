"""Words for what is stored as identifiers: metrics, engines, families of benchmarks. Pure.

A metric or an engine without an entry here is still shown, under its own name: a new benchmark or engine needs no
change in this file.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

from django.utils.translation import gettext, gettext_lazy, gettext_noop
from django.utils.translation import gettext_lazy as _

METRICS = {
    "circular": (_("Circular"), _("right in every rotation")),
    "vanilla": (_("Vanilla"), _("first rotation only")),
    "all_rows": (_("All rows"), _("every rotation on its own")),
    "gap": (_("Gap"), _("points")),
    "unparsed": (_("Unparsed"), _("no answer could be read")),
    "errored": (_("Failed requests"), _("not scored")),
    "accuracy": (_("Accuracy"), ""),
}
DIFFERENCES = ("gap", "letter_bias_")
"""Beginnings of the metrics that are signed differences, shown in points rather than in percent."""

DATASET_LABELS = (gettext_noop("demo: drawn pictures"),)
"""The labels that our own data sets bring along, for the translators; any other label is shown as it is."""

ENGINES = {
    "endpoint": gettext_lazy("Endpoint"),
    "transformers": "Transformers",
    "vllm": "vLLM",
    "sglang": "SGLang",
    "tensorrt_llm": "TensorRT-LLM",
}


def metric_title(metric: str) -> str:
    """Return the name of a metric in the current language."""
    if metric.startswith("pass_"):
        return gettext("Pass %(number)s") % {"number": metric.removeprefix("pass_")}
    if metric.startswith("letter_bias_"):
        return gettext("Letter bias %(letter)s") % {"letter": metric.removeprefix("letter_bias_")}
    known = METRICS.get(metric)
    return str(known[0]) if known else metric.replace("_", " ")


def metric_hint(metric: str) -> str:
    """Return what a metric counts, in a few words; empty when nothing is known of it."""
    known = METRICS.get(metric)
    return str(known[1]) if known else ""


def is_difference(metric: str) -> bool:
    """Say whether a metric is a signed difference of fractions."""
    return metric.startswith(DIFFERENCES)


def engine_title(engine: str) -> str:
    """Return the name of a serving engine as its makers write it."""
    return str(ENGINES.get(engine, engine))


def family_title(titles: Sequence[str]) -> str:
    """Return what the titles of one family's benchmarks have in common: ``MMBench`` of its language versions."""
    if len(titles) == 1:
        return titles[0]
    same = takewhile(lambda letters: len(set(letters)) == 1, zip(*titles, strict=False))
    return "".join(letters[0] for letters in same).rstrip(" (（,，:：-") or titles[0]


def precision_bits(bits: int | None) -> int:
    """Return the bits by which a precision chip chooses its mark: 16, 8 or 4; 0 for the ring of an undisclosed one."""
    if bits is None:
        return 0
    return next((step for step in (16, 8) if bits >= step), 4)
