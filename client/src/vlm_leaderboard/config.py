"""Which site, and as whom: from arguments, from the environment, or from the file that ``login`` wrote."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from vlm_leaderboard.errors import NotConfigured

URL_VARIABLE = "VLM_LEADERBOARD_URL"
TOKEN_VARIABLE = "VLM_LEADERBOARD_TOKEN"  # noqa: S105 - a variable's name
API = "/api/v1"


@dataclass(frozen=True, slots=True)
class Login:
    """A site's address, without a slash at the end, and a token for it, or "" to read what is public."""

    url: str
    token: str = field(default="", repr=False)


def login_of(url: str | None = None, token: str | None = None) -> Login:
    """Return the site and token to use: what is given, else the environment's, else the stored ones.

    The stored token goes to the site that it was stored for and to no other. Raises NotConfigured.
    """
    saved = stored()
    chosen = url or os.environ.get(URL_VARIABLE) or (saved.url if saved else "")
    if not chosen:
        raise NotConfigured(
            f"No site is known. Run `vlm-leaderboard login`, or set {URL_VARIABLE} and {TOKEN_VARIABLE}."
        )
    address = site_url(chosen)
    if token is None:
        token = os.environ.get(TOKEN_VARIABLE)
    if token is None:
        token = saved.token if saved and saved.url == address else ""
    return Login(address, clean_token(token))


def site_url(text: str) -> str:
    """Return a site's address in one form, whether or not it was given with the API's path. Raises NotConfigured."""
    text = text.strip().rstrip("/").removesuffix(API)
    try:
        parts = httpx.URL(text)
    except httpx.InvalidURL:
        raise NotConfigured("This is not the address of a site.") from None
    if parts.scheme not in ("http", "https") or not parts.host:
        raise NotConfigured("A site's address begins with http:// or https:// and names a host.")
    if parts.userinfo or parts.query or parts.fragment:
        raise NotConfigured("A site's address has no user, no `?` and no `#` in it.")
    return text


def clean_token(text: str) -> str:
    """Return a token without space around it. Raises NotConfigured for what cannot be one; the text is not told."""
    text = text.strip()
    if not all("!" <= c <= "~" for c in text):
        raise NotConfigured(
            "This is not a token: it has spaces or other characters in it that tokens do not have."
        )
    return text


def config_file() -> Path:
    """Return where the login is kept: in the user's configuration folder."""
    if os.name == "nt":
        home = Path(os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming")
    else:
        home = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return home / "vlm-leaderboard" / "login.json"


def stored() -> Login | None:
    """Return the stored login, None when there is none. Raises NotConfigured for a file that cannot be read."""
    path = config_file()
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return Login(str(found["url"]), str(found["token"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NotConfigured(
            f"{path} cannot be read ({type(error).__name__}). Remove it, and run `vlm-leaderboard login`."
        ) from None


def store(login: Login) -> Path:
    """Keep the login in a file that only this user may read; return its path. Raises OSError.

    The file is written beside its place and then moved there: it is never readable for others, nor half.
    """
    path = config_file()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # mkstemp's files have mode 0600 from the start.
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".login-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump({"url": login.url, "token": login.token}, file)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return path


def forget() -> bool:
    """Remove the stored login; say whether there was one. Raises OSError."""
    try:
        config_file().unlink()
    except FileNotFoundError:
        return False
    return True
