"""``If-Match``: changing only what one has seen (RFC 9110, 13.1.1)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request

from leaderboard.api.problems import Kind, Problem

REQUIRED = Kind("precondition-required", _("Say which version you have seen"))
FAILED = Kind("precondition-failed", _("It has changed since you looked"))


def etag_of(version: str) -> str:
    """Return a version as the header ``ETag`` has it."""
    return f'"{version}"'


def seen_by(request: Request) -> str | None:
    """Return the version in ``If-Match``; None without one.

    ``*`` is none: it would agree to whatever is there. A proxy that compresses makes a tag weak (``W/``) and sends it
    on; it is the same version.
    """
    tag = request.headers.get("If-Match", "").strip()
    if tag in ("", "*"):
        return None
    return version_in(tag)


def version_in(tag: str) -> str:
    """Return the version that a tag names, a weak one too."""
    return tag.removeprefix("W/").strip('"')


def required() -> Problem:
    """Return the problem of a change without ``If-Match``."""
    detail = _("Send the ETag of what you have seen as If-Match. Read it first to get one.")
    return Problem(REQUIRED, 428, detail)
