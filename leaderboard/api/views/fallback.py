"""What answers where there is nothing."""

from __future__ import annotations

from typing import Any

from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.views import APIView


class NothingHereView(APIView):
    """Answers every method at an unknown address below the API with a problem, not with a page."""

    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:  # noqa: ARG002
        """Raise NotFound before anything else is looked at."""
        raise NotFound
