"""A written answer is read back as it was."""

import json

from hypothesis import given
from hypothesis import strategies as st

from evaluator.benchmarks import get_benchmark
from evaluator.records import Response
from evaluator.results_files.jsonl import json_object, read_jsonl

BENCHMARK = get_benchmark("mmbench_en_dev")
FIELDS = {"index": 7, "question": "?", "A": "cat", "B": "dog", "answer": "A"}
TEXTS = st.text(st.characters(codec="utf-8"), max_size=40)
RESPONSES = st.one_of(
    st.builds(
        Response,
        key=st.just("7"),
        position=st.just(0),
        text=TEXTS,
        finish_reason=st.none() | st.sampled_from(["stop", "length"]),
        completion_tokens=st.none() | st.integers(0, 10**6),
        metrics=st.none() | st.dictionaries(TEXTS, st.floats(0, 1), max_size=3),
    ),
    st.builds(Response, key=st.just("7"), position=st.just(0), error=TEXTS),
    st.builds(Response, key=st.just("7"), position=st.just(0), skipped=st.just(True)),
)


@given(RESPONSES)
def test_what_is_written_is_read_back(response):
    line = json.dumps(json_object(FIELDS, response)).encode()
    (answer,) = read_jsonl(BENCHMARK, [line])
    assert answer.response == response
    assert answer.item.fields == BENCHMARK.fields(FIELDS)
