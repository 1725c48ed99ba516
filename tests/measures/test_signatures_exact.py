"""The tests behind the signatures against scipy and statsmodels."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy import stats
from scipy.integrate import quad
from statsmodels.duration.survfunc import survdiff
from statsmodels.stats.contingency_tables import StratifiedTable

from funnelkit.measures.signatures.exact import (
    above_p,
    exact_p,
    expected_rate,
    logrank_p,
    mean_p,
    scan_p,
    together,
)


@pytest.mark.parametrize("side", ["less", "greater"])
@pytest.mark.parametrize(
    "counts", [(3, 15, 11, 15), (0, 8, 5, 9), (8, 8, 1, 40), (40, 300, 900, 4000), (1, 1, 0, 1)]
)
def test_one_stratum_is_fishers_test(counts: tuple[int, int, int, int], side: str) -> None:
    k, n, k2, n2 = counts
    wanted = stats.fisher_exact([[k, n - k], [k2, n2 - k2]], alternative=side).pvalue
    assert exact_p(k, n, k2, n2, side) == pytest.approx(wanted, rel=1e-7)


def test_strata_are_summed_as_the_enumeration_says() -> None:
    # two strata, each one of 2 in the group and one of 2 in the others: counts 0, 1, 2
    # have chances 1/6, 4/6, 1/6 in each; a sum of at most 1 has 1/36 + 2 * 4/36 = 9/36
    assert exact_p([1, 0], [2, 2], [1, 2], [2, 2], "less") == pytest.approx(9 / 36)
    # the same margins, seen from above: a sum of at least 1 has 35/36
    assert exact_p([1, 0], [2, 2], [1, 2], [2, 2], "greater") == pytest.approx(35 / 36)


def test_many_deals_come_close_to_cochran_mantel_haenszel() -> None:
    k, n = np.array([30, 45, 20]), np.array([90, 100, 70])
    k2, n2 = np.array([60, 70, 40]), np.array([130, 120, 90])
    tables = [[[a, b - a], [c, d - c]] for a, b, c, d in zip(k, n, k2, n2, strict=True)]
    table = StratifiedTable([np.array(t) for t in tables])
    two_sided = table.test_null_odds(correction=True).pvalue
    assert exact_p(k, n, k2, n2, "less") == pytest.approx(two_sided / 2, rel=0.06)


def test_strata_with_one_side_empty_say_nothing() -> None:
    assert exact_p([3, 5], [15, 5], [11, 0], [15, 0], "less") == exact_p(3, 15, 11, 15, "less")
    assert np.isnan(exact_p([3], [15], [0], [0], "less"))
    # 10 of the group in the first class, 30 in the second: (10 * .5 + 30 * .1) / 40
    assert expected_rate([10, 30], [5, 2], [10, 20]) == pytest.approx(0.2)


def test_more_than_a_share_is_binomial() -> None:
    wanted = stats.binomtest(9, 10, 0.5, alternative="greater").pvalue
    assert above_p(9, 10, 0.5) == pytest.approx(wanted)
    assert np.isnan(above_p(0, 0, 0.5))


def test_log_rank_agrees_with_statsmodels() -> None:
    rng = np.random.default_rng(3)
    group, strata = rng.random(200) < 0.4, rng.integers(0, 3, 200)
    time = np.ceil(rng.exponential(20 * (1 + group)))  # whole days, so that many tie
    ended = rng.random(200) < 0.8
    _, two_sided = survdiff(time, ended.astype(int), group.astype(int), strata=strata)
    longer = logrank_p(time, ended, group, strata, "longer")
    assert longer == pytest.approx(two_sided / 2, rel=1e-9)
    assert logrank_p(time, ended, group, strata, "shorter") == pytest.approx(1 - longer)


def test_signs_are_joined_only_when_each_is_there() -> None:
    # of two uniform numbers both below 0.05: the area below the hyperbola xy = 0.0002
    width = quad(lambda x: min(0.05, 2e-4 / x), 1e-12, 0.05, points=[0.004])[0]
    area = 2e-4 * (1 + np.log(0.05**2 / 2e-4))
    assert width == pytest.approx(area, rel=1e-6)
    assert together(0.01, 0.02) == pytest.approx(area)
    assert together(1e-12, 0.06) == 0.06
    assert together(1e-12, 0.06, level=0.1) < 1e-11
    assert together(0.05, 0.05) == pytest.approx(0.0025)
    assert np.isnan(together(0.01, float("nan")))


@pytest.mark.parametrize("drawn", [2, 5, 7])
def test_a_mean_is_held_against_all_choices(drawn: int) -> None:
    rng = np.random.default_rng(drawn)
    x = rng.integers(0, 101, 9).astype(float)
    x[:2] = 0, 100  # so that the grid is the values themselves
    sums = [x[list(c)].sum() for c in combinations(range(9), drawn)]
    group = np.arange(9) < drawn
    wanted = np.mean(np.array(sums) >= x[group].sum())
    assert mean_p(x, group) == pytest.approx(wanted)
    # two strata: the choices of one with those of the other
    twice = np.concatenate([x, x])
    both = np.add.outer(sums, sums) >= 2 * x[group].sum()
    strata = np.repeat([0, 1], 9)
    assert mean_p(twice, np.tile(group, 2), strata) == pytest.approx(both.mean())


def test_the_normal_law_takes_over_where_deals_are_many() -> None:
    x = np.random.default_rng(2).random(400)
    group = np.arange(400) < 100
    by_chance = stats.permutation_test(
        (x, group.astype(float)), lambda a, g: float((a * g).sum()), permutation_type="pairings",
        alternative="greater", n_resamples=4000, rng=1,
    )  # fmt: skip
    assert mean_p(x, group) == pytest.approx(by_chance.pvalue, abs=0.03)


def test_the_best_of_many_starts_is_as_rare_as_simulation_says() -> None:
    # 12 nested starts of 120 draws; the share of runs with a best test beyond b
    rng, sizes = np.random.default_rng(5), np.arange(120, 0, -10)
    sums = np.cumsum(rng.standard_normal((20_000, 120))[:, ::-1], axis=1)[:, sizes - 1]
    best = (sums / np.sqrt(sizes)).max(axis=1)
    b = 2.8
    overlap = np.sqrt(sizes[1:] / sizes[:-1]).tolist()
    bound = scan_p([float(stats.norm.sf(b))] + [0.5] * 11, overlap)
    share = float((best > b).mean())
    assert share <= bound <= 1.35 * share
    assert bound < 12 * stats.norm.sf(b)
