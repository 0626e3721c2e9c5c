"""Every limit of the automatic checks, each with its reason. Shares are fractions; what is above a limit is beyond it.

The limits on failed requests and on the judge's failures are settings of the site (MAX_ERRORED_SHARE,
MAX_UNJUDGED_SHARE): they stand against publishing as well.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Above ``warn`` a check warns, above ``fail`` it fails; ``fail`` None: it never does."""

    warn: float
    fail: float | None


UNPARSED = Limits(0.05, 0.30)
"""Above the higher limit the score says more of how the model writes than of what it sees."""

TRUNCATED = Limits(0.01, 0.10)
"""A cut-off answer mostly is an unread one: above a tenth, the token limit and not the model set the score."""

REFUSED = Limits(0.05, 0.20)
"""Models refuse a few questions on faces and medicine: of GPT-4V's published answers to HallusionBench 2.1 % decline.
More says that pictures did not arrive, or that a filter stands before the model. Answers that count as right although
they decline (HallusionBench without a picture) are not meant."""

PARAMETERS = Limits(0.10, 0.50)
"""People round; nobody rounds by half."""

YES_BIAS = Limits(0.20, 0.35)
"""Of Pct. Diff, without its sign: at least that share of all answers is wrong for it. Of the models that HallusionBench's
authors tested most are below 0.20 and none is above 0.35; who always says yes is above 0.5, who always says no above 0.4."""

LETTER_BIAS = Limits(0.05, 0.20)
"""Of the letter that is chosen too often, or too seldom, by most: at least that share of the answers is wrong for it.
Who sees and reads is within a few percent; who always says A is above 0.7."""

MIN_BIAS_ANSWERS = 200
"""With fewer answers, chance alone is wider than the lower limit on a bias."""

JUMP = Limits(0.05, 0.15)
"""Of the headline against the previous published run at the same precision, where the difference is wider than both
intervals together. The same model differs by less; more is another model, another prompt or a broken server."""

PEER_FACTOR = 2.0
"""A model's size class: from half to double its number of parameters (all of them, also those of idle experts)."""
MIN_PEERS = 5
"""Other models in the class: the spread of fewer says nothing."""
PEER_DEVIATIONS = 3.5
"""Robust standard deviations from the class's median: Iglewicz and Hoaglin (1993), "How to Detect and Handle Outliers"."""
MIN_PEER_DEVIATION = 0.03
"""A class may not be narrower: models that happen to be alike make no outlier of one that is a little better."""

SAME_ANSWERS = Limits(0.60, 0.90)
"""Of the agreement beyond chance on telling answers (``review.sketches``). Unrelated models err together on perhaps a
third of the questions that either gets wrong; the same weights behind two servers agree nearly everywhere, but long
answers drift apart in wording, so the lower limit is well below 1."""

BLIND = Limits(0.30, 0.50)
"""Of the score without pictures above that of guessing. Chen et al. 2024 (arXiv 2403.20330) found 24 points above
chance on average over six benchmarks for a strong model, from its language alone; half as much again suggests that
questions were in the training data, far more that the answers were."""

LEAKED = Limits(0.001, 0.01)
"""A sentence on "the ground truth" may describe a picture that shows one: a few in a thousand are chance."""
