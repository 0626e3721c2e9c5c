"""The baseline server, as a process of its own, speaks the protocol that clients expect; asked with a real client."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parents[2]
KEY = "a-key-for-this-test"
QUESTION = "What is this? There are several options:\nA. cat\nB. dog\nC. cow\n\nAnswer with the option's letter."
PIXEL = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def start(folder: Path, key: str | None = None):
    ready = folder / "ready.json"
    environment = {k: v for k, v in os.environ.items() if k != "DEMO_SERVER_API_KEY"}
    if key:
        environment["DEMO_SERVER_API_KEY"] = key
    process = subprocess.Popen(
        [sys.executable, "-m", "demo.server", "--port", "0", "--ready-file", str(ready)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 30
    while not ready.exists():
        assert process.poll() is None, "the server ended before it was ready"
        assert time.monotonic() < deadline, "the server was not ready within 30 s"
        time.sleep(0.05)
    return process, json.loads(ready.read_text())


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    process, about = start(tmp_path_factory.mktemp("server"))
    with httpx.Client(base_url=about["base_url"], timeout=10) as made:
        yield made
    process.terminate()
    assert process.wait(10) == 0


def body(model="baseline-always-a", question=QUESTION, **more):
    parts = [
        {"type": "image_url", "image_url": {"url": PIXEL}},
        {"type": "text", "text": question},
    ]
    return {"model": model, "messages": [{"role": "user", "content": parts}], **more}


def ask(client, **arguments):
    reply = client.post("/chat/completions", json=body(**arguments))
    assert reply.status_code == 200, reply.text
    return reply.json()["choices"][0]["message"]["content"]


def events(client, **arguments):
    request = body(stream=True, **arguments)
    with client.stream("POST", "/chat/completions", json=request) as reply:
        assert reply.status_code == 200
        assert reply.headers["content-type"].startswith("text/event-stream")
        lines = [line for line in reply.iter_lines() if line]
    assert all(line.startswith("data: ") for line in lines)
    assert lines[-1] == "data: [DONE]"
    return [json.loads(line.removeprefix("data: ")) for line in lines[:-1]]


def test_models_are_listed_and_labelled_as_baselines(client):
    listed = client.get("/models").json()
    assert listed["object"] == "list"
    owners = {model["id"]: model["owned_by"] for model in listed["data"]}
    assert owners == {"baseline-always-a": "baseline", "baseline-random": "baseline"}


def test_a_whole_completion_has_message_reason_and_usage(client):
    reply = client.post("/chat/completions", json=body()).json()
    assert reply["object"] == "chat.completion"
    assert reply["model"] == "baseline-always-a"
    (choice,) = reply["choices"]
    assert choice["message"] == {"role": "assistant", "content": "A"}
    assert choice["finish_reason"] == "stop"
    usage = reply["usage"]
    assert usage["completion_tokens"] == 1
    assert usage["prompt_tokens"] == len(QUESTION.split()) + 1
    assert usage["total_tokens"] == usage["prompt_tokens"] + 1


def test_a_stream_ends_with_usage_when_asked_for(client):
    chunks = events(client, stream_options={"include_usage": True})
    assert chunks[0]["choices"][0]["delta"]["role"] == "assistant"
    text = "".join(c["choices"][0]["delta"].get("content", "") for c in chunks[:-1])
    assert text == "A"
    assert chunks[-2]["choices"][0]["finish_reason"] == "stop"
    assert all(chunk["usage"] is None for chunk in chunks[:-1])
    assert chunks[-1]["choices"] == []
    assert chunks[-1]["usage"]["completion_tokens"] == 1
    assert len({chunk["id"] for chunk in chunks}) == 1


def test_a_stream_without_usage_has_none(client):
    assert not any("usage" in chunk for chunk in events(client))


def test_always_a_says_yes_where_there_are_no_options(client):
    assert ask(client, question="Is there a cat in the image? Please answer yes or no.") == "Yes"


def test_random_answers_the_same_question_the_same_way(client):
    answers = {ask(client, model="baseline-random") for _ in range(5)}
    assert len(answers) == 1


def test_random_chooses_among_the_options_that_exist(client):
    def question(number):
        return QUESTION.replace("What is this?", f"What is thing {number}?")

    answers = {ask(client, model="baseline-random", question=question(n)) for n in range(60)}
    assert answers == {"A", "B", "C"}


def test_random_says_yes_and_no_where_there_are_no_options(client):
    answers = {
        ask(client, model="baseline-random", question=f"Is there a cat {n}?") for n in range(40)
    }
    assert answers == {"Yes", "No"}


def test_a_plain_text_message_is_understood(client):
    request = {
        "model": "baseline-always-a",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": QUESTION},
        ],
    }
    reply = client.post("/chat/completions", json=request)
    assert reply.json()["choices"][0]["message"]["content"] == "A"


@pytest.mark.parametrize(
    ("request_body", "status", "said"),
    [
        (body(model="no-such-model"), 404, "no-such-model"),
        (body(model=["baseline-random"]), 404, "does not exist"),
        ({"model": "baseline-random"}, 400, "messages"),
        ({"model": "baseline-random", "messages": []}, 400, "messages"),
        ({"model": "baseline-random", "messages": ["hello"]}, 400, "role"),
        ({"model": "baseline-random", "messages": [{"role": "user"}]}, 400, "content"),
        (
            {"model": "baseline-random", "messages": [{"role": "system", "content": "x"}]},
            400,
            "user",
        ),
        (
            {
                "model": "baseline-random",
                "messages": [{"role": "user", "content": [{"type": "input_audio"}]}],
            },
            400,
            "input_audio",
        ),
        (body(n=2), 400, "'n'"),
        ([1], 400, "JSON object"),
    ],
)
def test_bad_requests_are_refused_in_openais_words(client, request_body, status, said):
    reply = client.post("/chat/completions", json=request_body)
    assert reply.status_code == status
    error = reply.json()["error"]
    assert said in error["message"]
    assert error["type"] == "invalid_request_error"


def test_a_body_that_is_not_json_is_refused_and_the_connection_lives_on(client):
    reply = client.post("/chat/completions", content=b"{not json")
    assert reply.status_code == 400
    assert ask(client) == "A"


def test_an_unknown_address_is_not_found(client):
    reply = client.get("/nothing")
    assert reply.status_code == 404
    assert "/v1/nothing" in reply.json()["error"]["message"]


def test_a_wrong_or_missing_key_is_refused(tmp_path):
    process, about = start(tmp_path, KEY)
    try:
        with httpx.Client(base_url=about["base_url"], timeout=10) as client:
            for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": KEY}):
                reply = client.get("/models", headers=headers)
                assert reply.status_code == 401
                assert reply.json()["error"]["code"] == "invalid_api_key"
                assert KEY not in reply.text
            right = {"Authorization": f"Bearer {KEY}"}
            assert client.get("/models", headers=right).status_code == 200
    finally:
        process.send_signal(signal.SIGINT)
    assert process.wait(10) == 0
