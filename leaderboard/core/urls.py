"""Addresses of the pages that show no data."""

from __future__ import annotations

from django.urls import path

from leaderboard.core import views

urlpatterns = [
    path("favicon.ico", views.favicon, name="favicon"),
    path("about/", views.about, name="about"),
]
