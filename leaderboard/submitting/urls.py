"""Addresses of submitting."""

from __future__ import annotations

from django.urls import path

from leaderboard.submitting import views

urlpatterns = [
    path("", views.submit, name="submit"),
    path("how/", views.how, name="submit-how"),
    path("check/", views.check, name="submit-check"),
    path("test/", views.test_endpoint, name="submit-test"),
    path("test/<uuid:number>/", views.test_result, name="submit-test-result"),
]
