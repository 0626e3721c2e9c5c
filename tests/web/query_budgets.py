"""How many queries the board's pages may cost. Reviewed like code: a number goes up only for a reason told here.

A page costs these whatever the number of its rows. Every page has one for the benchmarks and one for the versions.
"""

from __future__ import annotations

OVERALL, SERVING, BENCHMARK, FAMILY = (
    "/",
    "/boards/serving/",
    "/boards/mmbench_en_dev/",
    "/boards/hallusion_bench/",
)

FIRST = {
    # rows of all boards, what was published lately, differences between precisions
    OVERALL: 5,
    SERVING: 5,
    # rows, dimensions, history, differences, and the rows of the version before
    BENCHMARK: 7,
    FAMILY: 7,
}
"""The first time, when nothing is kept."""

PART = {OVERALL: 4, SERVING: 4, BENCHMARK: 5, FAMILY: 5}
"""A part that htmx asks for, when nothing is kept: no history, no changes."""

KEPT = 2
"""A page that is kept, and 304 for one that the browser has: benchmarks and versions."""
