"""Pictures of questions, as the API names them."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from rest_framework import serializers

from leaderboard.catalog.models import ItemImage


class PictureSerializer(serializers.Serializer[ItemImage]):
    """A picture: its hash, its size in pixels, and where it is read."""

    sha256 = serializers.CharField(source="image.sha256")
    width = serializers.IntegerField(source="image.width")
    height = serializers.IntegerField(source="image.height")
    url = serializers.SerializerMethodField()

    def get_url(self, picture: ItemImage) -> str:
        """Return the absolute address of the picture."""
        path = reverse("api:picture", args=[picture.image.sha256])
        return str(self.context["request"].build_absolute_uri(path))


class PictureSizeSerializer(serializers.Serializer[Any]):
    """Which of the two stored sizes."""

    size = serializers.ChoiceField(
        choices=[("full", "full"), ("thumb", "thumb")],
        default="full",
        help_text="`full` as the models saw it, or `thumb`, a thumbnail.",
    )
