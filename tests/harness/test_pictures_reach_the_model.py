"""Pictures on their way to the model: decoded as the data set library does, a copy for each row, and sent unchanged."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.harness.conftest import PYTHON, ROOT, draw

pytestmark = [pytest.mark.harness, pytest.mark.slow]

SCRIPT = """
import io, json, sys
import datasets
from PIL import Image, ImageDraw
from evaluator.harness.pictures import decoded_once

def turned(data):
    out, exif = io.BytesIO(), Image.Exif()
    exif[274] = 6
    Image.open(io.BytesIO(data)).save(out, "JPEG", exif=exif)
    return out.getvalue()

red, blue = (bytes.fromhex(text) for text in sys.stdin.read().split())
one = {"bytes": red, "path": None}
rows = {"picture": [one, one, {"bytes": turned(red), "path": None}, None], "figures": [[one], [], [one, {"bytes": blue, "path": None}], []]}
features = datasets.Features({"picture": datasets.Image(mode="RGB"), "figures": datasets.Sequence(datasets.Image())})
plain = datasets.Dataset.from_dict(rows, features=features)
kept = decoded_once(plain)

def seen(row):
    pictures = [row["picture"], *row["figures"]]
    return [p and (p.mode, p.size, p.format, p.tobytes().hex()) for p in pictures]

same = [seen(plain[n]) == seen(kept[n]) for n in range(4)]
ImageDraw.Draw(kept[0]["picture"]).rectangle((0, 0, 96, 96), fill="black")
print(json.dumps({"same": same, "unspoilt": seen(kept[1]) == seen(plain[1])}))
"""


def test_they_are_those_of_the_data_set_and_a_row_that_is_drawn_on_spoils_no_other() -> None:
    assert run(SCRIPT, draw("red"), draw("blue")) == {"same": [True] * 4, "unspoilt": True}


COUNTING = """
import io, json, sys
import datasets
from evaluator.harness import pictures

pictures.KEPT_BYTES = 3 * 96 * 96
red, blue = (bytes.fromhex(text) for text in sys.stdin.read().split())
decoded = []
own = datasets.Image.decode_example
datasets.Image.decode_example = lambda self, value, token=None: decoded.append(value) or own(self, value, token)
features = datasets.Features({"picture": datasets.Image()})
order = [red, red, red, blue, red]
rows = datasets.Dataset.from_dict({"picture": [{"bytes": b, "path": None} for b in order]}, features=features)
kept = pictures.decoded_once(rows)
counts = []
for n in range(len(order)):
    kept[n]
    counts.append(len(decoded))
print(json.dumps(counts))
"""


def test_a_picture_is_decoded_again_only_after_others_took_its_room() -> None:
    assert run(COUNTING, draw("red"), draw("blue")) == [1, 1, 1, 2, 3]


SENT = """
import base64, io, json, sys
import numpy as np
from PIL import Image
from evaluator.harness.pictures import Chat

def sent(picture):
    parts = [{"type": "image", "url": picture}]
    (message,) = Chat(messages=[{"role": "user", "content": parts}]).to_openai_messages()
    kind, _, text = message["content"][0]["image_url"]["url"].partition(",")
    assert kind == "data:image/png;base64", kind
    return Image.open(io.BytesIO(base64.b64decode(text)))

noise = Image.fromarray(np.random.default_rng(7).integers(0, 256, (37, 53, 4), np.uint8), "RGBA")
pictures = [noise.convert(mode) for mode in ("1", "L", "LA", "P", "RGB", "RGBA")]
pictures += [noise.convert("RGB").crop((0, 0, *size)) for size in ((1, 1), (1, 30), (30, 1))]
clear = noise.convert("RGB").convert("P")
clear.info["transparency"] = 3
pictures.append(clear)
profiled = noise.convert("RGB")
profiled.info["icc_profile"] = b"a profile"
pictures.append(profiled)
same = []
for picture in pictures:
    for _ in range(2):
        seen = sent(picture)
        told = all(seen.info.get(n) == picture.info[n] for n in ("transparency", "icc_profile") if n in picture.info)
        pixels = seen.convert("RGBA").tobytes() == picture.convert("RGBA").tobytes()
        same.append((picture.mode, seen.size == picture.size, told, pixels))
print(json.dumps(same))
"""


def test_the_model_gets_every_pixel_in_any_mode() -> None:
    found = run(SENT)
    assert len(found) > 20
    assert [picture for picture in found if not all(picture[1:])] == []


def run(script: str, *pictures: bytes) -> Any:
    done = subprocess.run(
        [PYTHON, "-c", script],
        input="\n".join(p.hex() for p in pictures),
        env=os.environ | {"PYTHONPATH": str(Path(ROOT))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
