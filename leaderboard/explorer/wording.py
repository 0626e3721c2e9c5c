"""How an answer was read and what a judge said of it, as a reader sees it. Pure: records in, texts out."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext

from leaderboard.results.models import JudgeRuling, Response, Verdict


@dataclass(frozen=True, slots=True)
class RulingView:
    """What a judge was asked and said. ``outcome`` is empty and ``error`` says why where it failed.

    ``prompt`` and ``reply`` are empty where it was not asked.
    """

    judge: str
    outcome: str
    error: str
    prompt: str
    reply: str
    version: str


def how_words(how: str) -> str:
    """Return what a rule that read an answer does, in words; an unknown rule's name as it is."""
    known = {
        "letter": gettext("the whole answer is one letter"),
        "marked": gettext("what the answer marks as final, such as **B** or \\boxed{B}"),
        "stated": gettext("a sentence that states the answer"),
        "word": gettext("exactly one of the possible answers stands as a word"),
        "text": gettext("exactly one option's text occurs"),
        "bracketed": gettext("the last option letter in brackets"),
        "last_letter": gettext("the last option letter between spaces"),
        "last_text": gettext("the last option whose text occurs"),
        "phrases": gettext("the phrases that state a result, and the numbers"),
        "whole": gettext("the whole answer, normalised"),
        "number": gettext("the only number in the answer"),
        "lmms-eval": gettext("lmms-eval's own value for this answer"),
        "judge": gettext("a judge decided"),
        "refused": gettext("the model declined to answer"),
        "empty": gettext("the answer is empty"),
        "open": gettext("no rule could tell what is meant"),
    }
    return known.get(how, how)


def ruling_view(
    response: Response, kept: JudgeRuling | None, *, private: bool
) -> RulingView | None:
    """Return what the judge said of a response; None where none was to decide. ``kept`` is the stored ruling.

    ``private``: the reader may see what the judge's endpoint said when it failed.
    """
    said = response.ruling
    if said is None:
        return None
    failed = response.verdict == Verdict.UNJUDGED
    # A ruling that was asked for anew since then is another one than that behind this verdict.
    if kept is None or (kept.outcome is None) != failed:
        return RulingView(said.judge, said.outcome or "", said.error or "", "", "", "")
    return RulingView(
        judge=kept.judge,
        outcome=kept.outcome or "",
        error=kept.error_shown(private=private),
        prompt=kept.prompt,
        reply=kept.reply,
        version=kept.prompt_version,
    )
