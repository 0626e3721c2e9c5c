"""Opening what the site sealed for the workers (libsodium sealed box, Curve25519)."""

from __future__ import annotations

import binascii
from base64 import b64decode

from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, SealedBox

from evaluator.errors import EvaluationError, FailureCode


def open_sealed(sealed: str, private_key: str) -> str:
    """Return the clear text of a base64 sealed box.

    Raises EvaluationError(KEY_UNREADABLE), without the cause: its traceback would hold both arguments' frames.
    """
    if not private_key:
        raise EvaluationError(
            FailureCode.KEY_UNREADABLE, "EVALUATOR_PRIVATE_KEY is not set on the worker"
        )
    try:
        box = SealedBox(PrivateKey(b64decode(private_key, validate=True)))
        return box.decrypt(b64decode(sealed, validate=True)).decode()
    except (CryptoError, binascii.Error, ValueError, TypeError):
        pass
    raise EvaluationError(FailureCode.KEY_UNREADABLE, "it was sealed for another key")
