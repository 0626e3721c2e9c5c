"""The drawn HallusionBench has figures, pairs and sets of questions that its scores and diagnosis can work with."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest

from tests.demo.sets import demo_set, pictures

NINE = {
    *(("VD", name) for name in ("illusion", "math", "ocr", "figure", "video")),
    *(("VS", name) for name in ("chart", "table", "map", "ocr")),
}
ROWS = demo_set("hallusion_bench").rows


def grouped(rows, *more):
    groups = defaultdict(list)
    for row in rows:
        names = ("category", "subcategory", "set_id", *more)
        groups[tuple(row[name] for name in names)].append(row)
    return groups


def test_all_nine_subcategories_have_several_sets():
    sets = Counter(key[:2] for key in grouped(ROWS))
    assert set(sets) == NINE
    assert min(sets.values()) >= 2


def test_size_fits_a_demo():
    assert 120 <= len(ROWS) <= 160


def test_keys_are_texts():
    names = ("visual_input", "set_id", "figure_id", "question_id", "gt_answer")
    assert all(
        isinstance(row[name], str) and row[name].isdecimal() for row in ROWS for name in names
    )


def test_only_figure_0_of_the_supplement_lacks_a_picture():
    for row in ROWS:
        without = row["category"] == "VS" and row["figure_id"] == "0"
        assert (row["image"] is None) == (row["filename"] is None) == without
        assert (row["visual_input"] == "0") == without


def test_splits_part_the_questions_with_and_without_pictures():
    splits = demo_set("hallusion_bench").splits
    assert list(splits) == ["image", "non_image"]
    assert all(row["image"] for row in splits["image"])
    assert not any(row["image"] for row in splits["non_image"])
    assert demo_set("hallusion_bench_image").splits == {"image": splits["image"]}


def test_each_figure_is_asked_the_same_questions():
    for rows in grouped(ROWS).values():
        figures = defaultdict(set)
        for row in rows:
            figures[row["figure_id"]].add((row["question_id"], row["question"]))
        assert len(figures) >= 2
        assert len(set(map(frozenset, figures.values()))) == 1


def test_each_set_has_one_original_and_its_edits():
    for (category, *_), rows in grouped(ROWS).items():
        inputs = {row["figure_id"]: row["visual_input"] for row in rows}
        expected = ["0", "1", "2"] if category == "VS" else ["1", *["2"] * (len(inputs) - 1)]
        assert [inputs[figure] for figure in sorted(inputs)] == expected


def test_an_edit_changes_the_picture_and_some_answer():
    for rows in grouped(ROWS).values():
        seen = {row["figure_id"]: pictures(row)[0].tobytes() for row in rows if row["image"]}
        assert len(set(seen.values())) == len(seen)
        original = {r["question_id"]: r["gt_answer"] for r in rows if r["visual_input"] == "1"}
        for figure in {row["figure_id"] for row in rows if row["visual_input"] == "2"}:
            edited = {r["question_id"]: r["gt_answer"] for r in rows if r["figure_id"] == figure}
            assert edited != original


def test_without_a_picture_the_answer_is_the_originals():
    for rows in grouped(ROWS, "question_id").values():
        answers = {row["visual_input"]: row["gt_answer"] for row in rows}
        assert answers.get("0", answers["1"]) == answers["1"]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_always_yes_is_right_about_half_the_time_and_never_on_a_whole_pair(seed):
    rows = demo_set("hallusion_bench", seed).rows
    assert 0.4 <= sum(row["gt_answer"] == "1" for row in rows) / len(rows) <= 0.6
    for pair in grouped(rows, "question_id").values():
        assert len({row["gt_answer"] for row in pair}) == 2
