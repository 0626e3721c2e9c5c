"""Addresses of one's own account."""

from __future__ import annotations

from django.urls import path

from leaderboard.account_pages import views

app_name = "account"
urlpatterns = [
    path("", views.account, name="home"),
    path("tokens/", views.create_token, name="create-token"),
    path("tokens/<int:pk>/revoke/", views.revoke_token, name="revoke-token"),
]
