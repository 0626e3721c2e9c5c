"""The spec: there and back over the wire, and what makes two evaluations the same."""

import dataclasses
import json

import pytest

from evaluator.errors import EvaluationError, FailureCode
from evaluator.spec import BenchmarkSpec, EvaluationSpec, GenerationSpec, ModelSpec

ENDPOINT = ModelSpec(
    kind="endpoint", name="m", base_url="http://host/v1", api_key_sealed="c2VhbGVk"
)
CHECKPOINT = ModelSpec(
    kind="checkpoint",
    name="m",
    engine="vllm",
    source="org/model",
    revision="abc",
    engine_args={"max-num-seqs": "8"},
)
BENCHMARKS = (
    BenchmarkSpec(slug="mmbench_en_dev", run="r1"),
    BenchmarkSpec(slug="mmmu_val", run="r2", limit=5),
)


def spec(model=ENDPOINT, **changes):
    values = {"submission": "s1", "attempt": 1, "benchmarks": BENCHMARKS, "model": model}
    return EvaluationSpec(**{**values, **changes})


@pytest.mark.parametrize("model", [ENDPOINT, CHECKPOINT])
def test_a_spec_comes_back_from_json_as_it_was(model):
    sent = spec(model, generation=GenerationSpec(concurrency=3, max_new_tokens=16), probe=True)
    assert EvaluationSpec.from_json(json.loads(json.dumps(sent.to_json()))) == sent


@pytest.mark.parametrize(
    "other",
    [
        spec(submission="s2"),
        spec(attempt=4),
        spec(probe=True),
        spec(dataclasses.replace(ENDPOINT, api_key_sealed=None)),
        spec(benchmarks=BENCHMARKS[::-1]),
        spec(benchmarks=tuple(dataclasses.replace(b, run="other") for b in BENCHMARKS)),
        spec(generation=GenerationSpec(concurrency=64, request_timeout_s=9, max_retries=0)),
    ],
)
def test_identity_ignores_what_cannot_change_an_answer(other):
    assert other.identity() == spec().identity()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (spec(), spec(CHECKPOINT)),
        (spec(), spec(dataclasses.replace(ENDPOINT, name="n"))),
        (spec(), spec(dataclasses.replace(ENDPOINT, base_url="http://other/v1"))),
        (spec(CHECKPOINT), spec(dataclasses.replace(CHECKPOINT, revision="def"))),
        (spec(CHECKPOINT), spec(dataclasses.replace(CHECKPOINT, quantization="awq"))),
        (spec(CHECKPOINT), spec(dataclasses.replace(CHECKPOINT, engine_args={}))),
        (spec(), spec(benchmarks=BENCHMARKS[:1])),
        (spec(), spec(benchmarks=(dataclasses.replace(BENCHMARKS[0], limit=9), BENCHMARKS[1]))),
        (spec(), spec(generation=GenerationSpec(temperature=0.7))),
        (spec(), spec(generation=GenerationSpec(seed=1))),
        (spec(), spec(generation=GenerationSpec(max_new_tokens=16))),
    ],
)
def test_identity_tells_apart_what_can_change_an_answer(one, other):
    assert one.identity() != other.identity()


def changed(path, value):
    data = spec().to_json()
    *parents, last = path
    inner = data
    for name in parents:
        inner = inner[name]
    if value is ...:
        del inner[last]
    else:
        inner[last] = value
    return data


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        "text",
        {},
        changed(["submission"], ""),
        changed(["attempt"], 0),
        changed(["attempt"], True),
        changed(["attempt"], "1"),
        changed(["benchmarks"], []),
        changed(["benchmarks", 0, "slug"], "../etc"),
        changed(["benchmarks", 0, "run"], ...),
        changed(["benchmarks", 0, "limit"], -1),
        changed(["model", "kind"], "api"),
        changed(["model", "name"], ""),
        changed(["model", "base_url"], None),
        changed(["model", "unknown"], 1),
        changed(["generation", "unknown"], 1),
        changed(["generation", "concurrency"], 0),
        changed(["generation", "max_retries"], -1),
        changed(["generation", "request_timeout_s"], 0),
        changed(["generation", "temperature"], "warm"),
        changed(["generation", "max_new_tokens"], 0),
        changed(["benchmarks", 0, "slug"], "mmbench\n"),
        changed(["version"], 99),
    ],
)
def test_any_other_document_is_refused_with_words(data):
    with pytest.raises(EvaluationError) as caught:
        EvaluationSpec.from_json(data)
    assert caught.value.code is FailureCode.SPEC_INVALID
    assert caught.value.detail


def test_the_sealed_key_is_not_in_the_refusal():
    with pytest.raises(EvaluationError) as caught:
        EvaluationSpec.from_json(changed(["model", "kind"], "api"))
    assert "c2VhbGVk" not in str(caught.value)
