"""Secrets of this instance: made once, kept in ``VAR/secrets`` with mode 0600."""

from __future__ import annotations

import base64
import contextlib
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from nacl.public import PrivateKey

from .errors import EmbeddedError


def kept_secret(path: Path, make: Callable[[], str] = lambda: secrets.token_urlsafe(32)) -> str:
    """Return the secret in ``path``; make and keep one if there is none.

    Of several processes that make it at the same time the first wins. EmbeddedError if the file is empty.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = _private_file(path, make() + "\n")
        with contextlib.suppress(FileExistsError):
            os.link(temporary, path)
        temporary.unlink()
    value = path.read_text(encoding="ascii").strip()
    if not value:
        raise EmbeddedError(f"{path} is empty. Put the secret back, or remove the file.")
    return value


def write_private(path: Path, text: str) -> None:
    """Write a file for the owner only; a reader sees the old content or the new, nothing between."""
    _private_file(path, text).replace(path)


def evaluator_keys(folder: Path, private: str = "", public: str = "") -> tuple[str, str]:
    """Return (private, public), the workers' Curve25519 pair in base64; what is given wins over what is kept.

    A public key alone is enough: then the workers that can open what it seals run elsewhere, and private is "".
    EmbeddedError if the private key is malformed.
    """
    if public and not private:
        return "", public
    private = private or kept_secret(
        folder / "evaluator_private_key",
        lambda: base64.b64encode(bytes(PrivateKey.generate())).decode("ascii"),
    )
    try:
        derived = PrivateKey(base64.b64decode(private, validate=True)).public_key
    except Exception:
        # The message and the cause must not carry the key.
        raise EmbeddedError(
            "EVALUATOR_PRIVATE_KEY is not 32 bytes in base64; remove it to have one made."
        ) from None
    return private, public or base64.b64encode(bytes(derived)).decode("ascii")


def _private_file(path: Path, text: str) -> Path:
    """Write a new file of mode 0600 beside ``path`` and return it."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    return temporary
