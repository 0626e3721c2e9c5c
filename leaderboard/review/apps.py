"""Application configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReviewConfig(AppConfig):
    name = "leaderboard.review"
    verbose_name = _("Review")

    def ready(self) -> None:
        """Connect the receivers."""
        from leaderboard.review import receivers  # noqa: F401
