"""Application configuration."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "leaderboard.core"

    def ready(self) -> None:
        """Have every page of the admin write down what is edited; they are all registered by now."""
        from leaderboard.core.audit import audit_admin

        audit_admin()
