"""Every address of the site."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

from leaderboard.api.views.reference import reference
from leaderboard.runs.queue_views import queue

urlpatterns = [
    path("", include("leaderboard.boards.urls")),
    path("", include("leaderboard.core.urls")),
    path("", include("leaderboard.accounts.urls")),
    path("sso/", include("leaderboard.sso.urls")),
    path("account/", include("leaderboard.account_pages.urls")),
    path("account/notifications/", include("leaderboard.notifications.urls")),
    path("runs/", include("leaderboard.runs.urls")),
    path("queue/", queue, name="queue"),
    path("", include("leaderboard.explorer.urls")),
    path("compare/", include("leaderboard.comparisons.urls")),
    path("review/", include("leaderboard.review_pages.urls")),
    path("changelog/", include("leaderboard.changelog.urls")),
    path("submit/", include("leaderboard.submitting.urls")),
    path("models/", include("leaderboard.profiles.urls")),
    path("images/", include("leaderboard.explorer.picture_urls")),
    path("api/", reference, name="reference"),
    path("api/v1/", include("leaderboard.api.urls")),
    path("admin/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
]
