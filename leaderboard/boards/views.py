"""The boards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.cache import get_conditional_response, patch_cache_control, patch_vary_headers
from django.views.decorators.http import require_safe

from leaderboard.accounts.roles import is_reviewer
from leaderboard.boards import caching, pages
from leaderboard.boards.changes import reason_in_words
from leaderboard.boards.models import BoardRow, BoardVersion
from leaderboard.boards.state import BoardState
from leaderboard.boards.tabs import OVERALL, SERVING, tabs_of
from leaderboard.boards.view_table import view_table
from leaderboard.catalog.models import Benchmark
from leaderboard.core.requests import PARTIAL_HEADERS, HtmxRequest, is_partial
from leaderboard.core.tables import CONTENT_TYPES, Format, write


@require_safe
def home(request: HtmxRequest) -> HttpResponse:
    """The board over all benchmarks."""
    return _page(request, OVERALL)


@require_safe
def serving(request: HtmxRequest) -> HttpResponse:
    """How the published configurations serve."""
    return _page(request, SERVING)


@require_safe
def benchmark(request: HtmxRequest, slug: str) -> HttpResponse:
    """The board of one benchmark."""
    return _page(request, slug)


@require_safe
def table(request: HtmxRequest, slug: str, form: str) -> HttpResponseBase:
    """The rows and columns that a view of a tab shows, on all its pages, as a file."""
    if form not in set(Format):
        raise Http404
    shown = _Shown.of(request, slug)
    if shown.version is None and slug not in (OVERALL, SERVING):
        raise Http404
    made = view_table(slug, shown.board()[0], shown.state)
    return StreamingHttpResponse(
        write(made, Format(form)),
        content_type=CONTENT_TYPES[Format(form)],
        headers={"Content-Disposition": f'attachment; filename="{made.name}.{form}"'},
    )


@dataclass(frozen=True, slots=True)
class _Shown:
    """Which board a request is about. ``version`` is None for the tabs over all, and for a board without any."""

    slug: str
    state: BoardState
    benchmarks: Sequence[Benchmark]
    versions: Sequence[BoardVersion]
    benchmark: Benchmark | None
    version: BoardVersion | None

    @classmethod
    def of(cls, request: HtmxRequest, slug: str) -> _Shown:
        """Two queries. Raises Http404 for a benchmark that there is not."""
        state = BoardState.read(request.GET)
        benchmarks = list(Benchmark.objects.filter(active=True))
        chosen = next((b for b in benchmarks if b.slug == slug), None)
        if chosen is None and slug not in (OVERALL, SERVING):
            raise Http404
        versions = pages.versions_as_of(state.as_of)
        version = next((v for v in versions if chosen and v.benchmark_id == chosen.pk), None)
        return cls(slug, state, benchmarks, versions, chosen, version)

    def board(self) -> tuple[pages.Board, list[BoardRow]]:
        """Return what the tab shows, and the rows as they are stored where it is one benchmark's."""
        if self.version is not None:
            rows = list(self.version.rows.for_display())
            return pages.benchmark_board(self.version, rows, self.state), rows
        made = pages.serving_board if self.slug == SERVING else pages.overall_board
        return made(self.versions, self.benchmarks, self.state), []


def _page(request: HtmxRequest, slug: str) -> HttpResponse:
    """Answer with the page, with what has changed on it when htmx asks, or with 304 for what the browser has."""
    shown = _Shown.of(request, slug)
    of = [shown.version] if shown.version else list(shown.versions)
    key = caching.key_of(shown.benchmarks, of, f"{request.path}{shown.state.url()}")
    etag = caching.etag_of(request, key)
    # A reviewer's page also says how many runs await them, which no version of a board knows of.
    known = None if is_reviewer(request.user) else get_conditional_response(request, etag=etag)
    if known is not None:
        return known
    # A text can be anything: what one person searches for is not kept for others.
    keep = not shown.state.q
    response = (_part if is_partial(request) else _whole)(request, shown, key, keep)
    response["ETag"] = etag
    patch_cache_control(response, private=True, no_cache=True)
    patch_vary_headers(response, [*PARTIAL_HEADERS, "Cookie", "Accept-Language"])
    return response


def _part(request: HtmxRequest, shown: _Shown, key: str, keep: bool) -> HttpResponse:
    def made() -> str:
        board, _ = shown.board()
        return render_to_string(
            "boards/_board.html", _common(request, shown) | pages.part(board, shown.state)
        )

    response = HttpResponse(caching.kept(f"part:{key}", made, keep=keep))
    address = shown.state.url()
    if request.META.get("QUERY_STRING", "") != address.removeprefix("?"):
        # A form sends every field; the address that people share has only what differs from the plain view.
        response["HX-Replace-Url"] = f"{request.path}{address}".removesuffix("?")
    return response


def _whole(request: HtmxRequest, shown: _Shown, key: str, keep: bool) -> HttpResponse:
    main = caching.kept(f"main:{key}", lambda: _main(request, shown), keep=keep)
    dataset = shown.version.dataset if shown.version else _odd_dataset(shown.versions)
    context: dict[str, object] = {
        "main": main,
        "slug": shown.slug,
        "benchmark": shown.benchmark,
        "version": shown.version,
        "dataset": dataset,
    }
    return render(request, "boards/board.html", context)


def _main(request: HtmxRequest, shown: _Shown) -> str:
    board, rows = shown.board()
    known = pages.history(shown.version)
    context = {
        **_common(request, shown),
        **pages.frame(board, shown.state),
        **pages.part(board, shown.state),
        "tabs": tabs_of(shown.benchmarks, shown.slug, shown.state),
        "history": [(v, shown.state.url(as_of=v.pk), reason_in_words(v.reason)) for v in known],
        "reason": reason_in_words(shown.version.reason) if shown.version else "",
        "newest": shown.state.url(as_of=None),
        "left_out": board.left_out,
    }
    if shown.version is not None:
        context |= pages.changed_since(shown.version, rows, known)
    return render_to_string("boards/_main.html", context)


def _common(request: HtmxRequest, shown: _Shown) -> dict[str, Any]:
    return {
        "path": request.path,
        "slug": shown.slug,
        "benchmark": shown.benchmark,
        "version": shown.version,
        "dataset": shown.version.dataset if shown.version else None,
    }


def _odd_dataset(versions: Sequence[BoardVersion]) -> object:
    """Return the first data set that is not the official one, of which the page has to warn."""
    return next((v.dataset for v in versions if not v.dataset.official_size), None)
