"""Addresses of pictures."""

from __future__ import annotations

from django.urls import path

from leaderboard.core import converters  # noqa: F401 - makes sha256 known
from leaderboard.explorer import picture_views

app_name = "pictures"
urlpatterns = [
    path("<sha256:sha256>.webp", picture_views.image, name="image"),
    path("<sha256:sha256>/thumb.webp", picture_views.thumb, name="thumb"),
]
