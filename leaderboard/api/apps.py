"""Application configuration."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "leaderboard.api"

    def ready(self) -> None:
        """Tell the schema generator of our authentication."""
        from leaderboard.api import schema  # noqa: F401
