"""Application configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ResultsConfig(AppConfig):
    name = "leaderboard.results"
    verbose_name = _("Results")

    def ready(self) -> None:
        """Connect the receivers."""
        from leaderboard.results import ablation, partitions  # noqa: F401
