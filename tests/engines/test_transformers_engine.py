"""The real transformers engine on the CPU: the demo checkpoint, pictures, streams, batches, and bad requests."""

from __future__ import annotations

import base64
import io
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from PIL import Image, ImageDraw

from evaluator.serving.served import ServedModel

pytestmark = pytest.mark.harness

COLOURS = ("red", "blue", "green", "yellow")
QUESTIONS = (
    "What color is the circle?",
    "Is there a red circle in the picture?\nPlease answer yes or no.",
    "What is shown?\nA. a circle\nB. a square\nC. a triangle\n"
    "Answer with the option's letter from the given choices directly.",
    "How many circles are there?",
)


def picture(colour: str, offset: int = 0) -> dict[str, Any]:
    image = Image.new("RGB", (160, 120), "white")
    ImageDraw.Draw(image).ellipse((20 + offset, 20, 110, 110), fill=colour)
    file = io.BytesIO()
    image.save(file, "PNG")
    url = f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
    return {"type": "image_url", "image_url": {"url": url}}


def body(*parts: Any, **options: Any) -> dict[str, Any]:
    content = [{"type": "text", "text": p} if isinstance(p, str) else p for p in parts]
    message = {"role": "user", "content": content}
    return {
        "model": "demo",
        "messages": [message],
        "temperature": 0,
        "max_tokens": 16,
        **options,
    }


def post(served: ServedModel, data: Any, key: str | None = None) -> httpx.Response:
    return httpx.post(
        f"{served.base_url}/chat/completions",
        content=data if isinstance(data, bytes) else json.dumps(data).encode(),
        headers={"authorization": f"Bearer {key or served.api_key}"},
        timeout=120,
    )


def answer(served: ServedModel, data: dict[str, Any]) -> str:
    response = post(served, data)
    assert response.status_code == 200, response.text
    return str(response.json()["choices"][0]["message"]["content"])


def events(response: httpx.Response) -> list[Any]:
    lines = [line[6:] for line in response.text.split("\n\n") if line]
    assert lines.pop() == "[DONE]"
    return [json.loads(line) for line in lines]


def test_it_says_its_versions_and_answered_about_a_picture(demo_model: ServedModel) -> None:
    assert set(demo_model.versions) == {"transformers", "torch"}
    assert demo_model.preflight.answer == "red"
    assert demo_model.preflight.streamed
    assert demo_model.preflight.usage


@pytest.mark.parametrize("colour", COLOURS)
def test_it_sees_the_picture(demo_model: ServedModel, colour: str) -> None:
    assert answer(demo_model, body(picture(colour), QUESTIONS[0])).strip() == colour


def test_stream_carries_the_same_answer_and_usage(demo_model: ServedModel) -> None:
    question = body(picture("blue"), QUESTIONS[1])
    whole = post(demo_model, question).json()
    streamed = post(
        demo_model, question | {"stream": True, "stream_options": {"include_usage": True}}
    )
    assert streamed.headers["content-type"].startswith("text/event-stream")
    *chunks, usage = events(streamed)
    text = "".join(c["choices"][0]["delta"].get("content", "") for c in chunks)
    assert text == whole["choices"][0]["message"]["content"]
    assert chunks[-1]["choices"][0]["finish_reason"] == "stop"
    assert usage["choices"] == []
    assert usage["usage"] == whole["usage"]
    assert usage["usage"]["prompt_tokens"] > 64  # the picture alone takes 64


def test_stream_without_asking_has_no_usage(demo_model: ServedModel) -> None:
    chunks = events(post(demo_model, body(picture("red"), QUESTIONS[0], stream=True)))
    assert all("usage" not in chunk for chunk in chunks)


@pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens"])
def test_limit_on_tokens_ends_with_length(demo_model: ServedModel, name: str) -> None:
    question = body(picture("red"), QUESTIONS[0])
    del question["max_tokens"]
    data = post(demo_model, question | {name: 1}).json()
    assert data["choices"][0]["finish_reason"] == "length"
    assert data["usage"]["completion_tokens"] == 1


def test_stop_string_is_cut_off(demo_model: ServedModel) -> None:
    question = body(picture("red"), QUESTIONS[0])
    full = answer(demo_model, question)
    at = len(full) // 2
    data = post(demo_model, question | {"stop": full[at:]}).json()
    assert data["choices"][0]["message"]["content"] == full[:at]
    assert data["choices"][0]["finish_reason"] == "stop"


def test_answers_do_not_depend_on_what_else_is_asked(demo_model: ServedModel) -> None:
    asked = [
        body(picture(colour, offset), question)
        for colour in COLOURS
        for offset, question in enumerate(QUESTIONS)
    ]
    asked += [body("Hello, who are you?"), body(picture("red"), picture("blue"), QUESTIONS[0])]
    alone = [answer(demo_model, one) for one in asked]
    with ThreadPoolExecutor(len(asked)) as pool:
        together = list(pool.map(lambda one: answer(demo_model, one), asked))
    assert together == alone
    assert len(set(alone)) > 4


def test_seed_decides_a_sampled_answer(demo_model: ServedModel) -> None:
    question = body(QUESTIONS[0], temperature=2.0, max_tokens=24)
    first, again, other = (answer(demo_model, question | {"seed": s}) for s in (1, 1, 2))
    assert first == again
    assert first != other


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        ({"model": "other"}, 404, "'demo'"),
        ({"messages": []}, 400, "messages"),
        ({"messages": [{"role": "wizard", "content": "x"}]}, 400, "role"),
        ({"messages": [{"role": "user", "content": [{"type": "video"}]}]}, 400, "type"),
        ({"max_tokens": 0}, 400, "max_tokens"),
        ({"temperature": "hot"}, 400, "temperature"),
        ({"stop": [""]}, 400, "stop"),
        ({"n": 3}, 400, "n is not supported"),
        ({"tools": [{}]}, 400, "tools is not supported"),
    ],
)
def test_bad_request_is_named(
    demo_model: ServedModel, change: dict[str, Any], status: int, words: str
) -> None:
    response = post(demo_model, body(QUESTIONS[0]) | change)
    error = response.json()["error"]
    assert response.status_code == status
    assert words in error["message"]
    assert error["type"] == "invalid_request_error"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9/x.png",
        "file:///etc/hostname",
        "/etc/hostname",
        "data:image/png;base64,!!!",
        "data:image/png;base64,aGVsbG8=",
        "data:text/plain;base64,aGVsbG8=",
        None,
    ],
)
def test_nothing_is_fetched_or_opened_for_a_picture(
    demo_model: ServedModel, url: str | None
) -> None:
    part = {"type": "image_url", "image_url": {"url": url}}
    response = post(demo_model, body(part, QUESTIONS[0]))
    assert response.status_code == 400
    assert "picture" in response.json()["error"]["message"]


def test_body_that_is_not_json_is_refused(demo_model: ServedModel) -> None:
    assert post(demo_model, b"{").status_code == 400
    assert post(demo_model, b"[]").status_code == 400


def test_prompt_longer_than_the_context_is_refused_and_its_neighbours_answered(
    demo_model: ServedModel,
) -> None:
    asked = [body("word " * 5000), *(body(picture(c), QUESTIONS[0]) for c in COLOURS)]
    asked[0]["messages"][0]["content"].append(picture("red"))
    with ThreadPoolExecutor(len(asked)) as pool:
        responses = list(pool.map(lambda one: post(demo_model, one), asked))
    assert [r.status_code for r in responses] == [400, 200, 200, 200, 200]
    assert responses[0].json()["error"]["code"] == "context_length_exceeded"


def test_wrong_key_and_unknown_path_are_refused_in_openai_shape(demo_model: ServedModel) -> None:
    wrong = post(demo_model, body(QUESTIONS[0]), key="wrong")
    assert wrong.status_code == 401
    assert wrong.json()["error"]["code"] == "invalid_api_key"
    missing = httpx.get(f"{demo_model.base_url}/nothing")
    assert missing.status_code == 404
    assert "/v1/nothing" in missing.json()["error"]["message"]


def test_client_that_leaves_does_not_stop_the_others(demo_model: ServedModel) -> None:
    url = f"{demo_model.base_url}/chat/completions"
    headers = {"authorization": f"Bearer {demo_model.api_key}"}
    with httpx.stream(
        "POST", url, json=body("Tell me a story.", stream=True, max_tokens=3000), headers=headers
    ) as response:
        next(response.iter_lines())
    assert answer(demo_model, body(picture("red"), QUESTIONS[0])).strip() == "red"
    assert demo_model.alive()
