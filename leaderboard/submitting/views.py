"""Submitting a model by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from evaluator.engines import serving_engines
from evaluator.errors import FAILURE_WORDS
from leaderboard.accounts.models import User
from leaderboard.core import numbers
from leaderboard.core.requests import HtmxRequest
from leaderboard.runs import services
from leaderboard.runs.estimates import Offer, offers, summary
from leaderboard.runs.ownership import ownership_errors
from leaderboard.runs.quota import quota_of
from leaderboard.runs.submission import QuotaExceeded, SubmissionInvalid, SubmissionRequest
from leaderboard.runs.validation import checked
from leaderboard.submitting import endpoint_test
from leaderboard.submitting.calls import USUAL, calls
from leaderboard.submitting.forms import Error, SubmissionForm
from leaderboard.submitting.presenters import quota_lines

EXAMPLE_BENCHMARK = "mmbench_en_dev"
MISSING = frozenset({"required"})
"""Codes of what a person who is not done yet need not be told."""


@require_http_methods(["GET", "HEAD", "POST"])
def submit(request: HttpRequest) -> HttpResponse:
    """The form; without an account, how to submit by the API. ``check`` in the body: only say what is wrong."""
    if not request.user.is_authenticated:
        return redirect("login") if request.method == "POST" else how(request)
    offered, user = offers(), request.user
    if request.method != "POST":
        asked = request.GET.getlist("benchmark")
        form = _form(None, user, offered, initial={"benchmarks": asked})
        return _page(request, form, offered)
    form = _form(request.POST, user, offered)
    form.is_valid()
    wish = form.request()
    if "check" in request.POST:
        form.show(_wrong(user, wish))
        return _page(request, form, offered, wish, checked_only=not form.errors)
    if form.errors:
        form.show(_wrong(user, wish))
        return _page(request, form, offered, wish, status=400)
    return _submit(request, form, wish, offered)


@require_safe
def how(request: HttpRequest) -> HttpResponse:
    """The calls that submit an endpoint and a checkpoint, with this site's own address.

    The folders of checkpoints say how the machines are laid out: only who may submit sees them.
    """
    context = {
        "api": _api(request),
        "benchmark": EXAMPLE_BENCHMARK,
        "engines": serving_engines(),
        "roots": settings.CHECKPOINT_ROOTS if request.user.is_authenticated else [],
    }
    return render(request, "submitting/how.html", context)


@require_POST
@login_required
def check(request: HttpRequest) -> HttpResponse:
    """What is wrong with the form as it stands, by field; what it amounts to; and the same as calls. JSON.

    What is still missing is not wrong yet.
    """
    offered = offers()
    user = cast(User, request.user)
    form = _form(request.POST, user, offered)
    form.is_valid()
    wish = form.request()
    form.show(error for error in _wrong(user, wish) if error["code"] not in MISSING)
    found = calls(wish, _api(request))
    return JsonResponse(
        {
            "errors": {name: list(texts) for name, texts in form.errors.items()},
            "plan": _plan(offered, wish),
            "curl": found.curl,
            "python": found.python,
        }
    )


@require_POST
@login_required
def test_endpoint(request: HtmxRequest) -> HttpResponse:
    """Have a worker ask the endpoint in the form one question, with a picture."""
    user = cast(User, request.user)
    form = _form(request.POST, user, [])
    form.is_valid()
    wish = form.request()
    wrong = [e for e in _wrong(user, wish) if e["field"] in endpoint_test.FIELDS]
    if wish.kind != "endpoint":
        return _test(request, problems=[gettext("Only an endpoint can be tested.")])
    if wrong:
        return _test(
            request, problems=[f"{_label(form, e['field'])}: {e['message']}" for e in wrong]
        )
    try:
        number = endpoint_test.begin(user, wish)
    except endpoint_test.TooManyTests as refused:
        wait = numbers.duration(refused.retry_after_s)
        text = gettext("You have tested often. Again in %(time)s.") % {"time": wait}
        return _test(request, problems=[text])
    except endpoint_test.TestUnavailable:
        return _test(request, problems=[_unavailable()])
    if request.htmx:
        return _test(request, number=number, waiting=True)
    return redirect("submit-test-result", number)


@require_safe
@login_required
def test_result(request: HtmxRequest, number: UUID) -> HttpResponse:
    """What the endpoint answered, once it has."""
    try:
        found = endpoint_test.outcome(cast(User, request.user), number)
    except endpoint_test.TestUnavailable:
        return _test(request, problems=[_unavailable()])
    if found is None:
        raise Http404
    if found.result is None:
        return _test(request, number=number, waiting=not found.overdue, overdue=found.overdue)
    words = FAILURE_WORDS[found.result.code] if found.result.code else None
    language = get_language() or "en"
    return _test(
        request,
        result=found.result,
        ttft=numbers.count(found.result.ttft_ms),
        latency=numbers.count(found.result.latency_ms),
        failure=words.title(language) if words else "",
        advice=words.advice(language) if words else "",
    )


def _submit(
    request: HttpRequest, form: SubmissionForm, wish: SubmissionRequest, offered: list[Offer]
) -> HttpResponse:
    try:
        submission = services.submit(cast(User, request.user), wish)
    except SubmissionInvalid as error:
        form.show(error.errors)
        return _page(request, form, offered, wish, status=400)
    except QuotaExceeded as error:
        wait = numbers.duration(error.retry_after_s)
        form.add_error(None, gettext("Your quota is used up. Again in %(time)s.") % {"time": wait})
        return _page(request, form, offered, wish, status=429)
    messages.success(request, gettext("Submitted. Its runs are below; they start by themselves."))
    first = submission.runs.order_by("id").first()
    return redirect("runs:detail", first.public_id) if first else redirect("runs:list")


def _form(
    data: Any, user: User, offered: list[Offer], initial: dict[str, Any] | None = None
) -> SubmissionForm:
    usual = {
        "kind": "endpoint",
        "engine": "transformers",
        "visibility": "public",
        "precision": "unknown",
        "concurrency": USUAL.concurrency,
    }
    return SubmissionForm(
        data,
        user=user,
        benchmarks=[offer.benchmark for offer in offered],
        initial=usual | (initial or {}),
        label_suffix="",
    )


def _label(form: SubmissionForm, field: str) -> str:
    return str(form["model" if field == "served_name" else field].label)


def _plan(
    offered: list[Offer], wish: SubmissionRequest, chosen: Sequence[str] | None = None
) -> str:
    slugs = wish.benchmarks if chosen is None else chosen
    return summary(offered, slugs, wish.limit, passes=2 if wish.blind else 1)


def _wrong(user: User, wish: SubmissionRequest) -> list[Error]:
    """Return what submitting would refuse, quota apart."""
    found: list[Error] = list(ownership_errors(user, wish.owner, wish.visibility))
    try:
        checked(wish)
    except SubmissionInvalid as error:
        found += error.errors
    return found


def _page(
    request: HttpRequest,
    form: SubmissionForm,
    offered: list[Offer],
    wish: SubmissionRequest | None = None,
    *,
    checked_only: bool = False,
    status: int = 200,
) -> HttpResponse:
    shown = wish or USUAL
    chosen = list(form["benchmarks"].value() or [])
    context = {
        "form": form,
        "offered": offered,
        "chosen": chosen,
        "kind": form["kind"].value(),
        "calls": calls(shown, _api(request)),
        "plan": _plan(offered, shown, chosen),
        "quota": quota_lines(quota_of(cast(User, request.user))),
        "sound": checked_only,
    }
    return render(request, "submitting/page.html", context, status=status)


def _test(request: HtmxRequest, **context: Any) -> HttpResponse:
    template = "submitting/_test.html" if request.htmx else "submitting/test.html"
    return render(request, template, context)


def _unavailable() -> str:
    return gettext("Endpoints cannot be tested at the moment. You can submit without a test.")


def _api(request: HttpRequest) -> str:
    base = settings.PUBLIC_URL.rstrip("/") or f"{request.scheme}://{request.get_host()}"
    return f"{base}/api/v1"
