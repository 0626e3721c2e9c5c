"""Application configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ResultsConfig(AppConfig):
    name = "leaderboard.results"
    verbose_name = _("Results")

    def ready(self) -> None:
        """Connect the receivers and the checks of the settings."""
        from leaderboard.results import (  # noqa: F401
            ablation,
            kept_comparisons,
            partitions,
            statistics,
            system_checks,
        )

        kept_comparisons.connect()
