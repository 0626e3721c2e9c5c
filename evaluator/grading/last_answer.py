"""Read the chosen option out of an answer that may end with "Answer: X", as step-by-step prompts ask for.

MMMU-Pro's own code (``mmmu-pro/evaluate.py`` in MMMU-Benchmark/MMMU) looks after the last "Answer:" first; where it finds
no single option it reads loosely and then guesses at random. Here both places are read by ``extract_option``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from evaluator.grading.option_letters import Choice, How, extract_option
from evaluator.grading.plain_text import EDGE_PUNCTUATION
from evaluator.grading.reasoning import strip_reasoning

_ANSWER = re.compile(r"(?:\banswer\b|答案)[\s*_]*[:：]", re.IGNORECASE)


def extract_last_answer(text: str, options: Mapping[str, str]) -> Choice:
    """Return the option chosen after the last "Answer:", or else in all of ``text``, as ``extract_option`` reads them.

    Nothing after it means that the answer was cut off there: it chooses nothing. Pure, defined for any text.
    """
    answer = strip_reasoning(text)
    end = max((match.end() for match in _ANSWER.finditer(answer)), default=None)
    if end is not None:
        after = answer[end:]
        if not after.strip(EDGE_PUNCTUATION):
            return Choice(None, How.OPEN)
        if (last := extract_option(after, options, tags=())).letter is not None:
            return last
    return extract_option(answer, options, tags=())
