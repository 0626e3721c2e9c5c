"""Application configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CoreConfig(AppConfig):
    name = "leaderboard.core"
    verbose_name = _("Audit")

    def ready(self) -> None:
        """Have every page of the admin write down what is edited; they are all registered by now."""
        from leaderboard.core.audit import audit_admin

        audit_admin()
