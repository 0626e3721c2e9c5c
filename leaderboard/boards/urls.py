"""Addresses of the boards."""

from __future__ import annotations

from django.urls import path

from leaderboard.boards import views
from leaderboard.boards.hallucination import views as hallucination

app_name = "boards"
urlpatterns = [
    path("", views.home, name="home"),
    path("boards/serving/", views.serving, name="serving"),
    path("boards/<slug:slug>/", views.benchmark, name="benchmark"),
    path("boards/<slug:slug>/table.<str:form>", views.table, name="table"),
    path("hallucination/", hallucination.page, name="hallucination"),
    path("hallucination/figures.csv", hallucination.download, name="hallucination-figures"),
]
