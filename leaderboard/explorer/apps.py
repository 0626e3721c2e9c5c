"""Application configuration."""

from django.apps import AppConfig


class ExplorerConfig(AppConfig):
    name = "leaderboard.explorer"
