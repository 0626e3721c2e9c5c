"""``manage.py create_token USER --name NAME [--scope SCOPE]... [--days N]``: make an API token and print it, once."""

from __future__ import annotations

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from leaderboard.accounts.models import ApiToken, User
from leaderboard.accounts.roles import USUAL_SCOPES, Scope
from leaderboard.accounts.services import MAX_TOKEN_DAYS, ScopeRefused, issue_token


class Command(BaseCommand):
    """Prints the token alone on standard output, so that a script can take it; words go to standard error."""

    help = "Make an API token for a user and print it. It cannot be read again."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("user", help="user name")
        parser.add_argument("--name", required=True, help="what the token is for")
        parser.add_argument(
            "--scope",
            action="append",
            choices=Scope.values,
            help="what it may do; may be repeated (default: read and submit)",
        )
        parser.add_argument("--days", type=_days, help="valid for so many days (default: for ever)")

    def handle(
        self,
        *_args: Any,
        user: str,
        name: str,
        days: int | None,
        scope: list[str] | None = None,
        **_options: Any,
    ) -> None:
        """Make the token. Raises CommandError for an unknown or inactive user, or a scope they may not have."""
        owner = User.objects.filter(username=user, is_active=True).first()
        if owner is None:
            raise CommandError(f"There is no active user {user!r}.")
        if not 0 < len(name) <= NAME_LENGTH:
            raise CommandError(f"The name must have 1 to {NAME_LENGTH} characters.")
        scopes = [Scope(told) for told in scope] if scope else USUAL_SCOPES
        try:
            _token, text = issue_token(owner, name, days=days, scopes=scopes)
        except ScopeRefused as refused:
            raise CommandError(f"{user} may not have a token for: {refused}.") from None
        self.stderr.write(f"Token {name!r} of {user}. Keep it: it is not shown again.")
        self.stdout.write(text)


NAME_LENGTH = ApiToken._meta.get_field("name").max_length or 0


def _days(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MAX_TOKEN_DAYS:
        raise argparse.ArgumentTypeError(f"a whole number from 1 to {MAX_TOKEN_DAYS}")
    return int(text)
