"""Webhooks and e-mails of one's own: make, test, look at the deliveries, delete."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from leaderboard.accounts.requests import signed_in
from leaderboard.core.paging import page_of
from leaderboard.notifications.forms import EmailForm, WebhookForm
from leaderboard.notifications.models import EmailChoice, Webhook
from leaderboard.notifications.services import (
    MOST_WEBHOOKS,
    TooManyWebhooks,
    create_webhook,
    send_test,
)

PAGE_SIZE = 50


@require_safe
@login_required
@never_cache
def notifications(request: HttpRequest) -> HttpResponse:
    """One's webhooks, and of what one is told by e-mail."""
    return _page(request, WebhookForm())


@require_POST
@login_required
@never_cache
def create(request: HttpRequest) -> HttpResponse:
    """Make a webhook and show its secret, in this answer and nowhere else."""
    user = signed_in(request)
    form = WebhookForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=400)
    told = form.cleaned_data
    try:
        hook, secret = create_webhook(user, told["url"], told["events"])
    except TooManyWebhooks:
        form.add_error(None, _("At most %d webhooks.") % MOST_WEBHOOKS)
        return _page(request, form, status=400)
    return render(request, "notifications/secret.html", {"hook": hook, "secret": secret})


@require_safe
@login_required
def deliveries(request: HttpRequest, pk: int) -> HttpResponse:
    """What was sent to a webhook, newest first."""
    hook = _own(request, pk)
    page = page_of(hook.deliveries.all(), request.GET, key="id", size=PAGE_SIZE, descending=True)
    return render(request, "notifications/deliveries.html", {"hook": hook, "page": page})


@require_POST
@login_required
def test(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a test message; the deliveries tell what came of it."""
    hook = _own(request, pk)
    send_test(hook)
    messages.success(request, _("A test message is on its way. Reload to see what came of it."))
    return redirect("notifications:deliveries", hook.pk)


@require_POST
@login_required
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a webhook with its deliveries."""
    _own(request, pk).delete()
    messages.success(request, _("The webhook is deleted."))
    return redirect("notifications:home")


@require_POST
@login_required
def emails(request: HttpRequest) -> HttpResponse:
    """Choose of what to be told by e-mail."""
    form = EmailForm(request.POST)
    if form.is_valid():
        chosen = {"events": form.cleaned_data["events"]}
        EmailChoice.objects.update_or_create(user=signed_in(request), defaults=chosen)
        messages.success(request, _("Your choice is kept."))
    return redirect("notifications:home")


def _own(request: HttpRequest, pk: int) -> Webhook:
    return get_object_or_404(Webhook, pk=pk, user=signed_in(request))


def _page(request: HttpRequest, form: WebhookForm, status: int = 200) -> HttpResponse:
    user = signed_in(request)
    choice = EmailChoice.objects.filter(user=user).first()
    context: dict[str, Any] = {
        "form": form,
        "hooks": user.webhooks.all(),
        "email_form": EmailForm({"events": choice.events if choice else []}),
        "sends_email": bool(settings.EMAIL_URL),
    }
    return render(request, "notifications/home.html", context, status=status)
