"""The application of single sign-on."""

from __future__ import annotations

from django.apps import AppConfig


class SsoConfig(AppConfig):
    name = "leaderboard.sso"
