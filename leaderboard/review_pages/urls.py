"""Addresses of the reviewers' pages."""

from __future__ import annotations

from django.urls import path

from leaderboard.review_pages import views

app_name = "review"
urlpatterns = [
    path("", views.queue, name="queue"),
    path("decide/", views.decide_many, name="decide-many"),
    path("<uuid:public_id>/", views.detail, name="detail"),
    path("<uuid:public_id>/difference/", views.difference, name="difference"),
    path("<uuid:public_id>/decide/", views.decide_one, name="decide"),
]
