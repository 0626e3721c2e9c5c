"""Pages that show no data: how numbers are made."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from evaluator.benchmarks import all_benchmarks

SOURCES = (
    ("lmms-eval", "https://github.com/EvolvingLMMs-Lab/lmms-eval"),
    ("MMBench, arXiv 2307.06281", "https://arxiv.org/abs/2307.06281"),
    ("HallusionBench, arXiv 2310.14566", "https://arxiv.org/abs/2310.14566"),
    ("MMMU, arXiv 2311.16502", "https://arxiv.org/abs/2311.16502"),
    ("MMMU-Pro, arXiv 2409.02813", "https://arxiv.org/abs/2409.02813"),
    ("RealWorldQA, xAI", "https://huggingface.co/datasets/xai-org/RealworldQA"),
    ("VQAv2, arXiv 1612.00837", "https://arxiv.org/abs/1612.00837"),
)
"""What the protocols follow."""


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    """How each number is computed."""
    language = get_language() or "en"
    benchmarks = [
        (declared.title.get(language), declared.summary.get(language), declared.protocol)
        for declared in all_benchmarks().values()
    ]
    return render(request, "core/about.html", {"benchmarks": benchmarks, "sources": SOURCES})


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - the signature is Django's
    """What browsers ask for on pages that name no icon, such as the admin's."""
    return redirect(static("img/icon.svg"))
