"""Cells as the hub writes them: missing ones, lists written as Python source, options."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.grading.hub_cells import letter_options, list_of, present, text_columns


@pytest.mark.parametrize("missing", [None, "", "nan", math.nan])
def test_missing_cells_come_in_four_guises(missing):
    assert not present(missing)
    assert text_columns({"a": missing, "b": 0}, ("a", "b", "c")) == {"b": "0"}


@pytest.mark.parametrize(
    ("cell", "texts"),
    [
        ("['a', \"b's\"]", ["a", "b's"]),
        (["a", 2, 3.5], ["a", "2", "3.5"]),
        ("one text", ["one text"]),
        (7, ["7"]),
        ("[0, 1]", ["[0, 1]"]),
        ("[x", ["[x"]),
        ("[__import__('os')]", ["[__import__('os')]"]),
    ],
)
def test_a_list_is_read_however_it_is_written(cell, texts):
    assert list_of(cell, "answer") == texts


@pytest.mark.parametrize("cell", [[], "[]", None, [None], [["a"]], {"a": 1}])
def test_what_holds_no_texts_is_refused_by_name(cell):
    with pytest.raises(ValueError, match="answer is"):
        list_of(cell, "answer")


@pytest.mark.parametrize("depth", [100, 5_000, 40_000])
def test_a_deeply_nested_list_is_one_text(depth):
    source = "[" * depth + "]" * depth
    assert list_of(source, "answer") == [source]


@given(st.lists(st.text(max_size=20), min_size=1, max_size=26))
def test_options_are_the_same_from_a_list_its_source_and_their_letters(texts):
    options = letter_options(texts)
    assert list(options.values()) == texts
    assert letter_options(str(texts)) == options
    assert letter_options(options) == options


@given(st.text(max_size=200))
def test_any_text_is_one_cell_or_several(text):
    assert list_of(text, "answer") or text.strip() == "[]"
