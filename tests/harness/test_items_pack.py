"""The items pack keeps what pictures show, small, once, and follows the declaration."""

from __future__ import annotations

import io
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import numpy as np
import pytest
from PIL import Image

from evaluator.harness.dataset import Rows
from evaluator.harness.items import MAX_SIDE, encode_webp, ensure_pack
from tests.harness.conftest import draw


def decoded(data: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(data))
    assert picture.format == "WEBP"
    return picture


def noise(width: int, height: int) -> Image.Image:
    """Return a picture with as many colours as a photograph."""
    random = np.random.default_rng(0)
    return Image.fromarray(random.integers(0, 255, (height, width, 3), dtype=np.uint8))


def test_drawings_are_kept_exactly() -> None:
    picture = Image.open(io.BytesIO(draw("red")))
    assert decoded(encode_webp(picture)).convert("RGB").tobytes() == picture.tobytes()


def test_photographs_are_compressed() -> None:
    picture = noise(300, 200)
    kept = decoded(encode_webp(picture))
    assert kept.size == (300, 200)
    assert kept.convert("RGB").tobytes() != picture.tobytes()
    assert len(encode_webp(picture)) < 300 * 200 * 3


def test_large_pictures_shrink_in_proportion() -> None:
    kept = decoded(encode_webp(noise(3200, 800)))
    assert kept.size == (MAX_SIDE, 400)


@pytest.mark.parametrize("mode", ["L", "P", "1", "RGBA", "LA", "CMYK", "I;16"])
def test_every_mode_of_picture_is_taken(mode: str) -> None:
    assert decoded(encode_webp(Image.new(mode, (20, 10)))).size == (20, 10)


def test_pack_is_made_once_and_again_when_the_declaration_changed(tmp_path: Path) -> None:
    shown: list[int] = []

    def pictures(position: int) -> list[Image.Image]:
        shown.append(position)
        return [
            Image.new("RGB", (8, 8), "red"),
            Image.new("RGB", (8, 8), ("blue", "red")[position]),
        ]

    folder = tmp_path / "items" / "fingerprint"
    rows = Rows("fingerprint", ["a", "b"], [{"q": 1}, {"q": 2}])
    made = ensure_pack(folder, rows, pictures)
    assert [(i.key, i.position, i.fields) for i in made] == [("a", 0, {"q": 1}), ("b", 1, {"q": 2})]
    red, blue = made[0].images
    assert made[1].images == (red, red)
    assert {p.name for p in (folder / "images").iterdir()} == {f"{red}.webp", f"{blue}.webp"}
    assert sorted(shown) == [0, 1]

    assert ensure_pack(folder, rows, pictures) == made
    assert sorted(shown) == [0, 1]

    newer = Rows("fingerprint", ["a", "b"], [{"q": 1, "new": True}, {"q": 2, "new": False}])
    ensure_pack(folder, newer, pictures)
    lines = (folder / "items.jsonl").read_text().splitlines()
    assert [json.loads(line)["fields"] for line in lines] == newer.fields
    assert [p.name for p in folder.parent.iterdir()] == ["fingerprint"]


def test_a_pack_that_another_made_meanwhile_stays_for_who_reads_it(tmp_path: Path) -> None:
    folder = tmp_path / "items" / "fingerprint"
    rows = Rows("fingerprint", ["a"], [{"q": 1}])
    places: list[int] = []

    def red(_position: int) -> list[Image.Image]:
        return [Image.new("RGB", (8, 8), "red")]

    def slowly(position: int) -> list[Image.Image]:
        ensure_pack(folder, rows, red)
        places.append(folder.stat().st_ino)
        return red(position)

    assert ensure_pack(folder, rows, slowly) == ensure_pack(folder, rows, red)
    assert places == [folder.stat().st_ino]
    assert [p.name for p in folder.parent.iterdir()] == ["fingerprint"]


def test_many_may_make_it_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "items" / "fingerprint"
    older = Rows("fingerprint", ["a"], [{"q": 0}])
    rows = Rows("fingerprint", ["a"], [{"q": 1}])
    together = Barrier(8)

    def red(_position: int) -> list[Image.Image]:
        together.wait(timeout=30)
        return [Image.new("RGB", (8, 8), "red")]

    ensure_pack(folder, older, lambda _position: [Image.new("RGB", (8, 8), "red")])
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: ensure_pack(folder, rows, red), range(8)))
    assert all(items == made[0] for items in made)
    assert json.loads((folder / "items.jsonl").read_text())["fields"] == {"q": 1}
    assert [p.name for p in folder.parent.iterdir()] == ["fingerprint"]


def test_pictures_that_differ_in_their_palette_alone_are_kept_apart(tmp_path: Path) -> None:
    def pictures(position: int) -> list[Image.Image]:
        picture = Image.new("P", (8, 8), 0)
        picture.putpalette([255, 0, 0] if position else [0, 0, 255])
        return [picture]

    rows = Rows("f", ["1", "2"], [{}, {}])
    one, other = ensure_pack(tmp_path / "f", rows, pictures)
    assert one.images != other.images


def test_failure_leaves_no_half_pack(tmp_path: Path) -> None:
    def pictures(position: int) -> list[Image.Image]:
        if position:
            raise OSError("disk full")
        return [Image.new("RGB", (8, 8), "red")]

    with pytest.raises(OSError, match="disk full"):
        ensure_pack(tmp_path / "items" / "f", Rows("f", ["a", "b"], [{}, {}]), pictures)
    assert list((tmp_path / "items").iterdir()) == []
