"""Addresses of pictures."""

from __future__ import annotations

from django.urls import path, register_converter

from leaderboard.explorer import picture_views as views


class Sha256Converter:
    """A sha256 in lower-case hexadecimal, and nothing else: a name from an address becomes part of a path."""

    regex = "[0-9a-f]{64}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(Sha256Converter, "sha256")

app_name = "pictures"
urlpatterns = [
    path("<sha256:sha256>.webp", views.image, name="image"),
    path("<sha256:sha256>/thumb.webp", views.thumb, name="thumb"),
]
