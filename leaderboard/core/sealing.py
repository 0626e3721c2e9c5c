"""Sealing what only the workers may read (libsodium sealed box, Curve25519). The site cannot open it again."""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from nacl.exceptions import CryptoError
from nacl.public import PublicKey, SealedBox


class SealingUnavailable(Exception):
    """This site has no public key of the workers, so it cannot take secrets."""


def can_seal() -> bool:
    """Whether secrets can be taken at all."""
    return bool(settings.EVALUATOR_PUBLIC_KEY)


def seal(text: str) -> str:
    """Return ``text`` sealed for the workers, in base64. Two calls give different results.

    Raises SealingUnavailable without a public key, ImproperlyConfigured when the key is none.
    """
    if not can_seal():
        raise SealingUnavailable("EVALUATOR_PUBLIC_KEY is not set")
    return b64encode(SealedBox(_public_key()).encrypt(text.encode())).decode()


def _public_key() -> PublicKey:
    try:
        return PublicKey(b64decode(settings.EVALUATOR_PUBLIC_KEY, validate=True))
    except (binascii.Error, CryptoError, ValueError, TypeError):
        raise ImproperlyConfigured(
            "EVALUATOR_PUBLIC_KEY is not a base64 Curve25519 public key of 32 bytes."
        ) from None
