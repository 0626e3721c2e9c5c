"""Who changed what in the admin."""

from __future__ import annotations

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _


class AuditEntry(models.Model):
    """One edit made in the admin, with old and new values. Append-only, which the database enforces.

    ``changes`` is a list of ``{"field", "old", "new"}``; passwords and other secrets stand there as dots. ``note`` is
    what an action says that changes no form's fields. ``model`` is ``app.model``, ``record`` its key as text.
    """

    class Action(models.TextChoices):
        ADD = "add", _("added")
        CHANGE = "change", _("changed")
        DELETE = "delete", _("deleted")

    at = models.DateTimeField(_("when"), auto_now_add=True, db_index=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("who"),
        on_delete=models.PROTECT,
        related_name="+",
    )
    action = models.CharField(_("action"), max_length=8, choices=Action.choices)
    model = models.CharField(_("kind of record"), max_length=100)
    record = models.CharField(_("key"), max_length=100)
    known_as = models.CharField(_("record"), max_length=200)
    changes = models.JSONField(_("changes"), default=list, encoder=DjangoJSONEncoder)
    note = models.TextField(_("note"), blank=True)

    class Meta:
        ordering = ("-id",)
        indexes = [models.Index(fields=["model", "record"])]
        verbose_name = _("edit in the admin")
        verbose_name_plural = _("edits in the admin")

    def __str__(self) -> str:
        return f"{self.action} {self.model} {self.record}"
