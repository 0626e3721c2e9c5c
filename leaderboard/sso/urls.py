"""Addresses of single sign-on. The names are those that django-allauth looks up; its own pages are not offered."""

from __future__ import annotations

from django.conf import settings
from django.urls import path

from leaderboard.sso import views

PROVIDER = {"provider_id": settings.OIDC_PROVIDER_ID}

urlpatterns = [
    path("login/", views.start, PROVIDER, name="openid_connect_login"),
    path("callback/", views.finish, PROVIDER, name="openid_connect_callback"),
    path("cancelled/", views.cancelled, name="socialaccount_login_cancelled"),
    path("taken/", views.taken, name="socialaccount_signup"),
    path("inactive/", views.inactive, name="account_inactive"),
    path("<int:pk>/disconnect/", views.disconnect, name="sso-disconnect"),
]
