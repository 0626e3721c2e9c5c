"""Going to the provider, and what is said where that led nowhere. Its answer is allauth's to check."""

from __future__ import annotations

import logging

import requests
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.forms import DisconnectForm
from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.models import SocialAccount, SocialApp
from allauth.socialaccount.providers.base import AuthProcess
from allauth.socialaccount.providers.openid_connect import views as openid
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST, require_safe

log = logging.getLogger(__name__)


@require_POST
@never_cache
def start(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Lead to the provider, to sign in, or to connect the account of who is signed in.

    The answer is a page that goes on by itself and no redirect: ``form-action`` of the content security policy holds
    for every redirect after a form, and where a company's provider sends people next is not ours to list.
    """
    try:
        provider = get_adapter().get_provider(request, provider_id)
    except SocialApp.DoesNotExist:
        raise Http404 from None
    process = AuthProcess.CONNECT if request.user.is_authenticated else AuthProcess.LOGIN
    data = {"invitation": request.POST.get("invitation", "")}
    try:
        answer = provider.redirect(request, process, next_url=_next(request), data=data)
    except ImmediateHttpResponse as error:
        return error.response
    except (requests.RequestException, ValueError, KeyError) as error:
        # Not reached, or it answered something else than its description.
        log.warning("The sign-on provider is not usable: %s", type(error).__name__)
        return render_authentication_error(request, provider, exception=error)
    if answer.status_code != 302:
        return answer
    context = {"address": answer["Location"], "provider": settings.OIDC_NAME}
    return render(request, "sso/leaving.html", context)


@require_GET
@never_cache
def finish(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Take the provider's answer: sign in, make an account or connect one. A GET, since the protocol says so."""
    try:
        return openid.callback(request, provider_id)
    except (ValueError, KeyError) as error:
        log.warning("The sign-on provider's answer cannot be read: %s", type(error).__name__)
        try:
            provider = get_adapter().get_provider(request, provider_id)
        except SocialApp.DoesNotExist:
            raise Http404 from None
        return render_authentication_error(request, provider, exception=error)


@require_safe
def taken(request: HttpRequest) -> HttpResponse:
    """Say that there is an account with this e-mail address, and how to connect it."""
    return render(request, "sso/taken.html", status=409)


@require_safe
def inactive(request: HttpRequest) -> HttpResponse:
    """Say that the account is not active."""
    return render(request, "sso/inactive.html", status=403)


@require_safe
def cancelled(request: HttpRequest) -> HttpResponse:
    """Go back to signing in, from where somebody changed their mind."""
    messages.info(request, _("You have not been signed in."))
    return redirect("login")


@require_POST
@login_required
def disconnect(request: HttpRequest, pk: int) -> HttpResponse:
    """Take single sign-on off one's own account, unless there is no password to sign in with then."""
    get_object_or_404(SocialAccount, pk=pk, user_id=request.user.pk)
    form = DisconnectForm({"account": pk}, request=request)
    if form.is_valid():
        form.save()
    else:
        messages.error(
            request, _("Give your account a password first: there is no other way to sign in.")
        )
    return redirect("account:home")


def _next(request: HttpRequest) -> str | None:
    wanted = request.POST.get("next", "")
    hosts, secure = {request.get_host()}, request.is_secure()
    safe = url_has_allowed_host_and_scheme(wanted, allowed_hosts=hosts, require_https=secure)
    return wanted if safe else None
