"""Signing messages as the Standard Webhooks specification says (https://www.standardwebhooks.com).

The signature is HMAC-SHA256 over ``id.timestamp.body`` with the bytes that the secret encodes, in base64.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import b64decode, b64encode

SECRET_PREFIX = "whsec_"  # noqa: S105 - the specification's prefix of every secret
SECRET_BYTES = 32


def new_secret() -> str:
    """Return a new secret as receivers take it."""
    return SECRET_PREFIX + b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def signature(secret: str, message_id: str, timestamp: int, body: str) -> str:
    """Return the value of ``webhook-signature``. ``timestamp`` is in seconds since 1970."""
    key = b64decode(secret.removeprefix(SECRET_PREFIX))
    signed = f"{message_id}.{timestamp}.{body}".encode()
    return "v1," + b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def headers(secret: str, message_id: str, timestamp: int, body: str) -> dict[str, str]:
    """Return the headers of a message."""
    return {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(secret, message_id, timestamp, body),
    }
