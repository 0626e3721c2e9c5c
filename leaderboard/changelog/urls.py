"""Addresses of the changelog."""

from __future__ import annotations

from django.urls import path
from django.views.decorators.http import require_safe

from leaderboard.changelog import views
from leaderboard.changelog.feed import ChangelogFeed

app_name = "changelog"
urlpatterns = [
    path("", views.page, name="page"),
    path("feed.atom", require_safe(ChangelogFeed()), name="feed"),
]
