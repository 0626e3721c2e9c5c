"""Addresses of models."""

from __future__ import annotations

from django.urls import path

from leaderboard.profiles import views

app_name = "profiles"
urlpatterns = [
    path("<slug:slug>/", views.model, name="model"),
    path("<slug:slug>/scores.csv", views.scores, name="scores"),
]
