"""Which answers a judge is asked about, what its reply decides, and what the protocol is called then."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.benchmarks import all_benchmarks, get_benchmark
from evaluator.grading.judging import (
    MAX_PROTOCOL_LENGTH,
    judgeable,
    protocol_of,
    questions,
    read_reply,
    response_sha256,
)
from evaluator.grading.marking import mark, ruling_in
from evaluator.records import HowRead, Item, Marked, Response, Ruling, Verdict

BENCHMARK = get_benchmark("mmbench_en_dev")
ITEM = Item(
    "7",
    0,
    BENCHMARK.fields(
        {"index": 7, "question": "Which?", "A": "a red ball", "B": "a dog", "answer": "B"}
    ),
)
OPEN = "It has four legs and barks."


def marked(text: str, ruling: Ruling | None = None, *, everything: bool = False) -> Marked:
    return mark(BENCHMARK, ITEM, Response("7", 0, text=text), ruling, everything=everything)


# --- Who is asked ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "asked", "asked_for_everything"),
    [
        (OPEN, True, True),
        ("Either A or B.", True, True),
        ("I'm sorry, I can't help with that.", True, True),
        ("B", False, True),
        ("A", False, True),
        ("", False, False),
        ("<think>It barks.</think>", False, False),
    ],
)
def test_the_judge_is_asked_what_the_rules_leave_open(
    text: str, asked: bool, asked_for_everything: bool
) -> None:
    rows = [marked(text)]
    assert bool(list(questions(BENCHMARK, rows))) is asked
    assert bool(list(questions(BENCHMARK, rows, everything=True))) is asked_for_everything


@pytest.mark.parametrize(
    "response", [Response("7", 0, error="HTTP 500"), Response("7", 0, skipped=True)]
)
def test_nobody_rules_on_what_was_not_answered(response: Response) -> None:
    ruling = Ruling("B", "umpire")
    found = mark(BENCHMARK, ITEM, response, ruling, everything=True)
    assert found.graded.verdict in (Verdict.ERRORED, Verdict.SKIPPED)
    assert found.graded.notes == {}
    assert list(questions(BENCHMARK, [found], everything=True)) == []


def test_the_judge_is_not_told_the_right_answer() -> None:
    (question,) = questions(BENCHMARK, [marked(OPEN)])
    other = replace(ITEM, fields={**ITEM.fields, "answer": "A"})
    assert question.prompt == BENCHMARK.judge_prompt(other, Response("7", 0, text=OPEN))
    assert OPEN in question.prompt


# --- What it decides ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "verdict", "parsed"),
    [
        ("B", Verdict.CORRECT, "B"),
        ("The answer chooses **B**.", Verdict.CORRECT, "B"),
        ("A", Verdict.INCORRECT, "A"),
        ("NONE", Verdict.UNPARSED, None),
        ("<think>Maybe A?</think>B", Verdict.CORRECT, "B"),
        ("", Verdict.UNJUDGED, None),
        ("I will not say.", Verdict.UNJUDGED, None),
        ("D", Verdict.UNJUDGED, None),
    ],
)
def test_a_reply_decides_or_the_answer_is_unjudged(
    reply: str, verdict: Verdict, parsed: str | None
) -> None:
    ruling = read_reply(BENCHMARK, ITEM, "umpire", reply)
    graded = marked(OPEN, ruling).graded
    assert (graded.verdict, graded.parsed) == (verdict, parsed)
    assert graded.points == (1.0 if verdict is Verdict.CORRECT else 0.0)
    assert ruling_in(graded.notes) == ruling
    if verdict is not Verdict.UNJUDGED:
        assert graded.how == HowRead.JUDGE


def test_a_judge_that_failed_does_not_undo_what_the_rules_could_read() -> None:
    failed = Ruling(None, "umpire", "HTTP 500")
    assert marked("A", failed) == marked("A")


def test_a_judge_that_was_to_rule_on_everything_and_failed_leaves_nothing_to_the_rules() -> None:
    graded = marked("B", Ruling(None, "umpire", "HTTP 500"), everything=True).graded
    assert (graded.verdict, graded.parsed, graded.points) == (Verdict.UNJUDGED, None, 0.0)
    assert not graded.verdict.scored


def test_a_refusal_that_the_judge_cannot_read_stays_a_refusal() -> None:
    refusal = "I'm sorry, I can't help with that."
    assert marked(refusal).graded.how == HowRead.REFUSED
    judged = marked(refusal, read_reply(BENCHMARK, ITEM, "umpire", "NONE")).graded
    assert (judged.verdict, judged.how) == (Verdict.UNPARSED, HowRead.REFUSED)


@given(st.text())
def test_any_reply_is_read_the_same_way_each_time(reply: str) -> None:
    ruling = read_reply(BENCHMARK, ITEM, "umpire", reply)
    assert ruling == read_reply(BENCHMARK, ITEM, "umpire", reply)
    assert (ruling.outcome is None) == (ruling.error is not None)
    assert ruling.outcome is None or reply.strip()


# --- Names ----------------------------------------------------------------------------------------


def test_the_protocol_names_the_judge_and_its_prompt() -> None:
    assert protocol_of(BENCHMARK, None) == BENCHMARK.protocol
    by_judge = protocol_of(BENCHMARK, "umpire-7b")
    assert by_judge == f"{BENCHMARK.protocol}+judge:umpire-7b@{BENCHMARK.judge_prompt_version}"
    assert (
        len({by_judge, BENCHMARK.protocol, protocol_of(BENCHMARK, "umpire-7b", everything=True)})
        == 3
    )


@pytest.mark.parametrize("slug", [s for s, b in all_benchmarks().items() if judgeable(b)])
def test_a_long_name_of_a_judge_fits_and_stays_its_own(slug: str) -> None:
    benchmark = get_benchmark(slug)
    long = "an-organisation/" + "a-judge-with-a-name-" * 10
    names = [
        protocol_of(benchmark, long + end, everything=everything)
        for end in ("1", "2")
        for everything in (False, True)
    ]
    assert len(set(names)) == len(names)
    assert all(len(name) <= MAX_PROTOCOL_LENGTH for name in names)


def test_a_benchmark_without_a_prompt_keeps_its_protocol(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(BENCHMARK), "judge_prompt_version", None)
    assert protocol_of(BENCHMARK, "umpire-7b") == BENCHMARK.protocol


def test_rulings_are_kept_by_the_answers_whole_text() -> None:
    assert response_sha256("B") != response_sha256("B ") != response_sha256("Б")
