"""Take an answer's markup off, so that only its words are left."""

from __future__ import annotations

import re

from evaluator.grading.marks import marked_parts

_LATEX_TEXT = re.compile(
    r"\\(?:text|textbf|textit|textrm|mathrm|mathbf|mathit|mbox)\s?\{([^{}]{0,2000})\}"
)
_LATEX_MATH = re.compile(r"\$(?=[^\s$])([^$\n]{0,300}?)(?<=[^\s$])\$(?!\d)")
"""Between dollars as pandoc reads them: "$5 or $10" is no formula."""
_EMPHASIS = re.compile(r"(?<![\w*])(\*{1,3}|__)(?=[^\s*_])([^*_\n]{0,2000}?)(?<=\S)\1(?![\w*])")
_CODE = re.compile(r"`{1,3}")
_LINE_START = re.compile(r"^[ \t]*(?:#{1,6}|>)[ \t]+", re.MULTILINE)

_MARKUP = (
    ("\\", _LATEX_TEXT, r"\1"),
    ("$", _LATEX_MATH, r"\1"),
    ("*_", _EMPHASIS, r"\2"),
    ("`", _CODE, ""),
    ("#>", _LINE_START, ""),
)
"""Signs of which the pattern needs one, the pattern, and what is kept of its match."""


def without_markup(text: str) -> str:
    """Return the words of ``text`` without Markdown emphasis, code marks, headings, quotes, and LaTeX around words.

    Of an answer that marks something as final (``\\boxed{}``, ``<answer></answer>``, box tokens) only the last such part
    is left. Defined for any text; reasoning must have been taken out before (``strip_reasoning``).
    """
    marked = [part for part in marked_parts(text) if part.strip()]
    words = marked[-1] if marked else text
    for signs, pattern, kept in _MARKUP:
        if any(sign in words for sign in signs):
            words = pattern.sub(kept, words)
    return words.strip()
