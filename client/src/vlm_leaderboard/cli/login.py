"""Which site, and as whom."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import httpx
import typer

from vlm_leaderboard import config
from vlm_leaderboard.answers import Account
from vlm_leaderboard.cli.exits import ExitCode
from vlm_leaderboard.cli.output import AsJson, Output, failures, session
from vlm_leaderboard.client import Client
from vlm_leaderboard.texts import number
from vlm_leaderboard.transport import Retries

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def login(
    url: Annotated[
        str,
        typer.Option(
            envvar=config.URL_VARIABLE, help="The site's address; asked for if not given."
        ),
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Store a site's address and a token, once the site has taken the token.

    The token is asked for without showing it; where standard input is no terminal, its first line is taken. There is
    no option for it, because other users of a machine can read a command's options. VLM_LEADERBOARD_TOKEN is taken
    without asking.
    """
    out = Output(as_json)
    with failures(out):
        address = config.site_url(url or typer.prompt("Site", err=True))
        token = config.clean_token(os.environ.get(config.TOKEN_VARIABLE) or _asked())
        if not token:
            out.hint("Without a token nothing was stored.")
            raise typer.Exit(ExitCode.USAGE)
        if address.startswith("http:") and httpx.URL(address).host not in LOOPBACK:
            out.hint("This address is not https: on the way, others can read the token.")
        with Client(address, token, retries=Retries(attempts=1)) as client:
            account = client.account()
        try:
            path = config.store(config.Login(address, token))
        except OSError as error:
            out.hint(f"{config.config_file()} cannot be written: {error.strerror}.")
            raise typer.Exit(ExitCode.USAGE) from None
    if as_json:
        out.document(account.raw)
    out.say(f"Signed in to {address} as {account.username}; stored in {path}.")


def logout(as_json: AsJson = False) -> None:
    """Forget the stored address and token. The token stays valid until it is revoked on the account page."""
    out = Output(as_json)
    try:
        found = config.forget()
    except OSError as error:
        out.hint(f"{config.config_file()} cannot be removed: {error.strerror}.")
        raise typer.Exit(ExitCode.USAGE) from None
    if as_json:
        out.document({"forgotten": found})
    out.say("Forgotten." if found else "Nothing was stored.")


def whoami(as_json: AsJson = False) -> None:
    """Show whose token it is, what it may do, and what is left of the quotas."""
    with session(as_json) as (client, out):
        account = client.account()
        if as_json:
            out.document(account.raw)
        else:
            _describe(account, client.url, out)


def _describe(account: Account, url: str, out: Output) -> None:
    scopes = "" if account.scopes is None else f"; scopes of the token: {', '.join(account.scopes)}"
    out.say(f"{account.username} at {url} ({', '.join(account.roles)}){scopes}")
    out.table(
        ("Quota", "Organisation", ">Used", ">Limit", ">Left"),
        [
            (q.quota, q.organization, number(q.used), number(q.limit), number(q.left))
            for q in account.quotas
        ],
    )


def _asked() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline()
    return str(typer.prompt("Token", hide_input=True, err=True))
