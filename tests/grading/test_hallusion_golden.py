"""GPT-4V's real answers on HallusionBench with people's labels, against the official scorer's numbers."""

import argparse
import json

import pytest

from evaluator.benchmarks import get_benchmark
from evaluator.cli import grade
from evaluator.grading.marking import finished, mark
from evaluator.records import Item, Response, Verdict

FILE = "hallusionbench_gpt4v.jsonl"
COUNTED = ("aAcc", "qAcc", "fAcc", "easy_aAcc", "hard_aAcc")
CONSISTENCY = ("consistent", "inconsistent", "consistently_wrong")
DIAGNOSES = {"language_hallucination": "LH", "visual_illusion": "VI", "mixed": "Mix"}
SUBCATEGORIES = (
    *("VD/figure", "VD/illusion", "VD/math", "VD/ocr", "VD/video"),
    *("VS/chart", "VS/map", "VS/ocr", "VS/table"),
)
PLACES = (
    ("overall", "overall"),
    *(("category", key) for key in ("VD", "VS")),
    *(("subcategory", key) for key in SUBCATEGORIES),
)


@pytest.fixture(scope="module")
def lines(golden):
    return [json.loads(line) for line in (golden / FILE).read_text().splitlines()]


@pytest.fixture(scope="module")
def official(expected):
    return expected["hallusionbench_gpt4v"]


def marked(slug, lines):
    benchmark = get_benchmark(slug)
    rows = []
    for position, line in enumerate(lines):
        item = Item(benchmark.key(line), position, benchmark.fields(line))
        answer = Response(item.key, position, line["response"])
        rows.append(mark(benchmark, item, answer, benchmark.told(line)))
    return finished(benchmark, rows)


def scores(slug, lines):
    rows = [(m.item, m.graded) for m in marked(slug, lines)]
    return {(s.axis, s.dimension, s.metric): s for s in get_benchmark(slug).score(rows)}


@pytest.fixture(scope="module")
def found(lines):
    return scores("hallusion_bench", lines)


def numbers(official, place):
    axis, dimension = place
    if axis == "subcategory":
        return official["by_subcategory"][dimension.replace("/", "_")]
    return official["all_rows"]["Overall" if axis == "overall" else dimension]


@pytest.mark.parametrize("place", PLACES, ids="-".join)
def test_accuracies_match(found, official, place):
    wanted = numbers(official, place)
    for metric in COUNTED:
        score, number = found[(*place, metric)], wanted[metric]
        assert (score.correct, score.total) == (number["correct"], number["total"]), metric
        assert 100 * score.value == pytest.approx(number["pct"], abs=5e-5)


@pytest.mark.parametrize("place", PLACES, ids="-".join)
def test_yes_no_bias_matches(found, official, place):
    wanted = numbers(official, place)["yes_no_bias"]
    for metric, number in wanted.items():
        assert found[(*place, metric)].value == pytest.approx(number, abs=1e-12), metric


@pytest.mark.parametrize("place", PLACES, ids="-".join)
def test_consistency_matches(found, official, place):
    wanted = numbers(official, place)["consistency"]["n"]
    assert [found[(*place, metric)].correct for metric in CONSISTENCY] == wanted
    assert {found[(*place, metric)].total for metric in CONSISTENCY} == {sum(wanted)}


@pytest.mark.parametrize("place", PLACES, ids="-".join)
def test_diagnosis_per_question_matches(found, official, place):
    wanted = numbers(official, place)["diagnosis_question_level"]
    for metric, name in DIAGNOSES.items():
        score = found[(*place, metric)]
        assert score.correct == wanted[name], metric
        assert 100 * score.value == pytest.approx(wanted[f"{name}_pct"], abs=5e-5)


@pytest.mark.parametrize("place", PLACES, ids="-".join)
def test_overall_is_the_mean_of_the_three_accuracies(found, official, place):
    wanted = numbers(official, place)
    mean = sum(wanted[m]["correct"] / wanted[m]["total"] for m in ("aAcc", "qAcc", "fAcc")) / 3
    assert found[(*place, "overall")].value == pytest.approx(mean, abs=1e-12)


def test_every_official_place_is_scored(found, official):
    assert {place[1].replace("/", "_") for place in PLACES[3:]} == set(official["by_subcategory"])
    assert {(axis, dimension) for axis, dimension, _ in found} == set(PLACES)


def test_questions_with_a_picture_match(lines, official):
    wanted = official["image_rows_only"]
    shown = [line for line in lines if line["visual_input"] != "0"]
    found = scores("hallusion_bench_image", shown)
    assert len(shown) == wanted["n"]
    for metric in ("aAcc", "qAcc", "fAcc"):
        score = found["overall", "overall", metric]
        assert [score.correct, score.total] == wanted[f"{metric}_n"]
        assert 100 * score.value == pytest.approx(wanted[metric], abs=5e-5)


def test_what_needs_the_answers_without_a_picture_is_unknown_where_none_was_asked(lines):
    found = scores("hallusion_bench_image", [x for x in lines if x["visual_input"] != "0"])
    complete = scores("hallusion_bench", lines)
    for metric in DIAGNOSES:
        assert found["overall", "overall", metric].value is None
        assert found["category", "VS", metric].value is None
        assert found["category", "VD", metric] == complete["category", "VD", metric]


def test_scores_do_not_depend_on_the_order_of_rows(lines, found):
    assert scores("hallusion_bench", lines[::-1]) == found


def test_notes_add_up_to_the_diagnosis(lines, official):
    notes = [m.graded.notes for m in marked("hallusion_bench", lines)]
    wanted = official["all_rows"]["Overall"]["diagnosis_question_level"]
    for metric, name in DIAGNOSES.items():
        assert sum(n.get("diagnosis") == metric for n in notes) == wanted[name]


def test_labels_in_the_notes_are_the_files(lines):
    for line, entry in zip(lines, marked("hallusion_bench", lines), strict=True):
        assert entry.graded.notes["label"] == line["label"]


def test_intervals_hold_their_values(found):
    for score in found.values():
        assert score.low <= score.value <= score.high, score


def test_plain_words_are_labelled_by_rule_as_the_labels_say(lines):
    """Where people found an answer right or wrong, its plain yes or no has the same label by rule."""
    benchmark = get_benchmark("hallusion_bench")
    for position, line in enumerate(line for line in lines if line["label"] != 2):
        yes = (line["gt_answer"] == "1") == (line["label"] == 1)
        item = Item(benchmark.key(line), position, benchmark.fields(line))
        graded = benchmark.grade(item, Response(item.key, position, "Yes." if yes else "No."))
        assert graded.notes["label"] == line["label"]
        assert (graded.verdict is Verdict.CORRECT) == (line["label"] == 1)


def test_grade_command_prints_the_official_numbers(golden, official, capsys):
    parser = argparse.ArgumentParser()
    grade.add_arguments(parser)
    path = str(golden / FILE)
    assert grade.run(parser.parse_args(["hallusion_bench", path, "--json"])) == 0
    printed = json.loads(capsys.readouterr().out)
    found = {
        s["metric"]: (s["correct"], s["total"])
        for s in printed["scores"]
        if s["dimension"] == "overall"
    }
    for metric in COUNTED:
        wanted = official["all_rows"]["Overall"][metric]
        assert found[metric] == (wanted["correct"], wanted["total"])
