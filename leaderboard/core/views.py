"""Pages that show no data: how numbers are made, how to submit."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from evaluator.benchmarks import all_benchmarks
from evaluator.engines import serving_engines

EXAMPLE_BENCHMARK = "mmbench_en_dev"


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    """How each number is computed."""
    language = get_language() or "en"
    benchmarks = [
        (declared.title.get(language), declared.summary.get(language), declared.protocol)
        for declared in all_benchmarks().values()
    ]
    return render(request, "core/about.html", {"benchmarks": benchmarks})


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - the signature is Django's
    """What browsers ask for on pages that name no icon, such as the admin's."""
    return redirect(static("img/icon.svg"))


@require_safe
def submit(request: HttpRequest) -> HttpResponse:
    """The calls that submit an endpoint and a checkpoint, with this site's own address.

    The folders of checkpoints say how the machines are laid out: only who may submit sees them.
    """
    base = settings.PUBLIC_URL.rstrip("/") or f"{request.scheme}://{request.get_host()}"
    context = {
        "api": f"{base}/api/v1",
        "benchmark": EXAMPLE_BENCHMARK,
        "engines": serving_engines(),
        "roots": settings.CHECKPOINT_ROOTS if request.user.is_authenticated else [],
    }
    return render(request, "core/submit.html", context)
