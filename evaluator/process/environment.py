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
_LEAST_CUT = 8
ELLIPSIS = "…"
"""What ends a text that was cut short."""


def child_environment(
    extra: Mapping[str, str] | None = None,
    *,
    home: Path | None = None,
    source: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Return the whole environment of a child: the allow-listed variables of ``source`` (default: ours), then
    ``extra``, which wins.

    GPUs are numbered as the driver's tools number them, which is how telemetry and the operator count, and not by
    speed, as CUDA does by itself.
    Broker, artifact-store and database addresses are on no list, so they never get through. ``home`` replaces
    HOME by a scratch folder; the hub's cache stays where it was, so that models are not downloaded again.
    """
    ours = os.environ if source is None else source
    env = {k: v for k, v in ours.items() if k in _ALLOWED or k.startswith(_ALLOWED_PREFIXES)}
    if home is not None:
        if "HOME" in env:
            env.setdefault("HF_HOME", str(Path(env["HOME"]) / ".cache" / "huggingface"))
        env["HOME"] = str(home)
    return env | {"CUDA_DEVICE_ORDER": "PCI_BUS_ID"} | dict(extra or {})


def redact(text: str, secrets: Iterable[str]) -> str:
    """Return ``text`` with every secret replaced, also where it was written URL-quoted or in a JSON string.

    So is a secret of which the text's end, or an ellipsis there, left no less than its first _LEAST_CUT characters.
    """
    forms = {f for s in secrets if s for f in (s, quote(s, safe=""), json.dumps(s)[1:-1])}
    for form in sorted(forms, key=len, reverse=True):
        text = text.replace(form, _HIDDEN)
    body = text.removesuffix(ELLIPSIS)
    cut = max((_cut_length(body, form) for form in forms), default=0)
    return body[: len(body) - cut] + _HIDDEN + text[len(body) :] if cut else text


def _cut_length(text: str, secret: str) -> int:
    """Return how many of the secret's first characters end the text; 0 for fewer than _LEAST_CUT."""
    return next(
        (n for n in range(len(secret) - 1, _LEAST_CUT - 1, -1) if text.endswith(secret[:n])), 0
    )
