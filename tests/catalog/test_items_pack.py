"""Taking in items packs: once per data set, pictures by content, and nothing of a pack that lies."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from PIL import Image as Pillow

from evaluator.bundle import open_items
from evaluator.errors import EvaluationError, FailureCode
from leaderboard.catalog import items_pack, pictures
from leaderboard.catalog.items_pack import DatasetFacts, dataset_version, import_items
from leaderboard.catalog.models import Benchmark, DatasetVersion, Image, Item, ItemImage
from leaderboard.core.artifacts import image_key, store, thumb_key
from tests.factories import ensure_benchmarks
from tests.small_set import BENCHMARK, SmallSet, rewritten, small_set

pytestmark = pytest.mark.django_db

KEY = "items/test.zip"


@pytest.fixture
def benchmark(db: None) -> Benchmark:
    ensure_benchmarks()
    return Benchmark.objects.get(slug=BENCHMARK)


def take_in(benchmark: Benchmark, data: SmallSet, packed: Path) -> DatasetVersion:
    """Import a pack from a file of its own key."""
    key = f"items/{hashlib.sha256(packed.read_bytes()).hexdigest()}.zip"
    store().put_file(packed, key)
    return dataset_version(benchmark, data.facts, key)


def refusal(benchmark: Benchmark, data: SmallSet, packed: Path) -> str:
    """Import a pack that must be refused; return the detail."""
    with pytest.raises(EvaluationError) as refused:
        take_in(benchmark, data, packed)
    assert refused.value.code is FailureCode.BUNDLE_CORRUPT
    assert not DatasetVersion.objects.exists()
    assert not Item.objects.exists()
    return refused.value.detail


def test_items_and_pictures_are_stored(benchmark: Benchmark, tmp_path: Path) -> None:
    data = small_set()

    dataset = take_in(benchmark, data, data.pack(tmp_path))

    assert (dataset.rows, dataset.label) == (32, "small test set")
    assert (dataset.current, dataset.official_size) == (True, False)
    found = list(dataset.items.order_by("position").with_images())
    assert [(i.key, i.fields) for i in found] == [(i.key, i.fields) for i in data.items]
    assert found[0].dimensions == {
        "L1": "perception",
        "L2": "coarse_perception",
        "L3": "image_scene",
    }
    assert [[link.image.sha256 for link in item.item_images.all()] for item in found] == [
        list(item.images) for item in data.items
    ]


def test_pictures_lie_under_their_hash_with_a_small_thumbnail(
    benchmark: Benchmark, tmp_path: Path
) -> None:
    data = small_set()
    take_in(benchmark, data, data.pack(tmp_path))

    assert set(Image.objects.values_list("sha256", flat=True)) == set(data.pictures)
    for image in Image.objects.all():
        with store().open(image_key(image.sha256)) as file:
            assert file.read() == data.pictures[image.sha256]
        assert image.size == len(data.pictures[image.sha256])
        with store().open(thumb_key(image.sha256)) as file:
            thumb = Pillow.open(BytesIO(file.read()))
        assert (thumb.format, thumb.size) == ("WEBP", (320, 160))
        assert (image.width, image.height) == (2 * image.height, image.height)


def test_a_known_data_set_is_not_fetched_again(benchmark: Benchmark, tmp_path: Path) -> None:
    data = small_set()
    dataset = take_in(benchmark, data, data.pack(tmp_path))

    assert dataset_version(benchmark, data.facts, "items/not-there.zip") == dataset


def test_the_first_data_set_stays_current(benchmark: Benchmark, tmp_path: Path) -> None:
    first, second = small_set(), small_set(questions=4)
    take_in(benchmark, first, first.pack(tmp_path / "a"))
    take_in(benchmark, second, second.pack(tmp_path / "b"))

    assert DatasetVersion.objects.filter(current=True).get().rows == 32
    assert Image.objects.count() == 8, "a picture of both is stored once"
    assert ItemImage.objects.count() == 32 + 16


@pytest.mark.django_db(transaction=True)
def test_two_imports_at_once_make_one_data_set(tmp_path: Path) -> None:
    ensure_benchmarks()
    benchmark = Benchmark.objects.get(slug=BENCHMARK)
    data = small_set()
    store().put_file(data.pack(tmp_path), KEY)
    together = Barrier(3)

    def one_import(_number: int) -> int:
        try:
            together.wait(timeout=20)
            return dataset_version(benchmark, data.facts, KEY).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as threads:
        found = set(threads.map(one_import, range(3)))

    assert len(found) == 1
    assert Item.objects.count() == 32
    assert Image.objects.count() == 8
    assert ItemImage.objects.count() == 32


def test_texts_that_the_database_refuses_are_made_storable(
    benchmark: Benchmark, tmp_path: Path
) -> None:
    data = small_set()
    odd = replace(data.items[0], fields={**data.items[0].fields, "question": "a\x00b"})

    dataset = take_in(
        benchmark, data, SmallSet([odd, *data.items[1:]], data.pictures, data.facts).pack(tmp_path)
    )

    assert dataset.items.get(key=odd.key).fields["question"] == "a\ufffdb"


# --- Packs that lie -------------------------------------------------------------------------------


def test_a_picture_that_is_not_what_its_name_says_is_refused(
    benchmark: Benchmark, tmp_path: Path
) -> None:
    data = small_set()
    name, other = list(data.pictures)[:2]
    packed = rewritten(data.pack(tmp_path), {f"images/{name}.webp": data.pictures[other]})

    assert "does not match its hash" in refusal(benchmark, data, packed)


def with_picture(data: SmallSet, picture: bytes) -> SmallSet:
    """The set with the first item's picture replaced, rightly named."""
    name = hashlib.sha256(picture).hexdigest()
    first = replace(data.items[0], images=(name,))
    return SmallSet([first, *data.items[1:]], {**data.pictures, name: picture}, data.facts)


def png() -> bytes:
    target = BytesIO()
    Pillow.new("RGB", (8, 8)).save(target, "PNG")
    return target.getvalue()


@pytest.mark.parametrize(
    "picture",
    [b"<svg onload=alert(1)>", b"", b"RIFF\x00\x00\x00\x00WEBPVP8 ", png()],
    ids=["markup", "empty", "torn", "png"],
)
def test_a_picture_that_is_no_webp_is_refused(
    benchmark: Benchmark, tmp_path: Path, picture: bytes
) -> None:
    data = with_picture(small_set(), picture)

    assert "cannot be decoded" in refusal(benchmark, data, data.pack(tmp_path))


def test_a_picture_that_unfolds_into_too_much_is_refused(
    benchmark: Benchmark, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "MAX_PIXELS", 100_000)
    data = small_set()

    assert "pixels" in refusal(benchmark, data, data.pack(tmp_path))


def test_an_archive_with_a_path_trick_is_refused(benchmark: Benchmark, tmp_path: Path) -> None:
    data = small_set()
    packed = rewritten(data.pack(tmp_path), {"../../evil.txt": b"x"})

    assert "evil.txt" in refusal(benchmark, data, packed)
    assert not list(Path(settings.ARTIFACTS_URL).parent.rglob("evil.txt"))


def test_a_huge_member_is_refused_before_it_is_read(
    benchmark: Benchmark, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(items_pack, "MAX_PICTURE_BYTES", 1000)
    data = with_picture(small_set(), b"\x00" * 1001)

    assert "1001 bytes" in refusal(benchmark, data, data.pack(tmp_path))


def lose_an_item(data: SmallSet) -> SmallSet:
    return replace(data, items=data.items[1:])


def repeat_an_item(data: SmallSet) -> SmallSet:
    return replace(data, items=[*data.items[:-1], data.items[0]])


def lose_a_key(data: SmallSet) -> SmallSet:
    return replace(data, items=[replace(data.items[0], key=""), *data.items[1:]])


def share_a_position(data: SmallSet) -> SmallSet:
    return replace(data, items=[replace(data.items[0], position=1), *data.items[1:]])


def climb(data: SmallSet) -> SmallSet:
    return replace(
        data, items=[replace(data.items[0], images=("../../../etc/passwd",)), *data.items[1:]]
    )


def lose_a_picture(data: SmallSet) -> SmallSet:
    return replace(data, pictures=dict(list(data.pictures.items())[1:]))


@pytest.mark.parametrize(
    "change",
    [lose_an_item, repeat_an_item, lose_a_key, share_a_position, climb, lose_a_picture],
)
def test_a_pack_that_is_not_whole_is_refused(
    benchmark: Benchmark, tmp_path: Path, change: Callable[[SmallSet], SmallSet]
) -> None:
    data = small_set()

    refusal(benchmark, data, change(data).pack(tmp_path))


def test_the_items_of_another_data_set_are_refused(benchmark: Benchmark, tmp_path: Path) -> None:
    other = small_set(questions=4)

    assert "are of data set" in refusal(benchmark, small_set(), other.pack(tmp_path))


@pytest.mark.parametrize(
    ("name", "value"),
    [("fingerprint", None), ("fingerprint", "../x"), ("rows", "32"), ("rows", 0), ("rows", True)],
)
def test_facts_that_are_none_are_refused(benchmark: Benchmark, name: str, value: Any) -> None:
    with pytest.raises(EvaluationError) as refused:
        DatasetFacts.read({**small_set().facts, name: value})
    assert refused.value.code is FailureCode.BUNDLE_CORRUPT


@pytest.mark.parametrize("lines", [b"{", b"[]", b'{"key": 1}', b"\xff\xfe"])
def test_items_that_cannot_be_read_are_refused(
    benchmark: Benchmark, tmp_path: Path, lines: bytes
) -> None:
    data = small_set()

    refusal(benchmark, data, rewritten(data.pack(tmp_path), {"items.jsonl": lines}))


def test_importing_reads_no_row_per_item(
    benchmark: Benchmark, tmp_path: Path, django_assert_max_num_queries: Any
) -> None:
    data = small_set()
    with open_items(data.pack(tmp_path)) as pack, django_assert_max_num_queries(14):
        import_items(benchmark, DatasetFacts.read(data.facts), pack)


@pytest.mark.parametrize("facts", [b"[]", b"{", b"null"])
def test_a_dataset_file_that_says_nothing_is_refused(
    benchmark: Benchmark, tmp_path: Path, facts: bytes
) -> None:
    data = small_set()

    refusal(benchmark, data, rewritten(data.pack(tmp_path), {"dataset.json": facts}))
