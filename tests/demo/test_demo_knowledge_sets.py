"""The drawn MMMU, MMMU-Pro, RealWorldQA, VQAv2 and Chinese MMBench have the forms that graders meet on the hub."""

from __future__ import annotations

import ast
import re
from collections import Counter

import pytest

from evaluator.benchmarks.mmmu import SUBJECT_DIMENSIONS
from tests.demo.sets import demo_set, items

MMMU = demo_set("mmmu_val").rows
PRO = ("mmmu_pro_standard", "mmmu_pro_vision")
SEEDS = (1, 2, 3)


def options(row):
    return ast.literal_eval(row["options"])


def test_all_thirty_subjects_have_four_problems():
    subjects = Counter(re.fullmatch(r"validation_(.+)_\d+", row["id"])[1] for row in MMMU)
    assert set(subjects) == {d.key for d in SUBJECT_DIMENSIONS if d.axis == "subject"}
    assert set(subjects.values()) == {4}


@pytest.mark.parametrize("seed", SEEDS)
def test_choices_have_a_letter_and_open_problems_none(seed):
    for row in demo_set("mmmu_val", seed).rows:
        choices = options(row)
        assert (row["question_type"] == "open") == (not choices)
        assert len(set(choices)) == len(choices)
        assert not choices or row["answer"] in "ABCDEFGHIJ"[: len(choices)]


def test_some_answers_are_lists_and_some_problems_have_two_pictures():
    lists = [row for row in MMMU if row["answer"].startswith("[")]
    assert all(len(ast.literal_eval(row["answer"])) > 1 for row in lists)
    assert lists
    assert sum(row["image_2"] is not None for row in MMMU) >= 2


def test_questions_name_exactly_the_pictures_that_are_there():
    for row in (*MMMU, *demo_set("mmmu_pro_standard").rows):
        named = set(re.findall(r"<image (\d)>", row["question"]))
        assert named == {str(n) for n in range(1, 8) if row[f"image_{n}"]}


def test_difficulties_and_kinds_of_pictures_vary():
    assert {row["topic_difficulty"] for row in MMMU} == {"Easy", "Medium", "Hard"}
    assert len({row["img_type"] for row in MMMU}) >= 10


@pytest.mark.parametrize("slug", ["mmmu_val", *PRO])
@pytest.mark.parametrize("seed", SEEDS)
def test_no_option_is_part_of_another_one(slug, seed):
    """Else an answer in words would name two options, and no grader could tell which."""
    for row in demo_set(slug, seed).rows:
        if slug == "mmmu_val":
            texts = [text.lower() for text in options(row)]
            for a in texts:
                inside = [b for b in texts if b != a and re.search(rf"\b{re.escape(a)}\b", b)]
                assert not inside, (row["id"], a, inside)
        else:
            assert len(set(options(row))) == 10


def test_both_pro_sets_ask_the_same_with_letters_spread():
    standard, vision = (demo_set(slug).rows for slug in PRO)
    for a, b in zip(standard, vision, strict=True):
        assert [a[name] for name in ("id", "options", "answer", "subject")] == [
            b[name] for name in ("id", "options", "answer", "subject")
        ]
    assert len({row["answer"] for row in standard}) >= 6


def test_realworldqa_asks_for_letters_yes_or_no_numbers_and_words():
    rows = demo_set("realworldqa").rows
    assert 50 <= len(rows) <= 70
    forms = Counter(
        "letter" if re.fullmatch("[A-D]", row["answer"])
        else "number" if row["answer"].isdecimal()
        else "yes/no" if row["answer"] in ("Yes", "No") else "text"
        for row in rows
    )  # fmt: skip
    assert forms["letter"] > len(rows) / 2
    assert set(forms) == {"letter", "number", "yes/no", "text"}
    for row in rows:
        listed = re.findall(r"^([A-D])\. ", row["question"], re.MULTILINE)
        assert (row["answer"] in listed) == (re.fullmatch("[A-D]", row["answer"]) is not None)


def test_ten_people_answer_each_vqa_question_and_do_not_always_agree():
    rows = demo_set("vqav2_val").rows
    assert 70 <= len(rows) <= 90
    for row in rows:
        assert [each["answer_id"] for each in row["answers"]] == list(range(1, 11))
    assert any(len({each["answer"] for each in row["answers"]}) > 1 for row in rows)
    assert {row["answer_type"] for row in rows} == {"yes/no", "number", "other"}
    assert all(row["question_id"] // 1000 == row["image_id"] for row in rows)


def test_the_lite_set_is_part_of_the_whole():
    whole = {row["question_id"]: row for row in demo_set("vqav2_val").rows}
    lite = demo_set("vqav2_val_lite").rows
    assert 0 < len(lite) < len(whole)
    assert all(whole[row["question_id"]] == row for row in lite)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_chinese_mmbench_is_the_english_one_in_other_words(seed):
    english, chinese = (demo_set(f"mmbench_{which}_dev", seed).rows for which in ("en", "cn"))
    for a, b in zip(english, chinese, strict=True):
        same = ("index", "answer", "category", "image", "L2-category", "hint")
        assert [a[name] for name in same] == [b[name] for name in same]
        assert re.search("[一-鿿]", b["question"])
        there = [[letter for letter in "ABCD" if row[letter] != "nan"] for row in (a, b)]
        assert there[0] == there[1]
        assert len({b[letter] for letter in there[1]}) == len(there[1])


def test_right_letters_are_spread():
    letters = Counter(item.fields["answer"] for item in items("realworldqa"))
    assert min(letters[letter] for letter in "AB") >= 8
