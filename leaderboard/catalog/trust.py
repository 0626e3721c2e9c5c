"""Whether the workers may run the code that a checkpoint brings along. A reviewer says so, for one commit."""

from __future__ import annotations

import re

from leaderboard.catalog.models import RemoteCode

COMMIT = re.compile(r"[0-9a-f]{40}")


def is_pinned(source: str, revision: str) -> bool:
    """Return whether source and revision name one thing: a full commit of a hub id, or a folder without a revision."""
    if source.startswith("/"):
        return not revision
    return COMMIT.fullmatch(revision) is not None


def code_is_trusted(source: str, revision: str) -> bool:
    """Return whether a reviewer allowed the code of this source at this revision. A branch is never trusted."""
    pinned = is_pinned(source, revision)
    return pinned and RemoteCode.objects.filter(source=source, revision=revision).exists()
