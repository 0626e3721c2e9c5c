"""LLaVA-1.5-13B's real answers on MMMU's validation split, against the official scorer's numbers."""

import json

import pytest

from evaluator.benchmarks import get_benchmark
from evaluator.cli.grade import grade_file
from evaluator.records import Item, Response, Verdict

FILE = "mmmu_llava15_13b.jsonl"


@pytest.fixture(scope="module")
def lines(golden):
    return [json.loads(line) for line in (golden / FILE).read_text().splitlines()]


@pytest.fixture(scope="module")
def official(expected):
    return expected["mmmu_llava15_13b"]


def graded(lines, response_of=lambda line: line["response"]):
    benchmark = get_benchmark("mmmu_val")
    rows = []
    for position, line in enumerate(lines):
        item = Item(benchmark.key(line), position, benchmark.fields(line))
        rows.append((item, benchmark.grade(item, Response(item.key, position, response_of(line)))))
    return rows


def accuracies(rows):
    scores = get_benchmark("mmmu_val").score(rows)
    return {(s.axis, s.dimension): (s.correct, s.total) for s in scores if s.metric == "accuracy"}


def official_counts(official):
    """The official numbers by place, of a report whose disciplines are called "Overall-..."."""
    places = {}
    for name, numbers in official["official"].items():
        axis = "overall" if name == "Overall" else "subject"
        if name.startswith("Overall-"):
            axis = "discipline"
        dimension = "overall" if axis == "overall" else name.removeprefix("Overall-")
        places[axis, dimension] = (numbers["correct"], numbers["num"])
    return places


def subject_of(key):
    return get_benchmark("mmmu_val").fields({"id": key, "question_type": "open", "answer": "x"})[
        "subject"
    ]


def test_strict_score_is_exact_overall_and_by_subject(lines, official):
    strict, found = official["strict"], accuracies(graded(lines))
    assert found["overall", "overall"] == (strict["correct"], strict["total"])
    by_subject = {d: list(counts) for (axis, d), counts in found.items() if axis == "subject"}
    assert by_subject == strict["by_subject"]


def test_what_the_official_code_guesses_is_what_stays_unread(lines, official):
    rows = graded(lines)
    unread = sorted(g.key for _, g in rows if g.verdict is Verdict.UNPARSED)
    assert unread == official["strict"]["unparsed_ids"]
    assert unread == official["official_random_fallback_ids"]


def test_official_numbers_differ_by_lucky_guesses_alone(lines, official):
    found, theirs = accuracies(graded(lines)), official_counts(official)
    guesses = [subject_of(key) for key in official["official_random_fallback_ids"]]
    lucky = theirs["overall", "overall"][0] - found["overall", "overall"][0]
    assert 0 < lucky <= len(guesses)
    assert set(theirs) == {p for p in found if p[0] in ("overall", "discipline", "subject")}
    differing = {
        place: theirs[place][0] - found[place][0]
        for place in theirs
        if place[0] == "subject" and theirs[place] != found[place]
    }
    assert set(differing) <= {("subject", subject) for subject in guesses}
    assert sum(differing.values()) == lucky


def test_disciplines_are_the_sums_of_their_subjects(lines):
    found = accuracies(graded(lines))
    sums = {}
    for dimension in get_benchmark("mmmu_val").dimensions:
        if dimension.axis == "subject":
            correct, total = found["subject", dimension.key]
            so_far = sums.get(dimension.parent, (0, 0))
            sums[dimension.parent] = (so_far[0] + correct, so_far[1] + total)
    assert sums == {d: counts for (axis, d), counts in found.items() if axis == "discipline"}


def test_every_axis_of_the_file_adds_up_to_the_whole(lines):
    found = accuracies(graded(lines))
    for axis in ("discipline", "subject", "question_type"):
        parts = [counts for (a, _), counts in found.items() if a == axis]
        assert tuple(map(sum, zip(*parts, strict=True))) == found["overall", "overall"]


@pytest.mark.parametrize(
    "dress",
    [
        "({})",
        "**{}**",
        "{}.",
        "The answer is {}",
        "<think>(A)? (B)? No: (C), or (D).</think>\n{}",
        "$\\boxed{{{}}}$",
        "<answer>{}</answer>",
    ],
)
def test_the_same_letters_in_other_words_score_the_same(lines, official, dress):
    def response(line):
        said = line["response"]
        return dress.format(said) if len(said) == 1 and said.isupper() else said

    found = accuracies(graded(lines, response))
    assert found["overall", "overall"][0] == official["strict"]["correct"]


def test_command_scores_the_file_the_same(golden, official):
    result = grade_file(get_benchmark("mmmu_val"), golden / FILE)
    headline = get_benchmark("mmmu_val").headline
    (score,) = [s for s in result.scores if (s.axis, s.dimension, s.metric) == headline]
    assert (score.correct, score.total) == (
        official["strict"]["correct"],
        official["strict"]["total"],
    )
    assert result.counts["unparsed"] == len(official["strict"]["unparsed_ids"])


def test_options_and_golds_as_the_hub_writes_them_score_the_same(lines, official):
    rows = [
        {
            **line,
            "options": str(list((line["options"] or {}).values())),
            "answer": str(line["answer"]),
            "question_type": line["question_type"].replace("short-answer", "open"),
        }
        for line in lines
    ]
    assert accuracies(graded(rows)) == accuracies(graded(lines))
