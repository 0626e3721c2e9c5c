"""Addresses of samples."""

from __future__ import annotations

from django.urls import path

from leaderboard.explorer import pair_views, views

app_name = "explorer"
urlpatterns = [
    path("<uuid:public_id>/samples/", views.samples, name="samples"),
    # A key is whatever the data set calls its row; HallusionBench's have slashes.
    path("<uuid:public_id>/samples/<path:key>/", views.sample, name="sample"),
    path("<uuid:public_id>/pairs/", pair_views.index, name="pairs"),
    path("<uuid:public_id>/pairs/<path:key>/", pair_views.pair, name="pair"),
]
