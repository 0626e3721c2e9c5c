"""What an automatic check found, as a reviewer reads it. Pure: a record in, texts and addresses out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from leaderboard.catalog.checkpoints import component_title
from leaderboard.catalog.models import Precision
from leaderboard.core import numbers
from leaderboard.results.flags import Flag
from leaderboard.results.models import Verdict
from leaderboard.review.checks.facts import MODELS, RUNS, SAMPLES
from leaderboard.review.models import Check

Code = Check.Code

LABELS = {
    "items": _("items"),
    "errored": _("failed requests"),
    "unparsed": _("unparsed answers"),
    "truncated": _("answers cut off"),
    "refused": _("refusals"),
    "unjudged": _("answers that the judge failed on"),
    "leaked": _("answers that know the key"),
    "named": _("of these name the row"),
    "responses": _("responses"),
    "answered": _("answers"),
    "letter": _("letter"),
    "fp_ratio": _("failures where no is right"),
    "now": _("now"),
    "before": _("before"),
    "noise": _("within the intervals"),
    "median": _("median of the class"),
    "peers": _("models in the class"),
    "from_b": _("from"),
    "to_b": _("to"),
    "blind": _("without pictures"),
    "chance": _("guessing"),
    "equal": _("equal answers"),
    "compared": _("telling answers compared"),
    "other_runs": _("runs of other models looked at"),
    "component": _("component"),
    "declared": _("declared"),
    "read": _("read from the checkpoint"),
    "parameters": _("parameters"),
}
"""What the numbers are called from which a check was made, in the order in which they are told."""

SENTENCES = {
    Code.COMPLETENESS: _("Rows without an answer leave the score open: ask for a re-run."),
    Code.LIMITED: _("A part of a benchmark ranks with nothing: ask for a run on all rows."),
    Code.ERRORED: _("Look at the failed requests; if the server was away, ask for a re-run."),
    Code.UNPARSED: _(
        "Read some unparsed answers: an unexpected form says nothing of what the model sees."
    ),
    Code.TRUNCATED: _(
        "Read some answers that were cut off: with more new tokens they may end in an answer."
    ),
    Code.REFUSED: _(
        "Read some refusals: “I cannot see the picture” means that the pictures did not arrive."
    ),
    Code.UNJUDGED: _(
        "Have the run graded again once the judge answers: until then these answers count nowhere."
    ),
    Code.LEAKED: _(
        "Read these answers: they speak of the key, quote the reference or name the row, which the model was not shown."
    ),
    Code.YES_BIAS: _(
        "At least this share of the answers is wrong because the model prefers yes or no: read some of them."
    ),
    Code.LETTER_BIAS: _(
        "At least this share of the answers is wrong because the model prefers or avoids a letter: look whether all "
        "options reached it."
    ),
    Code.JUMP: _(
        "Compare with the previous run: what no update explains is another prompt, another model or a broken server."
    ),
    Code.SIZE_CLASS: _(
        "Compare with the models named, and ask the submitter what explains a score so far from its class."
    ),
    Code.BLIND: _(
        "Without pictures a model scores little more than guessing: ask whether the questions were in its training data."
    ),
    Code.SAME_ANSWERS: _(
        "Compare the two runs side by side: agreement in wrong and in long answers is one model under two names."
    ),
    Code.SAME_WEIGHTS: _("The same weights stand under another name: find out whose they are."),
    Code.PRECISION: _("Ask the submitter which is right, the declared precision or the weights."),
    Code.PARAMETERS: _("Ask the submitter which is right, the declared size or the weights."),
}
"""What a reviewer does where a check does not pass."""

_FILTERS: dict[Code, dict[str, Verdict | Flag]] = {
    Code.ERRORED: {"verdict": Verdict.ERRORED},
    Code.UNPARSED: {"verdict": Verdict.UNPARSED},
    Code.TRUNCATED: {"flag": Flag.TRUNCATED},
    # A refusal that is right, where there is nothing to see, is none of those that the check counts.
    Code.REFUSED: {"flag": Flag.REFUSED, "verdict": Verdict.UNPARSED},
    Code.UNJUDGED: {"verdict": Verdict.UNJUDGED},
    Code.YES_BIAS: {"verdict": Verdict.INCORRECT},
    Code.LETTER_BIAS: {"verdict": Verdict.INCORRECT},
}
"""What the samples page is asked for that a check is about, the first of which names it."""
_OF_THE_CHECKPOINT = {Code.SAME_WEIGHTS, Code.PRECISION, Code.PARAMETERS}
_SIGNED = {Code.YES_BIAS, Code.LETTER_BIAS, Code.JUMP, Code.SIZE_CLASS, Code.BLIND}
_COUNTS = {Code.LIMITED, Code.SAME_WEIGHTS}
_FRACTIONS = {"fp_ratio", "now", "before", "noise", "median", "blind", "chance"}
_BILLIONS = {"from_b", "to_b"}
_EVIDENCE = {SAMPLES, RUNS, MODELS}


@dataclass(frozen=True, slots=True)
class Link:
    """Something behind a check: what it is, and its address on the site."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class CheckWords:
    """Texts. ``value`` and ``threshold`` are percent with the sign, or a number with its unit.

    ``sentence`` says what to do where the check does not pass. ``links`` lead to the samples, runs or models behind
    it, the first of them at ``url``. They may lead to what only reviewers see.
    """

    status: str
    result: str
    name: str
    value: str
    threshold: str
    basis: str
    sentence: str
    links: tuple[Link, ...]

    @property
    def url(self) -> str:
        return self.links[0].url


def words_of(check: Check) -> CheckWords:
    """Return a check in words. Reads ``check.run``."""
    told = [name for name in LABELS if name in check.data]
    told += [name for name in check.data if name not in LABELS and name not in _EVIDENCE]
    return CheckWords(
        status=check.status,
        result=str(check.get_status_display()),
        name=str(check.get_code_display()),
        value=_amount(check, check.value),
        threshold=_limit(check, check.threshold),
        basis=", ".join(
            f"{LABELS.get(name, name)}: {_told(name, check.data[name])}" for name in told
        ),
        sentence=str(SENTENCES.get(Code(check.code), "")),
        links=tuple(_links(check)),
    )


def _links(check: Check) -> Iterator[Link]:
    """Yield all the answers that the check is about, where they can be asked for, and what is named in its data.

    Where there is neither, the run itself. A sample's neighbours are those that the check is about too.
    """
    own = check.run.public_id
    data = check.data
    among = _query(check)
    if among or not any(data.get(kind) for kind in _EVIDENCE):
        yield _own_link(check)
    for key in data.get(SAMPLES, ()):
        address = reverse("explorer:sample", args=[own, key]) + among
        yield Link(gettext("sample %(key)s") % {"key": key}, address)
    for run in data.get(RUNS, ()):
        if check.code != Code.SIZE_CLASS:
            beside = urlencode({"runs": f"{own},{run['id']}"}, safe=",")
            address = f"{reverse('comparisons:page')}?{beside}"
            yield Link(gettext("comparison with %(model)s") % {"model": run["name"]}, address)
        address = reverse("runs:detail", args=[run["id"]])
        yield Link(gettext("run of %(model)s") % {"model": run["name"]}, address)
    for model in data.get(MODELS, ()):
        yield Link(model["name"], reverse("profiles:model", args=[model["slug"]]))


def _own_link(check: Check) -> Link:
    own, code = check.run.public_id, Code(check.code)
    if code in _OF_THE_CHECKPOINT:
        return Link(gettext("what was read of it"), reverse("runs:detail", args=[own]))
    samples = reverse("explorer:samples", args=[own])
    if code not in _FILTERS:
        return Link(gettext("all answers"), samples)
    named = next(iter(_FILTERS[code].values()))
    text = gettext("answers: %(verdict)s") % {"verdict": named.label}
    return Link(text, samples + _query(check))


def _query(check: Check) -> str:
    """Return the end of an address of samples that leaves those which the check is about; empty where none does."""
    asked = _FILTERS.get(Code(check.code), {})
    return f"?{urlencode({name: value.value for name, value in asked.items()})}" if asked else ""


def _amount(check: Check, value: float | None) -> str:
    """Return the number in the check's own unit; most measure a share."""
    if value is None:
        return numbers.MISSING
    if check.code in _COUNTS:
        return numbers.count(value)
    if check.code in _SIGNED:
        return gettext("%(points)s points") % {"points": numbers.points(value)}
    if check.code == Code.PRECISION:
        return gettext("%(bits)d bits") % {"bits": value}
    if check.code == Code.PARAMETERS:
        return numbers.parameters(value)
    return f"{numbers.percent(value)} %"


def _limit(check: Check, value: float | None) -> str:
    """Return the limit; that of a signed number holds in both directions."""
    if value is not None and check.code in _SIGNED:
        return gettext("%(points)s points") % {"points": numbers.percent(value)}
    return _amount(check, value)


def _told(name: str, value: Any) -> str:
    """Return a number, or the words for a scheme or a component."""
    if name in _FRACTIONS:
        return f"{numbers.percent(value)} %"
    if name in _BILLIONS:
        return numbers.parameters(value)
    if not isinstance(value, str):
        return numbers.count(value)
    if value in Precision.values:
        return str(Precision(value).label)
    return component_title(value)
