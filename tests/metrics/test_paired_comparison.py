"""Comparing two runs unit by unit, against computations by brute force and published examples."""

import itertools
import random
from fractions import Fraction
from math import comb, erfc, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.metrics.paired import compare, holm, mcnemar


def units(points, clusters=None):
    clusters = clusters or [str(i) for i in range(len(points))]
    return {f"u{i}": pair for i, pair in enumerate(zip(clusters, points, strict=True))}


def exact_mcnemar(b, c):
    n = b + c
    tail = Fraction(sum(comb(n, i) for i in range(min(b, c) + 1)), 2**n)
    return float(min(Fraction(1), 2 * tail))


@given(st.integers(0, 300), st.integers(0, 300))
def test_mcnemar_equals_exact_fractions(b, c):
    assert mcnemar(b, c) == pytest.approx(exact_mcnemar(b, c), rel=1e-9)
    assert mcnemar(b, c) == mcnemar(c, b) <= 1


def test_mcnemar_of_a_published_example():
    # Fagerland, Lydersen and Laake (2013), table 1 (Bentur et al. 2009): flips 1 and 7, exact conditional p 0.070.
    assert mcnemar(1, 7) == pytest.approx(0.0703, abs=5e-5)


def test_mcnemar_of_many_flips_stays_a_number():
    assert mcnemar(100_000, 100_000) == 1.0
    normal = erfc((2000 - 1) / sqrt(2 * 200_000))
    assert mcnemar(99_000, 101_000) == pytest.approx(normal, rel=0.01)
    assert mcnemar(0, 5000) == 0.0


def test_means_flips_and_units_of_one_run_only_are_counted():
    first = {"a": ("1", 1.0), "b": ("1", 1.0), "c": ("2", 0.0), "d": ("3", 1.0), "x": ("9", 0.0)}
    second = {"a": ("1", 0.0), "b": ("1", 1.0), "c": ("2", 1.0), "d": ("3", 0.0)}
    result = compare(first, second)
    assert (result.n, result.clusters) == (4, 3)
    assert (result.first, result.second, result.difference) == (0.75, 0.5, 0.25)
    assert (result.first_better, result.second_better) == (2, 1)
    assert (result.first_only, result.second_only) == (1, 0)
    assert result.p == 1.0


def test_the_interval_equals_a_bootstrap_of_whole_clusters_by_brute_force():
    rng = random.Random(3)
    clusters = [str(rng.randrange(120)) for _ in range(400)]
    a = [float(rng.random() < 0.7) for _ in clusters]
    b = [float(x if rng.random() < 0.8 else rng.random() < 0.5) for x in a]
    result = compare(units(a, clusters), units(b, clusters))
    members = {c: [i for i, d in enumerate(clusters) if d == c] for c in set(clusters)}
    means = []
    for _ in range(4000):
        drawn = itertools.chain.from_iterable(
            members[c] for c in rng.choices(list(members), k=len(members))
        )
        differences = [a[i] - b[i] for i in drawn]
        means.append(sum(differences) / len(differences))
    assert (result.low, result.high) == pytest.approx(
        tuple(np.quantile(means, (0.025, 0.975))), abs=0.006
    )


def test_pairing_narrows_the_interval_of_runs_that_agree():
    rng = np.random.default_rng(5)
    a = (rng.random(1000) < 0.6).astype(float)
    alike, unlike = a.copy(), rng.permutation(a)
    alike[:20] = 1 - alike[:20]
    near, far = compare(units(a), units(alike)), compare(units(a), units(unlike))
    assert near.high - near.low < (far.high - far.low) / 3


POINTS = st.lists(
    st.tuples(st.sampled_from([0.0, 0.3, 1.0]), st.sampled_from([0.0, 1.0])), max_size=30
)


@given(POINTS)
def test_swapping_the_runs_turns_the_sign_and_nothing_else(points):
    a, b = units([x for x, _ in points]), units([y for _, y in points])
    there, back = compare(a, b), compare(b, a)
    assert (there.n, there.p) == (back.n, back.p)
    assert (there.first, there.first_better) == (back.second, back.second_better)
    if there.difference is not None:
        assert there.difference == pytest.approx(-back.difference)
    assert (there.low is None) == (back.low is None)


@given(POINTS)
def test_the_order_of_units_does_not_matter(points):
    a, b = units([x for x, _ in points]), units([y for _, y in points])
    assert compare(dict(reversed(a.items())), b) == compare(a, b)


def test_points_between_0_and_1_have_no_mcnemar():
    result = compare(units([0.3, 1.0, 0.9]), units([0.0, 1.0, 1.0]))
    assert result.p is None
    assert result.difference == pytest.approx(0.2 / 3)


def test_a_run_compared_with_itself_differs_nowhere():
    result = compare(units([1.0, 0.0]), units([1.0, 0.0]))
    assert (result.difference, result.p, result.low) == (0.0, 1.0, None)


def test_runs_without_a_common_unit_have_nothing_to_compare():
    result = compare({"a": ("a", 1.0)}, {"b": ("b", 1.0)})
    assert (result.n, result.difference, result.p) == (0, None, None)
    assert (result.first_only, result.second_only) == (1, 1)


def test_holm_steps_down_and_keeps_the_order():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.7, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


@given(st.lists(st.floats(0, 1), max_size=12))
def test_holm_never_lowers_a_p_value_nor_changes_their_order(p_values):
    adjusted = holm(p_values)
    assert all(p <= q <= 1 for p, q in zip(p_values, adjusted, strict=True))
    for (p, q), (r, s) in itertools.combinations(zip(p_values, adjusted, strict=True), 2):
        assert not (p < r and q > s)
