"""Demo data sets: drawn pictures in the exact schemas of public benchmarks. One module a benchmark.

To add one, write a module with ``build(seed) -> DemoSet`` and name it in ``BUILDERS`` by the benchmark's slug.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from demo.datasets import (
    hallusion_bench,
    mmbench_cn_dev,
    mmbench_en_dev,
    mmmu,
    mmmu_pro,
    realworldqa,
    vqav2,
)
from demo.datasets.files import DemoSet, write

SEED = 2026
BUILDERS: Mapping[str, Callable[[int], DemoSet]] = {
    "mmbench_en_dev": mmbench_en_dev.build,
    "mmbench_cn_dev": mmbench_cn_dev.build,
    "hallusion_bench": hallusion_bench.build,
    "hallusion_bench_image": hallusion_bench.build_with_pictures,
    "mmmu_val": mmmu.build,
    "mmmu_pro_standard": mmmu_pro.build_standard,
    "mmmu_pro_vision": mmmu_pro.build_vision,
    "realworldqa": realworldqa.build,
    "vqav2_val": vqav2.build_val,
    "vqav2_val_lite": vqav2.build_lite,
}
ABOUT = {
    "label": "demo: drawn pictures",
    "license": "Apache-2.0; pictures show glyphs of Noto Color Emoji (OFL 1.1) and DejaVu (Bitstream Vera)",
}


def write_set(slug: str, out: Path, seed: int = SEED) -> dict[Path, int]:
    """Write the set of benchmark ``slug`` to ``out/<slug>/`` and return the number of rows of each Parquet file."""
    demo = BUILDERS[slug](seed)
    counts = map(len, demo.splits.values())
    return dict(zip(write(demo, out / slug, ABOUT), counts, strict=True))
