"""Pictures, by the hash of what they show."""

from __future__ import annotations

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from leaderboard.api.negotiation import AnyAccepted
from leaderboard.api.schema import problems
from leaderboard.api.serializers.pictures import PictureSizeSerializer
from leaderboard.api.views.boards import ETAG, IF_NONE_MATCH
from leaderboard.core.artifacts import image_key, thumb_key
from leaderboard.explorer.picture_views import WEBP, picture

SHA256 = OpenApiParameter(
    "sha256",
    {"type": "string", "pattern": "^[0-9a-f]{64}$"},
    OpenApiParameter.PATH,
    description="Of the stored picture, in lower-case hexadecimal.",
)


class PictureView(APIView):
    """A picture of a question."""

    content_negotiation_class = AnyAccepted

    @extend_schema(
        operation_id="pictures_read",
        summary="Read a picture",
        parameters=[SHA256, PictureSizeSerializer, IF_NONE_MATCH, ETAG],
        responses={(200, WEBP): OpenApiTypes.BINARY, 304: OpenApiResponse(description="Unchanged.")}
        | problems(400, 401, 404),
    )
    def get(self, request: Request, sha256: str) -> HttpResponse:
        """Return the picture as WebP. You may see it when you may see a run on a data set that it belongs to."""
        query = PictureSizeSerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        small = query.validated_data["size"] == "thumb"
        return picture(request, sha256, thumb_key(sha256) if small else image_key(sha256))
