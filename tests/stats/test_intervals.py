"""Intervals against published tables and a simulation with known truth."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.stats.proportion import proportion_confint

from funnelkit.errors import FunnelkitError
from funnelkit.stats import difference_size, newcombe, ratio_of_sums, wilson
from funnelkit.words import speaking

# Newcombe (1998), Statistics in Medicine 17, 857-872, table I, method 3.
NEWCOMBE_SINGLE = [
    (81, 263, 0.2553, 0.3662),
    (15, 148, 0.0624, 0.1605),
    (0, 20, 0.0, 0.1611),
    (1, 29, 0.0061, 0.1718),
]
# Newcombe (1998), Statistics in Medicine 17, 873-890, table II, method 10.
NEWCOMBE_PAIR = [
    (56, 70, 48, 80, 0.0524, 0.3339),
    (9, 10, 3, 10, 0.1705, 0.8090),
    (10, 10, 0, 20, 0.6791, 1.0),
]


@pytest.mark.parametrize(("k", "n", "low", "high"), NEWCOMBE_SINGLE)
def test_wilson_agrees_with_the_published_table(k, n, low, high):
    assert wilson(k, n) == pytest.approx((low, high), abs=5e-5)


def test_wilson_of_the_course_numbers():
    low, high = wilson([6, 30, 0], [20, 100, 8])
    assert low == pytest.approx([0.146, 0.219, 0.0], abs=6e-4)
    assert high == pytest.approx([0.519, 0.396, 0.324], abs=6e-4)
    assert low[2] == 0


def test_wilson_agrees_with_statsmodels_for_every_count_of_thirty():
    k = np.arange(31)
    assert np.allclose(wilson(k, 30, 0.9), proportion_confint(k, 30, 0.1, "wilson"), atol=1e-12)


def test_wilson_of_nothing_is_unknown():
    assert np.isnan(wilson(0, 0)).all()


def test_wilson_refuses_more_successes_than_trials_in_both_languages():
    with pytest.raises(FunnelkitError) as caught:
        wilson([1, 9], [4, 8])
    assert "Entry 1: 9 successes out of 8" in str(caught.value)
    with speaking("zh"):
        assert "第 1 项" in str(caught.value)
    with pytest.raises(FunnelkitError, match=r"Write 0\.95"):
        wilson(1, 2, level=95)


@pytest.mark.parametrize(("k1", "n1", "k2", "n2", "low", "high"), NEWCOMBE_PAIR)
def test_newcombe_agrees_with_the_published_table(k1, n1, k2, n2, low, high):
    assert newcombe(k1, n1, k2, n2)[1:] == pytest.approx((low, high), abs=5e-5)


def sums(x, y):
    axis = -1
    return (
        np.full(np.shape(x)[:-1], np.shape(x)[-1]),
        *(np.sum(v, axis=axis) for v in (x, y, x * x, x * y, y * y)),
    )


def test_ratio_of_sums_by_hand():
    # x = 1, 2, 3, y = 1, 1, 4: R = 1, residuals 0, -1, 1, variance = 3/2 * 2 / 36 = 1/12.
    ratio, low, high = ratio_of_sums(3, 6, 6, 14, 15, 18)
    assert ratio == 1
    assert (high - low) / 2 == pytest.approx(4.302652729911275 / np.sqrt(12))


@pytest.mark.parametrize("sigma", [0.5, 1.0, 1.5])
def test_a_share_interval_covers_as_often_as_it_says(sigma):
    rng = np.random.default_rng(1)
    amount = rng.lognormal(0, sigma, (4000, 80))
    won = amount * (rng.random(amount.shape) < 0.3)
    _, low, high = ratio_of_sums(*sums(amount, won), share=True)
    assert 0.935 < ((low <= 0.3) & (high >= 0.3)).mean() < 0.98


def test_a_share_interval_at_the_ends_and_with_one_unit():
    _, low, high = ratio_of_sums(8, 8, 0, 8, 0, 0, share=True)
    assert low == 0
    assert 0.3 < high < 0.5
    assert np.isnan(ratio_of_sums(1, 5, 5, 25, 25, 25)[1])
    assert np.isnan(ratio_of_sums(3, 0, 0, 0, 0, 0)[0])


def test_sample_sizes_of_the_course():
    found = [difference_size(*p) for p in [(0.5, 0.4), (0.5, 0.35), (0.3, 0.2), (0.25, 0.15)]]
    assert found == [388, 170, 294, 250]
