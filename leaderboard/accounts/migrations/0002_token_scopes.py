"""Scopes of tokens. Those that were there before keep what they could do: all that their users could."""

from __future__ import annotations

from typing import Any

import django.contrib.postgres.fields
from django.db import migrations, models


def keep_what_they_could(apps: Any, schema_editor: Any) -> None:  # noqa: ARG001
    """Give each token every scope that is open to its user."""
    tokens = apps.get_model("accounts", "ApiToken").objects
    users = apps.get_model("accounts", "User").objects
    administers = models.Q(is_superuser=True)
    reviews = models.Q(
        user_permissions__codename="review_run", user_permissions__content_type__app_label="runs"
    ) | models.Q(
        groups__permissions__codename="review_run",
        groups__permissions__content_type__app_label="runs",
    )
    tokens.update(scopes=["read", "submit"])
    reviewers = users.filter(administers | reviews).values("pk")
    tokens.filter(user__in=reviewers).update(scopes=["read", "submit", "review"])
    administrators = users.filter(administers).values("pk")
    tokens.filter(user__in=administrators).update(scopes=["read", "submit", "review", "admin"])


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="apitoken",
            name="scopes",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(
                    choices=[
                        ("read", "read"),
                        ("submit", "submit"),
                        ("review", "review"),
                        ("admin", "administer"),
                    ],
                    max_length=12,
                ),
                default=list,
                size=None,
                verbose_name="scopes",
            ),
        ),
        migrations.RunPython(keep_what_they_could, migrations.RunPython.noop),
    ]
