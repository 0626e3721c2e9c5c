"""Files: a run's scores and responses, a board, a block for a model card."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.views import APIView

from leaderboard.api.negotiation import AnyAccepted
from leaderboard.api.schema import problems
from leaderboard.api.serializers.boards import BoardRequestSerializer
from leaderboard.api.views.boards import BENCHMARK, find_board
from leaderboard.api.views.runs import find_run
from leaderboard.boards.exports import board_table
from leaderboard.core.tables import CONTENT_TYPES, Format, Table, write
from leaderboard.results.exports.cards import card_results
from leaderboard.results.exports.model_card import model_index
from leaderboard.results.exports.tables import responses_table, scores_table
from leaderboard.runs.models import Run

SITE_NAME = "VLM Leaderboard"
YAML = "application/yaml"
FORM = OpenApiParameter("form", str, OpenApiParameter.PATH, enum=[form.value for form in Format])
MARK = OpenApiParameter(
    "mark", bool, description="Begin a CSV with a byte order mark, by which Excel knows UTF-8."
)
FILES = {(200, kind.partition(";")[0]): OpenApiTypes.BINARY for kind in CONTENT_TYPES.values()}


class FileView(APIView):
    """A table as a file, streamed."""

    content_negotiation_class = AnyAccepted

    def answer(self, request: Request, form: str, table: Callable[[], Table]) -> HttpResponseBase:
        """Return the file. Raises NotFound for a format that there is not, before anything is looked up."""
        if form not in set(Format):
            raise NotFound(_("One of these formats: %s.") % ", ".join(Format))
        chosen, made = Format(form), table()
        mark = request.query_params.get("mark", "").lower() in ("1", "true")
        return StreamingHttpResponse(
            write(made, chosen, mark=mark),
            content_type=CONTENT_TYPES[chosen],
            headers={"Content-Disposition": f'attachment; filename="{made.name}.{chosen.value}"'},
        )


class ScoresFileView(FileView):
    """A run's scores."""

    @extend_schema(
        operation_id="runs_scores_file",
        summary="Download a run's scores",
        parameters=[FORM, MARK],
        responses=FILES | problems(401, 404),
    )
    def get(self, request: Request, public_id: UUID, form: str) -> HttpResponseBase:
        """Return every score under the run's protocol, as fractions; an unknown value is empty or null."""
        return self.answer(request, form, lambda: scores_table(find_run(public_id, request)))


class ResponsesFileView(FileView):
    """A run's responses."""

    @extend_schema(
        operation_id="runs_responses_file",
        summary="Download a run's responses",
        parameters=[FORM, MARK],
        responses=FILES | problems(401, 404),
    )
    def get(self, request: Request, public_id: UUID, form: str) -> HttpResponseBase:
        """Return every response in the order of the data set.

        In a CSV, texts that a spreadsheet would compute (`=`, `+`, `-`, `@` in front) begin with an apostrophe; the
        other formats have them as the model wrote them.
        """

        def table() -> Table:
            run = find_run(public_id, request)
            return responses_table(run, private=run.submission.details_visible_to(request.user))

        return self.answer(request, form, table)


class BoardFileView(FileView):
    """A board."""

    @extend_schema(
        operation_id="boards_file",
        summary="Download a board",
        parameters=[BENCHMARK, FORM, MARK, BoardRequestSerializer],
        responses=FILES | problems(400, 401, 404),
    )
    def get(self, request: Request, slug: str, form: str) -> HttpResponseBase:
        """Return the newest version on the current data set, or the one asked for.

        It has three columns for each of the board's: value, and the bounds of the interval.
        """
        return self.answer(request, form, lambda: board_table(find_board(slug, request)))


class ModelCardView(APIView):
    """A block for a model card."""

    content_negotiation_class = AnyAccepted

    @extend_schema(
        operation_id="runs_model_card",
        summary="Read a model card block",
        responses={(200, YAML): OpenApiTypes.OBJECT} | problems(401, 404),
    )
    def get(self, request: Request, public_id: UUID) -> HttpResponse:
        """Return a `model-index` with the published results of the run's model in the run's configuration."""
        run = find_run(public_id, request)
        variant = run.submission.variant

        def url_of(of: Run) -> str:
            return request.build_absolute_uri(reverse("runs:detail", args=[of.public_id]))

        results = card_results(variant, url_of)
        if not results:
            raise NotFound(_("Nothing of this model is published yet."))
        return HttpResponse(
            model_index(str(variant), results, SITE_NAME), content_type=f"{YAML}; charset=utf-8"
        )
