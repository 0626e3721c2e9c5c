"""Application configuration."""

from django.apps import AppConfig


class BoardsConfig(AppConfig):
    name = "leaderboard.boards"

    def ready(self) -> None:
        """Connect the receivers."""
        from leaderboard.boards import receivers  # noqa: F401
