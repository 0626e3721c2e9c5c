"""Application configuration."""

from django.apps import AppConfig


class ResultsConfig(AppConfig):
    name = "leaderboard.results"

    def ready(self) -> None:
        """Connect the receivers."""
        from leaderboard.results import partitions  # noqa: F401
