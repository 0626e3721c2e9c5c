"""Keeping what a board's page shows until something that it shows has changed."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Sequence
from functools import cache as once
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import models, transaction
from django.db.models.signals import post_delete, post_save
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from leaderboard.boards.models import BoardVersion
from leaderboard.catalog.models import Benchmark, DatasetVersion, Dimension, Variant, VlmModel
from leaderboard.core.requests import HtmxRequest, is_partial

SECONDS = 600
"""How long a rendered part is kept: also the longest that an edit past the signals below stays unseen."""
_STAMP = "boards:stamp"


@once
def _code() -> str:
    """Return a hash of what makes the pages: after an upgrade nothing kept before it is shown."""
    patterns = ("templates/**/*.html", "leaderboard/**/*.py", "locale/**/*.mo")
    files = sorted(path for pattern in patterns for path in settings.ROOT.glob(pattern))
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


def stamp() -> str:
    """Return what changes whenever the catalogue is edited: names and flags that boards show but do not store."""
    return str(cache.get_or_set(_STAMP, lambda: uuid.uuid4().hex, None))


def renew_stamp(**_extra: Any) -> None:
    """Make every kept part stale once the running transaction is committed."""
    transaction.on_commit(lambda: cache.delete(_STAMP))


SHOWN: tuple[type[models.Model], ...] = (Benchmark, DatasetVersion, Dimension, Variant, VlmModel)


def connect() -> None:
    """Watch what boards show of the catalogue."""
    for model in SHOWN:
        for signal in (post_save, post_delete):
            signal.connect(renew_stamp, model, dispatch_uid=f"boards.renew_{model.__name__}")


def key_of(benchmarks: Sequence[Benchmark], versions: Sequence[BoardVersion], view: str) -> str:
    """Return the name of one view of these board versions in the current language, as they are now."""
    tabs = [f"{benchmark.pk}={benchmark.title}" for benchmark in benchmarks]
    shown = [f"{version.pk}@{version.created_at.timestamp()}" for version in versions]
    parts = (_code(), stamp(), get_language() or "", view, *tabs, *shown)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def kept(key: str, render: Callable[[], str], *, keep: bool) -> SafeString:
    """Return what ``render`` returned when this key was first asked for. ``keep`` says whether to keep it now."""
    name = f"boards:part:{key}"
    found: str | None = cache.get(name)
    if found is None:
        found = render()
        if keep:
            cache.set(name, str(found), SECONDS)
    return mark_safe(found)  # noqa: S308 - what a template has rendered


def etag_of(request: HtmxRequest, key: str) -> str:
    """Return the tag of a whole answer: what is shown, and to whom.

    Cookies are in it because of the forms' tokens and of messages that are shown once.
    """
    user = request.user
    whom = (str(user.pk), user.get_username(), str(getattr(user, "is_staff", False)))
    parts = (
        key,
        str(is_partial(request)),
        request.get_full_path(),
        request.headers.get("Cookie", ""),
        *whom,
    )
    return f'W/"{hashlib.sha256(chr(0).join(parts).encode()).hexdigest()[:32]}"'
