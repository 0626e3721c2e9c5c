"""The changelog as an Atom feed."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

from django.contrib.syndication.views import Feed
from django.http import HttpRequest
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _

from leaderboard.changelog.entries import Entry, entry
from leaderboard.changelog.events import public_events

if TYPE_CHECKING:
    EntryFeed = Feed[Entry, HttpRequest]
else:
    EntryFeed = Feed

LENGTH = 50
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""Control characters that XML has no way to write; whoever wrote a reason may have pasted one."""


class ChangelogFeed(EntryFeed):
    """The newest entries, in the reader's language. Entries keep their ids whatever becomes of their texts."""

    feed_type = Atom1Feed

    def title(self) -> str:
        return _("VLM Leaderboard: changelog")

    def subtitle(self) -> str:
        return _("What came onto the boards, left them or was corrected.")

    def link(self) -> str:
        return reverse("changelog:page")

    def items(self) -> list[Entry]:
        return [entry(event) for event in public_events().order_by("-pk")[:LENGTH]]

    def item_title(self, item: Entry) -> str:
        return _NOT_IN_XML.sub("", item.text)

    def item_description(self, item: Entry) -> str:
        return _NOT_IN_XML.sub("", item.reason)

    def item_link(self, item: Entry) -> str:
        return f"{reverse('changelog:page')}?after={item.key + 1}#entry-{item.key}"

    def item_guid(self, item: Entry) -> str:
        return f"tag:vlm-leaderboard,2026:changelog/{item.key}"

    def item_updateddate(self, item: Entry) -> datetime:
        return item.at

    def item_pubdate(self, item: Entry) -> datetime:
        return item.at
