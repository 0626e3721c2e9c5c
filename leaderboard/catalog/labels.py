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
    "accuracy": (_("Accuracy"), _("right answers")),
    "overall": (_("Overall"), _("mean of aAcc, qAcc, fAcc")),
    "vqa_accuracy": (_("VQA accuracy"), _("agreement with ten people")),
    # Multiple choice in rotations (MMBench).
    "circular": (_("Circular"), _("right in every rotation")),
    "vanilla": (_("Vanilla"), _("first rotation only")),
    "all_rows": (_("All rows"), _("every rotation on its own")),
    "gap": (_("Gap"), _("points")),
    # HallusionBench; the names are those of its paper.
    "aAcc": (_("aAcc"), _("questions")),
    "qAcc": (_("qAcc"), _("pairs")),
    "fAcc": (_("fAcc"), _("figures")),
    "easy_aAcc": (_("Easy aAcc"), _("original figures")),
    "hard_aAcc": (_("Hard aAcc"), _("edited figures")),
    "pct_diff": (_("Pct. Diff"), _("“yes” too often, points; ideal 0")),
    "fp_ratio": (_("FP ratio"), _("errors that are a false “yes”; ideal 50")),
    "consistent": (_("Consistent"), _("figures all right")),
    "inconsistent": (_("Inconsistent"), _("figures right in part")),
    "consistently_wrong": (_("Consistently wrong"), _("figures all wrong")),
    "language_hallucination": (_("Language hallucination"), _("answered from memory")),
    "visual_illusion": (_("Visual illusion"), _("picture misread")),
    "mixed": (_("Mixed"), _("neither cause alone")),
    # The same questions without their pictures.
    "blind": (_("Without image"), _("same questions")),
    "visual_gain": (_("Visual gain"), _("points, paired")),
    # Rates that every benchmark has.
    "unparsed": (_("Unparsed"), _("no answer could be read")),
    "errored": (_("Failed requests"), _("not scored")),
    "unjudged": (_("Judge failed"), _("not scored")),
    "truncated": (_("Truncated"), _("answer cut off at the token limit")),
    "judged": (_("Judged"), _("decided by a judge, not by rules")),
    "refused": (_("Refused"), _("declined to answer")),
    "skipped": (_("Not asked"), _("saved: the question was decided already")),
}
RATES = ("unparsed", "errored", "unjudged", "truncated", "judged", "refused", "skipped")
"""The rates that every benchmark has, in the order in which they are shown."""

DIFFERENCES = ("gap", "letter_bias_", "pct_diff", "visual_gain")
"""Beginnings of the metrics that are signed differences, shown in points rather than in percent."""

AXES = {
    "overall": _("Whole set"),
    "L1": _("Ability"),
    "L2": _("Ability, level 2"),
    "L3": _("Ability, level 3"),
    "category": _("Category"),
    "subcategory": _("Subcategory"),
    "discipline": _("Discipline"),
    "subject": _("Subject"),
    "subfield": _("Subfield"),
    "difficulty": _("Difficulty"),
    "question_type": _("Question type"),
    "img_type": _("Image type"),
    "answer_type": _("Answer type"),
    "form": _("Form of the answer"),
}

DATASET_LABELS = (gettext_noop("demo: drawn pictures"), gettext_noop("imported items"))
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


def axis_title(axis: str) -> str:
    """Return the name of an axis in the current language."""
    return str(AXES.get(axis) or axis.replace("_", " "))


def is_difference(metric: str) -> bool:
    """Say whether a metric is a signed difference of fractions."""
    return metric.startswith(DIFFERENCES)


def engine_title(engine: str) -> str:
    """Return the name of a serving engine as its makers write it; an importer may not know it."""
    return str(ENGINES.get(engine, engine)) or gettext("engine not told")


def family_title(titles: Sequence[str]) -> str:
    """Return what the titles of one family's benchmarks have in common: ``MMBench`` of its language versions."""
    if len(titles) == 1:
        return titles[0]
    same = takewhile(lambda letters: len(set(letters)) == 1, zip(*titles, strict=False))
    start = "".join(letters[0] for letters in same)
    for opening, closing in ("()", "（）"):
        if start.rfind(opening) > start.rfind(closing):
            start = start[: start.rfind(opening)]
    return start.rstrip(" ,，:：-") or titles[0]


def precision_bits(bits: int | None) -> int:
    """Return the bits by which a precision chip chooses its mark: 16, 8 or 4; 0 for the ring of an undisclosed one."""
    if bits is None:
        return 0
    return next((step for step in (16, 8) if bits >= step), 4)
