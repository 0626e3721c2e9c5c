"""Addresses of comparisons. Which runs are compared stands in the query."""

from __future__ import annotations

from django.urls import path

from leaderboard.comparisons import views

app_name = "comparisons"
urlpatterns = [
    path("", views.page, name="page"),
    path("differences.csv", views.download, name="differences"),
]
