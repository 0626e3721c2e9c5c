"""Reading a page as strictly as a test should: every element closed, no id twice, nothing inline that runs."""

from __future__ import annotations

from collections import Counter
from html.parser import HTMLParser

VOID = frozenset(
    [
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "source",
        "track",
        "wbr",
    ]
)
SVG_LEAVES = frozenset(("path", "rect", "circle"))


class Page(HTMLParser):
    """A parsed page. Raises AssertionError for markup that a browser would have to repair."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: Counter[str] = Counter()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)
        self.close()
        assert not self.open, f"never closed: {self.open}"
        twice = [name for name, number in self.ids.items() if number > 1]
        assert not twice, f"ids used twice: {twice}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"<{tag}> has an attribute twice: {names}"
        attributes = dict(attrs)
        self.elements.append((tag, attributes))
        if identifier := attributes.get("id"):
            self.ids[identifier] += 1
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in VOID | SVG_LEAVES, f"<{tag}/> does not close a <{tag}>"
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open[-1] == tag, f"</{tag}> closes <{self.open[-1]}>"
        self.open.pop()

    def of(self, tag: str) -> list[dict[str, str | None]]:
        """Return the attributes of each element called ``tag``."""
        return [attributes for name, attributes in self.elements if name == tag]
