"""Importing results."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import UploadedFile
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import permissions, status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from leaderboard.accounts.models import User
from leaderboard.accounts.roles import Scope
from leaderboard.api.idempotency import idempotent
from leaderboard.api.schema import ImportedBeforeProblemSerializer, problems
from leaderboard.api.serializers.imports import ImportRequestSerializer, placed, to_import
from leaderboard.api.serializers.runs import RunDetailSerializer
from leaderboard.api.views.runs import find_run
from leaderboard.api.views.submissions import user_of
from leaderboard.results.imports.request import ImportRequest
from leaderboard.results.imports.services import (
    import_results,
    score_later,
    take_in,
    waits_for_a_judge,
)
from leaderboard.runs.models import Run
from leaderboard.runs.progress import live_by_run
from leaderboard.runs.submission import SubmissionInvalid

MEBIBYTE = 2**20
SCORED_AT_ONCE_BYTES = 8 * MEBIBYTE
"""Scoring a larger file takes longer than a request should."""
NAME_LENGTH = 60
"""The end of a file's name, which says its task; whatever the script, file systems take it."""
FORM_BYTES = MEBIBYTE
"""What the form may hold beside the file."""
LOCATION = OpenApiParameter(
    "Location", str, OpenApiParameter.HEADER, response=[201], description="The run."
)


class ImportsView(APIView):
    """Bringing a model's answers that were given elsewhere."""

    permission_classes = [permissions.IsAuthenticated]
    change_scope = Scope.SUBMIT
    parser_classes = [MultiPartParser]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse a body that is too large before anything reads it, the check of the session's token among that."""
        if int(request.META.get("CONTENT_LENGTH") or 0) > self._most() + FORM_BYTES:
            limit = _("At most %d MiB. Use manage.py import_results for larger files.")
            raise RequestDataTooBig(limit % settings.IMPORT_MAX_MB)
        super().initial(request, *args, **kwargs)

    @extend_schema(
        operation_id="imports_create",
        summary="Import results",
        request={"multipart/form-data": ImportRequestSerializer},
        parameters=[LOCATION],
        responses={201: RunDetailSerializer}
        | problems(400, 401, 403, 413, 415, 422, 429, 503)
        | {(409, "application/problem+json"): ImportedBeforeProblemSerializer},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Store the answers as a run and grade them: 201, and the run, which awaits review.

        Where a judge is asked or the file is large, the run is still being scored. Nothing is stored of a file that cannot be used.
        """
        form = ImportRequestSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        wish = to_import(form.validated_data)
        try:
            run = _imported(user_of(request), form.validated_data["file"], wish)
        except SubmissionInvalid as error:
            raise SubmissionInvalid(placed(error.errors)) from None
        location = request.build_absolute_uri(reverse("api:run", args=[run.public_id]))
        return Response(
            _described(run, request), status.HTTP_201_CREATED, headers={"Location": location}
        )

    @staticmethod
    def _most() -> int:
        return settings.IMPORT_MAX_MB * MEBIBYTE


def _imported(user: User, upload: UploadedFile[Any], wish: ImportRequest) -> Run:
    """Import the uploaded file under the name that it was sent with (its last part; Django leaves no other)."""
    name = upload.name or "upload"
    with TemporaryDirectory(prefix="vlmlb-upload-") as folder:
        path = Path(folder) / name[-NAME_LENGTH:]
        with path.open("wb") as target:
            for chunk in upload.chunks():
                target.write(chunk)
        small = (upload.size or 0) <= SCORED_AT_ONCE_BYTES
        if small and not waits_for_a_judge(wish.benchmark):
            return import_results(user, path, wish, name=name)
        run = take_in(user, path, wish, name=name)
        score_later(run)
        return run


def _described(run: Run, request: Request) -> dict[str, Any]:
    found = find_run(run.public_id, request)
    context = {"request": request, "submission": found.submission, "live": live_by_run([found])}
    return dict(RunDetailSerializer(found, context=context).data)
