"""Writing down what is edited in the admin, with old and new values."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django import forms
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.forms.models import model_to_dict
from django.http import HttpRequest

from leaderboard.core.models import AuditEntry

if TYPE_CHECKING:
    BaseAdmin = admin.ModelAdmin[Any]
else:
    BaseAdmin = admin.ModelAdmin

SECRET = re.compile(
    "password|secret|sealed|digest|token|private_key|api_key|^key$|^settings$", re.IGNORECASE
)
"""Names of fields that hold secrets, or may: a provider's settings are whatever it takes."""
HIDDEN = "•••"
Change = dict[str, Any]


class Audited(BaseAdmin):
    """Writes an AuditEntry for whatever is added, changed or deleted through it, in the transaction of the edit.

    It stands where the admin writes its own log, which has the names of fields and none of their values. An action
    that edits without a form says so by ``log_change``, as everywhere in the admin.
    """

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> Any:
        """Remember what the forms changed, until the edit is logged."""
        found = changes_of(form, adding=add)
        for formset in formsets or ():
            found += _changes_of_rows(formset)
        request.__dict__["audited_changes"] = found
        return super().construct_change_message(request, form, formsets, add)

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> LogEntry:
        """Log it, and write down what it was made with."""
        _write(request, AuditEntry.Action.ADD, obj, message)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> LogEntry:
        """Log it, and write down old and new values."""
        _write(request, AuditEntry.Action.CHANGE, obj, message)
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        """Log it, and write down what is gone."""
        for obj in queryset:
            request.__dict__["audited_changes"] = [
                _change(name, value, None) for name, value in model_to_dict(obj).items()
            ]
            _write(request, AuditEntry.Action.DELETE, obj, "")
        return super().log_deletions(request, queryset)


def audit_admin() -> None:
    """Make every page of the admin an ``Audited`` one, those of libraries too."""
    for model in apps.get_models():
        if admin.site.is_registered(model):
            own = type(admin.site.get_model_admin(model))
            admin.site.unregister(model)
            admin.site.register(model, type(own.__name__, (Audited, own), {}))


def changes_of(form: forms.BaseForm, prefix: str = "", *, adding: bool = False) -> list[Change]:
    """Return old and new value of each field that a valid form changed; no old ones of what it is ``adding``."""
    found = []
    for name in form.changed_data:
        field = form.fields.get(name)
        if field is None:
            # A form that asks twice, for a password, names what it is about and not its fields.
            found.append(_change(f"{prefix}{name}", None, HIDDEN))
            continue
        secret = isinstance(field.widget, forms.PasswordInput)
        old = None if adding else _before(form, name)
        new = form.cleaned_data.get(name)
        found.append(_change(f"{prefix}{name}", old, new, secret=secret))
    return found


def _changes_of_rows(formset: Any) -> list[Change]:
    """Return what became of the rows below a record."""
    kind = formset.model._meta.model_name
    deleted = {obj.pk for obj in formset.deleted_objects}
    changed = {obj.pk for obj, _fields in formset.changed_objects}
    added = {id(obj) for obj in formset.new_objects}
    found: list[Change] = []
    for form in formset.forms:
        obj = form.instance
        if id(obj) in added or obj.pk in changed:
            found += changes_of(form, f"{kind} {obj.pk}: ", adding=id(obj) in added)
        elif obj.pk in deleted:
            found.append(_change(f"{kind} {obj.pk}", str(obj), None))
    return found


def _before(form: forms.BaseForm, name: str) -> Any:
    """Return the value that the form was opened with; of a reference, the record itself."""
    value, field = form.initial.get(name), form.fields[name]
    if isinstance(field, forms.ModelChoiceField) and not isinstance(value, Iterable):
        try:
            return field.to_python(value)
        except ValidationError:
            return value
    return value


def _change(name: str, old: Any, new: Any, *, secret: bool = False) -> Change:
    if secret or SECRET.search(name):
        old, new = (None if value in (None, "") else HIDDEN for value in (old, new))
    return {"field": name, "old": _told(old), "new": _told(new)}


def _told(value: Any) -> Any:
    """Return what JSON can say of a value: records as their names, several of them in order."""
    if isinstance(value, models.Model):
        return str(value)
    if isinstance(value, bool | int | float | str | dict) or value is None:
        return value
    if isinstance(value, Iterable):
        return sorted(str(part) for part in value)
    return str(value)


def _write(request: HttpRequest, action: str, obj: models.Model, message: Any) -> None:
    AuditEntry.objects.create(
        actor_id=_pk_of(request),
        action=action,
        model=obj._meta.label_lower,
        record=str(obj.pk),
        known_as=str(obj)[:200],
        changes=request.__dict__.pop("audited_changes", []),
        note=message if isinstance(message, str) else "",
    )


def _pk_of(request: HttpRequest) -> int:
    """Return the key of who edits: the admin lets nobody in who is not signed in."""
    if request.user.pk is None:
        raise PermissionDenied
    return request.user.pk
