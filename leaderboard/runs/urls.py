"""Addresses of runs."""

from __future__ import annotations

from django.urls import path

from leaderboard.runs import views

app_name = "runs"
urlpatterns = [
    path("", views.index, name="list"),
    path("<uuid:public_id>/", views.detail, name="detail"),
    path("<uuid:public_id>/live/", views.live, name="live"),
    path("<uuid:public_id>/watch/", views.watch, name="watch"),
    path("<uuid:public_id>/telemetry.csv", views.telemetry_file, name="telemetry"),
    path("<uuid:public_id>/cancel/", views.cancel, name="cancel"),
    path("<uuid:public_id>/retry/", views.retry, name="retry"),
]
