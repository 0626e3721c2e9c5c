"""The judge that the settings name: an OpenAI-compatible endpoint that reads the answers that rules leave open."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from django.conf import settings

from evaluator.benchmarks.base import Benchmark
from evaluator.grading.judging import judgeable, protocol_of

MAX_MODEL_LENGTH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """The judge of one benchmark. ``everything``: it rules on every answer, not only on those that rules leave open.

    ``base_url`` has no trailing slash; ``timeout_s`` bounds one reply.
    """

    base_url: str
    model: str
    api_key: str = field(repr=False)
    concurrency: int
    timeout_s: float
    everything: bool = False


def judge_of(benchmark: Benchmark) -> Judge | None:
    """Return the judge of the benchmark's answers; None where the rules decide alone."""
    chosen = settings.JUDGE_BENCHMARKS
    if not (settings.JUDGE_BASE_URL and judgeable(benchmark)):
        return None
    if chosen and benchmark.slug not in chosen:
        return None
    return Judge(
        base_url=settings.JUDGE_BASE_URL.rstrip("/"),
        model=settings.JUDGE_MODEL,
        api_key=settings.JUDGE_API_KEY,
        concurrency=settings.JUDGE_CONCURRENCY,
        timeout_s=settings.JUDGE_TIMEOUT,
        everything=benchmark.slug in settings.JUDGE_EVERYTHING,
    )


def protocol_by(benchmark: Benchmark, judge: Judge | None) -> str:
    """Return the name of the benchmark's grading with this judge."""
    if judge is None:
        return protocol_of(benchmark, None)
    return protocol_of(benchmark, judge.model, everything=judge.everything)


def site_protocol(benchmark: Benchmark) -> str:
    """Return the name of the grading that the benchmark's runs get now."""
    return protocol_by(benchmark, judge_of(benchmark))


def judge_problem(
    base_url: str, model: str, api_key: str, concurrency: int, timeout_s: float
) -> str | None:
    """Return what is wrong with the settings of the judge, without the key; None when nothing is."""
    if not base_url:
        return "JUDGE_MODEL is set, but JUDGE_BASE_URL is not." if model else None
    if not _is_base_url(base_url):
        return "JUDGE_BASE_URL is no http(s) base URL, such as https://host/v1."
    if "@" in urlsplit(base_url).netloc:
        return "JUDGE_BASE_URL holds a user name or password. Use JUDGE_API_KEY."
    if not 0 < len(model) <= MAX_MODEL_LENGTH:
        return f"Set JUDGE_MODEL, with at most {MAX_MODEL_LENGTH} characters, to the judge's name."
    if not (api_key.isascii() and api_key.isprintable()):
        return "JUDGE_API_KEY holds characters that no HTTP header can carry."
    if concurrency < 1 or timeout_s <= 0:
        return "JUDGE_CONCURRENCY and JUDGE_TIMEOUT must be greater than 0."
    return None


def _is_base_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018 - raises for one that is no number
    except ValueError:
        return False
    return (
        parts.scheme in ("http", "https")
        and bool(parts.hostname)
        and not (parts.query or parts.fragment)
    )
