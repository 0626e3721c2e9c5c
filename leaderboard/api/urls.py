"""The addresses below ``/api/v1/``."""

from __future__ import annotations

from django.urls import path, re_path
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiYamlRenderer
from drf_spectacular.views import SpectacularAPIView

from leaderboard.api.views.account import AccountView
from leaderboard.api.views.boards import BenchmarksView, BoardView
from leaderboard.api.views.comparisons import ComparisonsView
from leaderboard.api.views.exports import (
    BoardFileView,
    ModelCardView,
    ResponsesFileView,
    ScoresFileView,
)
from leaderboard.api.views.fallback import NothingHereView
from leaderboard.api.views.imports import ImportsView
from leaderboard.api.views.precisions import PrecisionsView
from leaderboard.api.views.runs import RunResponsesView, RunScoresView, RunView
from leaderboard.api.views.submissions import CancelView, RetryView, SubmissionsView, SubmissionView

app_name = "api"

urlpatterns = [
    path("submissions", SubmissionsView.as_view(), name="submissions"),
    path("submissions/<uuid:public_id>", SubmissionView.as_view(), name="submission"),
    path("submissions/<uuid:public_id>/cancel", CancelView.as_view(), name="cancel"),
    path("submissions/<uuid:public_id>/retry", RetryView.as_view(), name="retry"),
    path("runs/<uuid:public_id>", RunView.as_view(), name="run"),
    path("runs/<uuid:public_id>/scores", RunScoresView.as_view(), name="scores"),
    path("runs/<uuid:public_id>/responses", RunResponsesView.as_view(), name="responses"),
    path("runs/<uuid:public_id>/scores.<str:form>", ScoresFileView.as_view(), name="scores-file"),
    path(
        "runs/<uuid:public_id>/responses.<str:form>",
        ResponsesFileView.as_view(),
        name="responses-file",
    ),
    path("runs/<uuid:public_id>/model-card", ModelCardView.as_view(), name="model-card"),
    path("imports", ImportsView.as_view(), name="imports"),
    path("comparisons", ComparisonsView.as_view(), name="comparisons"),
    path("account", AccountView.as_view(), name="account"),
    path("compare-precision", PrecisionsView.as_view(), name="compare-precision"),
    path("benchmarks", BenchmarksView.as_view(), name="benchmarks"),
    path("boards/<slug:slug>.<str:form>", BoardFileView.as_view(), name="board-file"),
    path("boards/<slug:slug>", BoardView.as_view(), name="board"),
    path(
        "schema",
        SpectacularAPIView.as_view(renderer_classes=[OpenApiJsonRenderer, OpenApiYamlRenderer]),
        name="schema",
    ),
    re_path("", NothingHereView.as_view()),
]
