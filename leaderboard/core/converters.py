"""Parts of addresses. Importing this makes them known to ``path``."""

from __future__ import annotations

from django.urls import register_converter


class Sha256Converter:
    """A sha256 in lower-case hexadecimal, and nothing else: a name from an address becomes part of a path."""

    regex = "[0-9a-f]{64}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(Sha256Converter, "sha256")
