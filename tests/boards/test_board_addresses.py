"""What an address says of a view: anything may be written there, and the shortest address means the same."""

from __future__ import annotations

from uuid import uuid4

from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.boards.state import MOST_COMPARED, BoardState

names = st.sampled_from(
    [
        "q",
        "size_min",
        "size_max",
        "organization",
        "precision",
        "engine",
        "open_weights",
        "meets_targets",
        "no_baselines",
        "columns",
        "offered",
        "sort",
        "page",
        "as_of",
        "select",
        "streams",
        "hardware",
        "speed",
    ]
)


@given(st.lists(st.tuples(names, st.text(max_size=30)), max_size=12))
def test_any_address_can_be_read_and_written_again(pairs: list[tuple[str, str]]) -> None:
    query = QueryDict(mutable=True)
    for name, value in pairs:
        query.appendlist(name, value)
    state = BoardState.read(query)
    assert BoardState.read(QueryDict(state.url(page=state.page)[1:])) == state


def read(text: str) -> BoardState:
    return BoardState.read(QueryDict(text))


def test_what_a_form_leaves_empty_is_not_in_the_address() -> None:
    assert read("q=x&size_min=&organization=&engine=&streams=").url() == "?q=x"


def test_all_columns_are_no_choice() -> None:
    assert read("columns=a&columns=b&offered=2").columns is None
    assert read("columns=a&columns=b&offered=3").columns == ("a", "b")
    assert read("columns=a,b").columns == ("a", "b")


def test_no_more_rows_are_compared_than_can_be() -> None:
    runs = [str(uuid4()) for _ in range(MOST_COMPARED + 2)]
    assert len(read(f"select={','.join(runs)}").select) == MOST_COMPARED


def test_a_row_is_put_into_the_tray_and_taken_out_again() -> None:
    run = uuid4()
    inside = read(BoardState().toggled(run)[1:])
    assert inside.select == (run,)
    assert inside.toggled(run) == "?"


def test_a_filter_begins_at_the_first_page_and_choosing_a_row_stays() -> None:
    state = BoardState(page=3)
    assert state.url(q="x") == "?q=x"
    assert "page=3" in state.toggled(uuid4())


def test_without_filters_the_order_stays() -> None:
    assert read("q=x&precision=bf16&no_baselines=1&sort=-mean").without_filters() == "?sort=-mean"


def test_a_form_sends_along_what_it_does_not_ask() -> None:
    state = read("q=x&sort=-mean&as_of=7&page=2")
    assert state.fields("q") == [("sort", "-mean"), ("as_of", "7")]
