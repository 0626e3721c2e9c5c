"""The addresses below ``/api/v1/``."""

from __future__ import annotations

from django.urls import path, re_path

from leaderboard.api.views.account import AccountView
from leaderboard.api.views.boards import (
    BenchmarksView,
    BenchmarkView,
    BoardsView,
    BoardVersionsView,
    BoardView,
)
from leaderboard.api.views.comparisons import ComparisonsView
from leaderboard.api.views.events import EventsView
from leaderboard.api.views.exports import (
    BoardFileView,
    ModelCardView,
    ResponsesFileView,
    ScoresFileView,
)
from leaderboard.api.views.fallback import NothingHereView
from leaderboard.api.views.imports import ImportsView
from leaderboard.api.views.items import ItemFacetsView, ItemsView, ItemView
from leaderboard.api.views.models import ModelsView, ModelView
from leaderboard.api.views.pictures import PictureView
from leaderboard.api.views.precisions import PrecisionsView
from leaderboard.api.views.reference import SchemaView
from leaderboard.api.views.reviews import (
    AuditView,
    BulkDecisionsView,
    CorrectionsView,
    DecisionsView,
    ReviewsView,
)
from leaderboard.api.views.runs import (
    RunResponsesView,
    RunScoresView,
    RunServingView,
    RunsView,
    RunView,
)
from leaderboard.api.views.submissions import CancelView, RetryView, SubmissionsView, SubmissionView
from leaderboard.api.views.validate import ValidateView
from leaderboard.api.views.webhooks import (
    DeliveriesView,
    WebhooksView,
    WebhookTestView,
    WebhookView,
)
from leaderboard.core import converters  # noqa: F401 - makes sha256 known

app_name = "api"

urlpatterns = [
    path("submissions", SubmissionsView.as_view(), name="submissions"),
    path("submissions/validate", ValidateView.as_view(), name="validate"),
    path("submissions/<uuid:public_id>", SubmissionView.as_view(), name="submission"),
    path("submissions/<uuid:public_id>/events", EventsView.as_view(), name="events"),
    path("submissions/<uuid:public_id>/cancel", CancelView.as_view(), name="cancel"),
    path("submissions/<uuid:public_id>/retry", RetryView.as_view(), name="retry"),
    path("runs", RunsView.as_view(), name="runs"),
    path("runs/<uuid:public_id>", RunView.as_view(), name="run"),
    path("runs/<uuid:public_id>/scores", RunScoresView.as_view(), name="scores"),
    path("runs/<uuid:public_id>/serving", RunServingView.as_view(), name="serving"),
    path("runs/<uuid:public_id>/responses", RunResponsesView.as_view(), name="responses"),
    path("runs/<uuid:public_id>/scores.<str:form>", ScoresFileView.as_view(), name="scores-file"),
    path(
        "runs/<uuid:public_id>/responses.<str:form>",
        ResponsesFileView.as_view(),
        name="responses-file",
    ),
    path("runs/<uuid:public_id>/model-card", ModelCardView.as_view(), name="model-card"),
    path("runs/<uuid:public_id>/decisions", DecisionsView.as_view(), name="decisions"),
    path("runs/<uuid:public_id>/corrections", CorrectionsView.as_view(), name="corrections"),
    path("runs/<uuid:public_id>/audit", AuditView.as_view(), name="audit"),
    path("reviews", ReviewsView.as_view(), name="reviews"),
    path("reviews/decisions", BulkDecisionsView.as_view(), name="bulk-decisions"),
    path("imports", ImportsView.as_view(), name="imports"),
    path("comparisons", ComparisonsView.as_view(), name="comparisons"),
    path("account", AccountView.as_view(), name="account"),
    path("compare-precision", PrecisionsView.as_view(), name="compare-precision"),
    path("benchmarks", BenchmarksView.as_view(), name="benchmarks"),
    path("benchmarks/<slug:slug>", BenchmarkView.as_view(), name="benchmark"),
    path("benchmarks/<slug:slug>/item-facets", ItemFacetsView.as_view(), name="item-facets"),
    path("benchmarks/<slug:slug>/items", ItemsView.as_view(), name="items"),
    # A key is whatever the data set calls its row; HallusionBench's have slashes.
    path("benchmarks/<slug:slug>/items/<path:key>", ItemView.as_view(), name="item"),
    path("models", ModelsView.as_view(), name="models"),
    path("models/<slug:slug>", ModelView.as_view(), name="model"),
    path("pictures/<sha256:sha256>", PictureView.as_view(), name="picture"),
    path("webhooks", WebhooksView.as_view(), name="webhooks"),
    path("webhooks/<int:pk>", WebhookView.as_view(), name="webhook"),
    path("webhooks/<int:pk>/test", WebhookTestView.as_view(), name="webhook-test"),
    path("webhooks/<int:pk>/deliveries", DeliveriesView.as_view(), name="deliveries"),
    path("boards", BoardsView.as_view(), name="boards"),
    path("boards/<slug:slug>/versions", BoardVersionsView.as_view(), name="board-versions"),
    path("boards/<slug:slug>.<str:form>", BoardFileView.as_view(), name="board-file"),
    path("boards/<slug:slug>", BoardView.as_view(), name="board"),
    path("schema", SchemaView.as_view(), name="schema"),
    re_path("", NothingHereView.as_view()),
]
