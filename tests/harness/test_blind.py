"""Without pictures, or with grey ones: the same questions in the same words, and the items as they are."""

from __future__ import annotations

import base64
import io
import json
from typing import Any

import pytest
from PIL import Image

from evaluator.harness.messages import message_text, plain_where_text, with_pictures
from tests.harness.conftest import Harness, draw


def decoded(url: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(url.split(",")[1]))).convert("RGB")


def prompts(harness: Harness, **changes: Any) -> dict[int, str]:
    status, output = harness.run(**changes)
    assert status == 0, output
    return {r["position"]: r["prompt_sha256"] for r in harness.responses()}


@pytest.mark.harness
@pytest.mark.slow
def test_without_pictures_the_same_words_are_asked_as_plain_text(harness: Harness) -> None:
    with_them = prompts(harness)
    harness.server.received.clear()
    without = prompts(harness, pictures="none")
    assert without == with_them
    assert len(harness.server.received) == 12
    for request in harness.server.received:
        assert request.images == []
        [message] = request.body["messages"]
        assert isinstance(message["content"], str)
    assert harness.read("result.json")["counts"]["resumed"] == 0


@pytest.mark.harness
@pytest.mark.slow
def test_grey_pictures_have_the_size_of_those_they_stand_for(harness: Harness) -> None:
    prompts(harness, pictures="grey")
    for request in harness.server.received:
        [url] = request.images
        picture = decoded(url)
        assert picture.size == Image.open(io.BytesIO(draw("red"))).size
        assert picture.getcolors() == [(picture.width * picture.height, (128, 128, 128))]


@pytest.mark.harness
@pytest.mark.slow
def test_items_pack_keeps_the_real_pictures(harness: Harness) -> None:
    prompts(harness, pictures="none")
    pack = harness.items_dir / harness.read("dataset.json")["fingerprint"]
    items = [json.loads(line) for line in (pack / "items.jsonl").read_text().splitlines()]
    first = Image.open(pack / "images" / f"{items[0]['images'][0]}.webp").convert("RGB")
    assert first.tobytes() == Image.open(io.BytesIO(draw("red"))).convert("RGB").tobytes()


def message(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"role": "user", "content": list(parts)}


TEXT = {"type": "text", "text": "Which?"}


def test_text_between_pictures_stays_in_its_order() -> None:
    picture = {"type": "image", "url": Image.new("RGB", (3, 5))}
    messages = [message(TEXT, picture, {"type": "text", "text": "And now?"}, picture)]
    [blind] = with_pictures(messages, "none")
    assert [part["text"] for part in blind["content"]] == ["Which?", "And now?"]
    [grey] = with_pictures(messages, "grey")
    assert [part["type"] for part in grey["content"]] == ["text", "image", "text", "image"]
    assert grey["content"][1]["url"].size == (3, 5)
    assert with_pictures(messages, "shown") == messages


def test_only_messages_without_pictures_become_strings() -> None:
    url = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    messages = [message(TEXT, TEXT), message(url, TEXT)]
    plain = plain_where_text(messages)
    assert plain == [{"role": "user", "content": "Which?\nWhich?"}, message(url, TEXT)]
    assert message_text(plain) == message_text(messages) == "Which?\nWhich?\nWhich?"
