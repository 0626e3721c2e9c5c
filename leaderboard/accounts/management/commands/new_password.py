"""``manage.py new_password USER``: give a user a new random password and print it, once.

On a site without any administrator it makes USER its first one.
"""

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
        password = secrets.token_urlsafe(12)
        owner = User.objects.filter(username=user).first()
        if owner is None and not User.objects.filter(is_superuser=True).exists():
            User.objects.create_superuser(user, password=password)
            self.stderr.write(f"{user} is the first administrator of this site.")
        elif owner is None or not owner.is_active:
            raise CommandError(f"There is no active user {user!r}.")
        else:
            owner.set_password(password)
            owner.save(update_fields=["password"])
        self.stderr.write(f"The new password of {user}. Keep it: it is not shown again.")
        self.stdout.write(password)
