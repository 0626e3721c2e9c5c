"""Wilson intervals and the cluster bootstrap, against known values and known properties."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.metrics.intervals import cluster_bootstrap, wilson


@pytest.mark.parametrize(
    ("successes", "total", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (20, 20, 0.8389, 1.0),
    ],
)
def test_wilson_matches_published_values(successes, total, low, high):
    # Newcombe (1998), Statistics in Medicine 17:857-872, table I, method 3.
    assert wilson(successes, total) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_holds_the_share_and_stays_between_0_and_1(pair):
    successes, total = pair
    low, high = wilson(successes, total)
    assert 0 <= low <= successes / total <= high <= 1
    assert low < high


def test_wilson_of_nothing_is_nothing():
    assert wilson(0, 0) is None


def test_the_bootstrap_of_single_rows_agrees_with_wilson():
    hits = np.array([1] * 700 + [0] * 300)
    assert cluster_bootstrap(hits, np.ones(1000)) == pytest.approx(wilson(700, 1000), abs=0.003)


def test_rows_that_agree_within_their_cluster_widen_the_interval():
    together = cluster_bootstrap([4] * 70 + [0] * 30, [4] * 100)
    apart = cluster_bootstrap([1] * 280 + [0] * 120, [1] * 400)
    assert together.high - together.low == pytest.approx(2 * (apart.high - apart.low), rel=0.1)


def test_the_bootstrap_equals_one_that_draws_cluster_by_cluster():
    rng = np.random.default_rng(1)
    sizes = rng.integers(2, 5, 400)
    sums = rng.binomial(sizes, 0.7)
    drawn = rng.integers(0, 400, (20_000, 400))
    plain = np.quantile(sums[drawn].sum(1) / sizes[drawn].sum(1), (0.025, 0.975))
    assert cluster_bootstrap(sums, sizes) == pytest.approx(plain, abs=0.003)


@given(
    st.lists(st.tuples(st.integers(-3, 3), st.integers(1, 4)), min_size=1, max_size=30),
    st.randoms(),
)
def test_the_same_clusters_in_any_order_have_the_same_interval(clusters, random):
    shuffled = random.sample(clusters, len(clusters))
    first, second = (
        cluster_bootstrap([s for s, _ in c], [n for _, n in c]) for c in (clusters, shuffled)
    )
    assert first == second


def test_the_bootstrap_of_what_does_not_vary_is_nothing():
    assert cluster_bootstrap([], []) is None
    assert cluster_bootstrap([3], [4]) is None
    assert cluster_bootstrap([2, 3, 4], [2, 3, 4]) is None


def test_the_bootstrap_of_fractions_that_are_all_different_agrees_with_the_normal_one():
    values = np.random.default_rng(2).beta(2, 3, 3000)
    half = 1.96 * values.std() / np.sqrt(len(values))
    low, high = cluster_bootstrap(values, np.ones(len(values)))
    assert (low, high) == pytest.approx((values.mean() - half, values.mean() + half), abs=half / 15)


def test_the_bootstrap_of_a_ratio_leaves_out_resamples_without_a_denominator():
    low, high = cluster_bootstrap([1, 0, 0], [1, 1, 0])
    assert (low, high) == (0.0, 1.0)
    assert cluster_bootstrap([0, 0], [0, 0]) is None


@given(st.lists(st.floats(0, 1), min_size=2, max_size=40, unique=True))
def test_the_bootstrap_of_a_mean_stays_within_the_values(values):
    interval = cluster_bootstrap(values, np.ones(len(values)))
    if interval is not None:
        assert min(values) <= interval.low + 1e-12
        assert interval.low < interval.high <= max(values) + 1e-12
