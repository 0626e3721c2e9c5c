"""What a child process is told, and what is kept out of what it prints."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import quote

_ALLOWED = frozenset(
    {
        "PATH",
        "HOME",
        "LANG",
        "LC_ALL",
        "LC_CTYPE",
        "TZ",
        "TMPDIR",
        "LD_LIBRARY_PATH",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
        "OMP_NUM_THREADS",
        "CUDA_VISIBLE_DEVICES",
        "NVIDIA_VISIBLE_DEVICES",
    }
)
_ALLOWED_PREFIXES = ("HF_",)
_HIDDEN = "[hidden]"


def child_environment(
    extra: Mapping[str, str] | None = None,
    *,
    home: Path | None = None,
    source: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Return the whole environment of a child: the allow-listed variables of ``source`` (default: ours), then
    ``extra``, which wins.

    Broker, artifact-store and database addresses are on no list, so they never get through. ``home`` replaces
    HOME by a scratch folder; the hub's cache stays where it was, so that models are not downloaded again.
    """
    ours = os.environ if source is None else source
    env = {k: v for k, v in ours.items() if k in _ALLOWED or k.startswith(_ALLOWED_PREFIXES)}
    if home is not None:
        if "HOME" in env:
            env.setdefault("HF_HOME", str(Path(env["HOME"]) / ".cache" / "huggingface"))
        env["HOME"] = str(home)
    return env | dict(extra or {})


def redact(text: str, secrets: Iterable[str]) -> str:
    """Return ``text`` with every secret replaced, also where it was written URL-quoted or in a JSON string."""
    forms = {f for s in secrets if s for f in (s, quote(s, safe=""), json.dumps(s)[1:-1])}
    for form in sorted(forms, key=len, reverse=True):
        text = text.replace(form, _HIDDEN)
    return text
