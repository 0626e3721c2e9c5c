"""Addresses of one's notifications."""

from __future__ import annotations

from django.urls import path

from leaderboard.notifications import views

app_name = "notifications"
urlpatterns = [
    path("", views.notifications, name="home"),
    path("emails/", views.emails, name="emails"),
    path("webhooks/", views.create, name="create"),
    path("webhooks/<int:pk>/", views.deliveries, name="deliveries"),
    path("webhooks/<int:pk>/test/", views.test, name="test"),
    path("webhooks/<int:pk>/delete/", views.delete, name="delete"),
]
