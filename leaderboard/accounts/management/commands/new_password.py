"""``manage.py new_password USER``: give a user a new random password and print it, once."""

from __future__ import annotations

import secrets
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from leaderboard.accounts.models import User


class Command(BaseCommand):
    """Prints the password alone on standard output; words go to standard error."""

    help = "Give a user a new random password and print it. It is stored nowhere in clear."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("user", help="user name")

    def handle(self, *_args: Any, user: str, **_options: Any) -> None:
        """Set the password. Raises CommandError for an unknown or inactive user."""
        owner = User.objects.filter(username=user, is_active=True).first()
        if owner is None:
            raise CommandError(f"There is no active user {user!r}.")
        password = secrets.token_urlsafe(12)
        owner.set_password(password)
        owner.save(update_fields=["password"])
        self.stderr.write(f"The new password of {user}. Keep it: it is not shown again.")
        self.stdout.write(password)
