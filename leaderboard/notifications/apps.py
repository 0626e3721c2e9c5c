"""Application configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NotificationsConfig(AppConfig):
    name = "leaderboard.notifications"
    verbose_name = _("Notifications")

    def ready(self) -> None:
        """Connect the receivers."""
        from leaderboard.notifications import receivers  # noqa: F401
