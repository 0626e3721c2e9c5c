"""Sealing what only the workers may read (libsodium sealed box, Curve25519): the site cannot open it again.

And keeping what the site itself must read again out of its database in clear (libsodium secret box).
"""

from __future__ import annotations

import binascii
import hashlib
from base64 import b64decode, b64encode

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from nacl.exceptions import CryptoError
from nacl.public import PublicKey, SealedBox
from nacl.secret import SecretBox


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


def keep(text: str) -> str:
    """Return ``text`` encrypted for this site itself (a key made of SECRET_KEY), in base64: what it must read again.

    With another SECRET_KEY it cannot be read any more.
    """
    return b64encode(_own_box().encrypt(text.encode())).decode()


def kept(sealed: str) -> str:
    """Return what ``keep`` was given. Raises CryptoError when it was another site, or another SECRET_KEY."""
    return _own_box().decrypt(b64decode(sealed)).decode()


def _own_box() -> SecretBox:
    key = hashlib.blake2b(
        settings.SECRET_KEY.encode(), digest_size=SecretBox.KEY_SIZE, person=b"vlmlb-keep"
    )
    return SecretBox(key.digest())


def _public_key() -> PublicKey:
    try:
        return PublicKey(b64decode(settings.EVALUATOR_PUBLIC_KEY, validate=True))
    except (binascii.Error, CryptoError, ValueError, TypeError):
        raise ImproperlyConfigured(
            "EVALUATOR_PUBLIC_KEY is not a base64 Curve25519 public key of 32 bytes."
        ) from None
