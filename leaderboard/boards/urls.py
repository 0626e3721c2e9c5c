"""Addresses of the boards."""

from __future__ import annotations

from django.urls import path

from leaderboard.boards import views

app_name = "boards"
urlpatterns = [
    path("", views.home, name="home"),
    path("boards/<slug:slug>/", views.benchmark, name="benchmark"),
]
