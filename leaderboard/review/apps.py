"""Application configuration."""

from django.apps import AppConfig


class ReviewConfig(AppConfig):
    name = "leaderboard.review"

    def ready(self) -> None:
        """Connect the receivers."""
        from leaderboard.review import receivers  # noqa: F401
