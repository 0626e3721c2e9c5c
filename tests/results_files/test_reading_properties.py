"""Whatever a file holds, reading it ends with answers or with one clear refusal, and the same each time."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.benchmarks import all_benchmarks, get_benchmark
from evaluator.results_files.answers import BadResults
from evaluator.results_files.lmms_eval import read_samples
from evaluator.results_files.source import Form, open_source, read_answers

SLUG = "mmbench_en_dev"
NAMES = ("index", "question", "A", "B", "answer", "prediction", "response", "error", "id", "split")
CELLS = st.one_of(
    st.none(),
    st.text(max_size=12),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.sampled_from("ABCD"),
    st.lists(st.text(max_size=3), max_size=2),
)
DOCS = st.dictionaries(st.sampled_from(NAMES), CELLS, max_size=len(NAMES))
SAMPLES = st.dictionaries(
    st.sampled_from(("doc_id", "filtered_resps", "resps", "input", "token_counts", "target")),
    st.one_of(CELLS, st.integers(0, 9), st.lists(st.lists(st.text(max_size=3), max_size=2))),
)


def outcome(data: bytes, slug: str = SLUG, name: str = "file") -> list[Any] | str:
    """Return what reading the bytes as a results file gives: answers, or the refusal."""
    benchmark = get_benchmark(slug)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        try:
            with open_source(path, benchmark) as source:
                if source.form is Form.SAMPLES:
                    with source.path.open("rb") as lines:
                        return list(read_samples(lines))
                return list(read_answers(benchmark, source))
        except BadResults as error:
            return str(error)


def as_lines(docs: list[dict[str, Any]]) -> bytes:
    return b"\n".join(json.dumps(doc).encode() for doc in docs)


def as_list(docs: list[dict[str, Any]]) -> bytes:
    return json.dumps(docs).encode()


def as_tsv(docs: list[dict[str, Any]]) -> bytes:
    lines = ["\t".join(NAMES)]
    lines += ["\t".join(str(doc.get(name, "")) for name in NAMES) for doc in docs]
    return "\n".join(lines).encode(errors="replace")


@given(st.binary(max_size=400))
def test_any_bytes_are_answers_or_a_refusal(data: bytes) -> None:
    assert outcome(data) == outcome(data)


@given(
    st.binary(max_size=400), st.sampled_from([b"PK\x03\x04", b"[", b"{", b"index\tprediction\n"])
)
def test_any_bytes_after_a_likely_beginning_are_answers_or_a_refusal(
    data: bytes, head: bytes
) -> None:
    assert outcome(head + data)


@pytest.mark.parametrize("write", [as_lines, as_list, as_tsv])
@given(docs=st.lists(DOCS, max_size=4), slug=st.sampled_from(sorted(all_benchmarks())))
def test_any_cells_are_answers_or_a_refusal(
    write: Callable[[list[dict[str, Any]]], bytes], docs: list[dict[str, Any]], slug: str
) -> None:
    data = write(docs)
    # NaN is equal to nothing, itself included.
    assert repr(outcome(data, slug)) == repr(outcome(data, slug))


@given(st.lists(SAMPLES, min_size=1, max_size=4))
def test_any_samples_are_answers_or_a_refusal(samples: list[dict[str, Any]]) -> None:
    assert outcome(as_lines(samples), name=f"x_samples_{SLUG}.jsonl")
