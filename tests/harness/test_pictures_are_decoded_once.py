"""The rows that a prompt is built of: pictures as the data set library decodes them, each row with its own copy."""

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
