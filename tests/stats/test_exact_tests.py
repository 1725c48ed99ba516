"""Nulls of many strata and levels of many tests, against the convolution and the plain count."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from funnelkit.stats.exact_tests import (
    Laws,
    Null,
    adjust_family,
    binomial_null,
    sizes_of,
    trailing_nulls,
)


def test_trailing_nulls_are_sums_of_hypergeometric_counts() -> None:
    good, total, drawn = [5, 10, 3], [9, 20, 7], [3, 8, 2]
    nulls = trailing_nulls(good, total, drawn)
    laws = [
        stats.hypergeom(n, k, m).pmf(np.arange(m + 1))
        for k, n, m in zip(good, total, drawn, strict=True)
    ]
    for first, null in enumerate(nulls):
        law = np.ones(1)
        for part in laws[first:]:
            law = np.convolve(law, part)
        for seen in range(law.size):
            if law[seen] > 1e-12:
                assert null.p(seen) == pytest.approx(law[: seen + 1].sum(), rel=1e-9)


def test_a_stratum_without_the_group_says_nothing() -> None:
    with_it, without = trailing_nulls([5, 4], [9, 8], [3, 0])
    assert with_it.p(0) == pytest.approx(4 / 84)  # none of the five: C(4, 3) of C(9, 3)
    assert without.p(0) == 1.0


def test_sizes_of_many_tests_are_the_sizes_of_each() -> None:
    rng = np.random.default_rng(4)
    nulls: list[Null | None] = [binomial_null(n, 0.4) for n in (1, 2, 7, 30, 200)]
    nulls.insert(2, None)
    of = sizes_of(nulls)
    for level in (0.0, 1e-12, 0.6, 1.0, *rng.random(5), *10 ** (-8 * rng.random(5))):
        wanted = [level if x is None else float(x.size(level)) for x in nulls]
        assert of(np.full(len(nulls), level)).tolist() == pytest.approx(wanted)
    # the largest p-value of Binomial(2, 0.4) that is at most 0.4 is 0.36
    assert of(np.full(6, 0.4))[1] == pytest.approx(0.36)
    assert sizes_of([])(np.zeros(0)).size == 0


def test_spreads_shared_by_groups_change_nothing() -> None:
    laws: Laws = {}
    for drawn in ([3, 8], [2, 8], [3, 8]):
        shared, own = (
            trailing_nulls([5, 10], [9, 20], drawn, laws),
            trailing_nulls([5, 10], [9, 20], drawn),
        )
        for a, b in zip(shared, own, strict=True):
            assert a.low == b.low
            assert a.cdf.tolist() == b.cdf.tolist()
    assert len(laws) == 3


def test_a_large_family_of_equal_tests_is_holms() -> None:
    p = np.random.default_rng(3).uniform(size=60) ** 12
    family = adjust_family(np.arange(60), p, np.full(60, 3.0), np.ones(60), [None] * 60)
    assert family.adjusted == pytest.approx(multipletests(p, method="holm")[1], rel=1e-9)
    assert (family.adjusted < 0.05).sum() > 20
    assert (family.adjusted == 1).any()
