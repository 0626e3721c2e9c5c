"""What a probe asks, and how much of it. Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from itertools import repeat
from typing import Any

from evaluator.serving.targets import Targets

PROMPT = (
    "Describe this picture in detail. Go through it from the top left to the bottom right, name the colour of each "
    "part, compare the parts with one another, and say what stands out. Write several full sentences."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbePlan:
    """What to ask, and how much of it.

    A level has ``requests_per_stream`` times its concurrency requests, at least ``least_requests``, and starts no
    more of them after ``level_s`` seconds. Each stream's first answers (``warmup_per_stream``) are discarded. When
    more than ``max_error_share`` of a level failed, no higher level is tried. ``picture_px`` is the side of the square
    picture, ``prompt_characters`` the length of the text beside it, ``max_tokens`` the longest answer.

    Questions are numbered from ``first_question``. The same numbers are the same questions: who probes a server again
    begins elsewhere, lest its caches of prompts and pictures answer for the model.

    ``exact_length`` asks for exactly ``max_tokens`` tokens (``min_tokens``), however early the model would end, and for
    all of them to be sent (``skip_special_tokens``: a small model that may not end writes markers of all kinds). vLLM,
    SGLang and TensorRT-LLM know the parameters; others refuse them or pass over them. It is off unless somebody needs long
    answers of a model that gives short ones: what is measured should be the model as it answers.
    """

    levels: tuple[int, ...] = (1, 4, 16, 64)
    requests_per_stream: int = 4
    least_requests: int = 16
    warmup_per_stream: int = 1
    level_s: float = 60.0
    max_error_share: float = 0.05
    picture_px: int = 448
    prompt_characters: int = len(PROMPT)
    max_tokens: int = 128
    request_timeout_s: float = 120.0
    first_question: int = 0
    exact_length: bool = False
    targets: Targets = field(default_factory=Targets)

    def requests_at(self, concurrency: int) -> int:
        return max(self.least_requests, self.requests_per_stream * concurrency)

    def extra(self) -> dict[str, Any]:
        """Return the parameters beyond OpenAI's that every request has."""
        if not self.exact_length:
            return {}
        return {"min_tokens": self.max_tokens, "skip_special_tokens": False}

    def prompt(self) -> str:
        """Return the text of every question: PROMPT, repeated or cut to ``prompt_characters``."""
        return " ".join(repeat(PROMPT, self.prompt_characters // len(PROMPT) + 1))[
            : self.prompt_characters
        ]

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"levels": list(self.levels)}
