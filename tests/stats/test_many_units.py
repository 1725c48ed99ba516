"""Multiplicity, funnel-plot limits and shrinkage."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportions_ztest

from funnelkit.errors import FunnelkitError
from funnelkit.stats import (
    benjamini_hochberg,
    binomial_p,
    difference_p,
    funnel_limits,
    funnel_positions,
    holm,
    shrink,
    sidak_level,
)


@pytest.mark.parametrize(("ours", "theirs"), [(holm, "holm"), (benjamini_hochberg, "fdr_bh")])
def test_adjusted_p_agrees_with_statsmodels(ours, theirs):
    p = np.random.default_rng(2).random(40) ** 3
    result = ours(p)
    assert np.allclose(result.adjusted, multipletests(p, method=theirs)[1], atol=1e-12)
    assert result.family == 40


def test_a_missing_p_is_not_in_the_family():
    result = holm([0.02, np.nan, 0.04])
    assert result.family == 2
    assert result.adjusted[[0, 2]].tolist() == [0.04, 0.04]
    assert np.isnan(result.adjusted[1])
    assert result.flagged().tolist() == [True, False, True]
    with pytest.raises(FunnelkitError):
        holm([2.0])


def test_twelve_equal_sellers_are_left_alone_by_holm():
    # Each against the rest, 23 deals each: 46 % of such teams have somebody flagged at 5 %.
    won = np.random.default_rng(4).binomial(23, 0.55, (4000, 12))
    p = difference_p(won, 23, won.sum(axis=1, keepdims=True) - won, 23 * 11)
    assert (p < 0.05).any(axis=1).mean() == pytest.approx(0.46, abs=0.02)
    assert np.mean([holm(row).flagged().any() for row in p]) < 0.05
    assert (won / 23).min(axis=1).mean() == pytest.approx(0.39, abs=0.02)


def test_p_values_against_scipy_and_statsmodels():
    expected = stats.binomtest(3, 20, 0.5, "less").pvalue * 2
    assert binomial_p(3, 20, 0.5) == pytest.approx(expected)
    _, p = proportions_ztest([56, 48], [70, 80])
    assert difference_p(56, 70, 48, 80) == pytest.approx(p)
    assert difference_p(0, 5, 0, 9) == 1
    assert np.isnan(difference_p(0, 0, 1, 9))


def test_sidak_holds_together():
    assert sidak_level(0.95, 12) ** 12 == pytest.approx(0.95)


def test_exact_limits_interpolate_the_binomial():
    # n = 10, target 0.5: P(R <= 1) = 11/1024, P(R <= 2) = 56/1024, so p = .025 lies in step 2:
    # r = 2 - (56/1024 - .025) / (45/1024) = 1.32444..., over 10.
    limits = funnel_limits(10, 0.5, [0.95])
    assert limits["low"].item() == pytest.approx((2 - (56 - 25.6) / 45) / 10)
    assert limits["high"].item() < 0.9
    wide = funnel_limits(4000, 0.3, [0.95, 0.998])
    near = funnel_limits(4000, 0.3, [0.95, 0.998], method="normal")
    assert np.allclose(wide[["low", "high"]], near[["low", "high"]], atol=5e-4)
    with pytest.raises(FunnelkitError, match="exact"):
        funnel_limits(10, 0.5, method="exakt")


def test_positions_pool_the_target_and_leave_small_units_unjudged():
    found = funnel_positions([30, 28, 2, 0], [60, 60, 60, 0], minimum=5)
    assert found["target"].iloc[0] == pytest.approx(1 / 3)
    assert found["position"].tolist() == ["watch", "watch", "act", "few"]


def test_shrinkage_of_the_published_rat_tumours():
    # Gelman et al., BDA 3, section 5.3 and table 5.1: 71 experiments, the last one 4 of 14.
    k = [0] * 14 + [1] * 8 + [2] * 11 + [1, 5, 2, 5, 3, 2, 7, 7, 3, 3, 2, 9, 10]
    k += [4] * 7 + [10, 4, 4, 4, 5, 11, 12, 5, 5, 6, 5, 6, 6, 6, 6, 16, 15, 15, 9, 4]
    n = [20] * 7 + [19] * 4 + [18, 18, 17, 20, 20, 20, 20, 19, 19, 18, 18, 25, 24, 23]
    n += [20] * 6 + [19, 19, 10, 49, 19, 46, 27, 17, 49, 47, 20, 20, 13, 48, 50]
    n += [20] * 7 + [48, 19, 19, 19, 22, 46, 49, 20, 20, 23, 19, 22, 20, 20, 20, 52, 46, 47, 24, 14]
    assert len(k) == len(n)
    table = shrink(k, n)
    # Published: the hyperparameters' posterior mean is (2.4, 14.3), a prior mean of .14.
    assert table["shrunk"].iloc[-1] == pytest.approx((4 + 2.4) / (14 + 2.4 + 14.3), abs=0.005)
    assert (table["low"] < table["shrunk"]).all()


def test_shrunken_intervals_cover_and_equal_units_come_together():
    rng = np.random.default_rng(6)
    hits, spread = [], []
    for _ in range(150):
        n = rng.integers(5, 60, 12)
        rate = rng.beta(12, 18, 12)
        table = shrink(rng.binomial(n, rate), n)
        hits.append(((table["low"] <= rate) & (rate <= table["high"])).mean())
        same = shrink(rng.binomial(23, 0.55, 12), np.full(12, 23))
        spread.append(np.ptp(same["shrunk"]) / np.ptp(same["rate"]))
    assert 0.92 < np.mean(hits) < 0.98
    assert np.mean(spread) < 0.5


def test_a_unit_without_data_takes_the_centre():
    table = shrink([10, 12, 9, 0], [20, 20, 20, 0])
    assert table["shrunk"].iloc[3] == pytest.approx(0.51, abs=0.03)
    assert table["pulled"].iloc[3] == 1
    none = shrink([0, 0], [3, 4])
    assert none["low"].between(0, 0.1).all()
