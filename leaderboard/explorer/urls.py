"""Addresses of samples: those of one run, and those of all."""

from __future__ import annotations

from django.urls import include, path

from leaderboard.explorer import item_views, pair_views, views

app_name = "explorer"
of_run = [
    path("samples/", views.samples, name="samples"),
    # A key is whatever the data set calls its row; HallusionBench's have slashes.
    path("samples/<path:key>/", views.sample, name="sample"),
    path("pairs/", pair_views.index, name="pairs"),
    path("pairs/<path:key>/", pair_views.pair, name="pair"),
]
urlpatterns = [
    path("runs/<uuid:public_id>/", include(of_run)),
    path("samples/", item_views.items, name="items"),
    path("samples/<slug:slug>/<path:key>/", item_views.item, name="item"),
]
