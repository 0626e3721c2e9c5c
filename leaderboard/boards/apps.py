"""Application configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BoardsConfig(AppConfig):
    name = "leaderboard.boards"
    verbose_name = _("Boards")

    def ready(self) -> None:
        """Connect the receivers."""
        from leaderboard.boards import caching, receivers  # noqa: F401

        caching.connect()
