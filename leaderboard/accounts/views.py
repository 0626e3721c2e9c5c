"""Making an account, and passwords."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.views import PasswordResetView
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from leaderboard.accounts.forms import SignUpForm
from leaderboard.accounts.signup import InvitationInvalid, may_sign_up, sign_up

BACKEND = "django.contrib.auth.backends.ModelBackend"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def signup(request: HttpRequest) -> HttpResponse:
    """Make an account, where the sign-up policy allows it; there is no such page otherwise."""
    token = request.GET.get("invitation", "")
    if not may_sign_up(token):
        raise Http404
    if request.user.is_authenticated:
        return redirect(settings.LOGIN_REDIRECT_URL)
    form = SignUpForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            user = sign_up(form.save(commit=False), token)
        except InvitationInvalid:
            raise Http404 from None
        login(request, user, backend=BACKEND)
        return redirect(settings.LOGIN_REDIRECT_URL)
    status = 400 if form.errors else 200
    return render(request, "registration/signup.html", {"form": form}, status=status)


class ResetView(PasswordResetView):
    """Sends a link by e-mail; there is no such page on a site that sends none."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Raise Http404 without e-mail."""
        if not settings.EMAIL_URL:
            raise Http404
        return super().dispatch(request, *args, **kwargs)
