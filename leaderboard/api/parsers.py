"""Reading request bodies."""

from __future__ import annotations

from typing import IO, Any

from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser


class StrictJSONParser(JSONParser):
    """JSON that is nested no deeper than Python reads; deeper is the sender's error, not the server's."""

    def parse(self, stream: IO[Any], *args: Any, **kwargs: Any) -> Any:
        """Return the document. Raises ParseError."""
        try:
            return super().parse(stream, *args, **kwargs)
        except RecursionError:
            raise ParseError(_("The JSON is nested too deeply.")) from None
