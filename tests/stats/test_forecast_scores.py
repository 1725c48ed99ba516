"""Scores of forecasts, the distribution of a sum, intervals of products and quantiles."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from funnelkit.errors import FunnelkitError
from funnelkit.stats import (
    bernoulli_sum,
    bias,
    bootstrap_counts,
    brier,
    interval_coverage,
    log_score,
    mape,
    murphy,
    pinball,
    point_scores,
    product_interval,
    quantile_of_counts,
    reliability_table,
    rmse,
    tracking_signal,
    wape,
)

P = [0.9, 0.9, 0.75, 0.75, 0.5, 0.5, 0.25, 0.25, 0.1, 0.1]
Y = [1, 0, 1, 0, 1, 0, 0, 0, 0, 0]
F, A = [10, 12, 9, 15], [8, 12, 10, 12]
AMOUNTS, CHANCES = [3, 2, 1.5, 4, 1, 6], [0.9, 0.75, 0.5, 0.25, 0.1, 0.15]


def test_brier_and_its_parts():
    parts = murphy(P, Y)
    assert brier(P, Y) == pytest.approx(0.209)
    assert parts.reliability == pytest.approx(0.0590)
    assert parts.resolution == pytest.approx(0.0600)
    assert parts.uncertainty == pytest.approx(0.21)
    assert parts.skill == pytest.approx(0.005, abs=5e-4)
    assert parts.within == pytest.approx(0, abs=1e-12)
    assert parts.table["n"].tolist() == [2] * 5


def test_the_parts_add_up_in_classes_too():
    rng = np.random.default_rng(8)
    p = rng.random(500)
    y = (rng.random(500) < p).astype(int)
    parts = murphy(p, y)
    assert len(parts.table) == 10
    total = parts.reliability - parts.resolution + parts.uncertainty + parts.within
    assert total == pytest.approx(np.mean((p - y) ** 2))
    assert parts.table["inside"].mean() >= 0.8


def test_reliability_at_the_ends():
    table = reliability_table([0.0, 1.0, 1.0], [0, 1, 1], bins=10)
    assert table["n"].tolist() == [1, 2]
    assert log_score([0.0], [1]) == math.inf
    assert math.isnan(murphy([0.2, 0.3], [0, 0]).skill)
    with pytest.raises(FunnelkitError, match="divide"):
        brier([90, 10], [1, 0])


def test_point_forecasts():
    assert mape(F, A) == pytest.approx(0.15)
    assert wape(F, A) == pytest.approx(0.1429, abs=5e-5)
    assert bias(F, A) == pytest.approx(0.0952, abs=5e-5)
    assert rmse(F, A) == pytest.approx(1.871, abs=5e-4)
    assert tracking_signal(F, A) == pytest.approx(2.67, abs=5e-3)
    scores = point_scores([*F, np.nan], [*A, 7])
    assert scores.n == 4
    assert scores.wape == pytest.approx(6 / 42)


def test_what_does_not_exist_is_not_zero():
    assert math.isnan(mape([1, 2], [0, 2]))
    assert math.isnan(wape([1], [0]))
    assert math.isnan(bias([1], [0]))
    assert math.isnan(tracking_signal([1], [1]))
    with pytest.raises(FunnelkitError, match="actual"):
        wape([1, 2], [1])


def test_log_score_and_pinball_by_hand():
    assert log_score([0.8, 0.4], [1, 0]) == pytest.approx(-(math.log(0.8) + math.log(0.6)) / 2)
    # Too low by 4 costs .9 each, too high by 1 costs .1 each.
    assert pinball([10, 10], [14, 9], 0.9) == pytest.approx((3.6 + 0.1) / 2)
    assert pinball([10, 10], [14, 9], 0.5) == pytest.approx((2 + 0.5) / 2)


def test_scores_agree_with_scikit_learn():
    other = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(9)
    actual, forecast = rng.normal(size=50), rng.normal(size=50)
    for q in (0.1, 0.5, 0.9):
        expected = other.mean_pinball_loss(actual, forecast, alpha=q)
        assert pinball(forecast, actual, q) == pytest.approx(expected)
    p = rng.random(50)
    y = (rng.random(50) < p).astype(int)
    assert brier(p, y) == pytest.approx(other.brier_score_loss(y, p))
    assert log_score(p, y) == pytest.approx(other.log_loss(y, p))


def test_coverage_counts_both_sides():
    found = interval_coverage([0] * 10, [10] * 10, [5] * 7 + [-1, 11, 12])
    assert (found.inside, found.below, found.above, found.n) == (7, 1, 2, 10)
    assert found.fits(0.8)
    assert not found.fits(0.95)


def test_a_weighted_pipeline_is_a_distribution():
    total = bernoulli_sum(AMOUNTS, CHANCES)
    assert total.exact
    assert total.mean == pytest.approx(6.95)
    assert total.sd == pytest.approx(3.13, abs=5e-3)
    assert total.at_least(6.95) == pytest.approx(0.370, abs=5e-4)
    assert total.at_least(5) == pytest.approx(0.798, abs=5e-4)
    assert total.at_least(8) == pytest.approx(0.318, abs=5e-4)
    assert [total.quantile(q) for q in (0.1, 0.5, 0.9)] == [3.0, 6.5, 11.0]


def test_the_convolution_agrees_with_every_combination():
    rng = np.random.default_rng(10)
    a, p = rng.uniform(1, 9, 10).round(2), rng.random(10)
    total = bernoulli_sum(a, p, certain=2)
    chance = 0.0
    for came in itertools.product([0, 1], repeat=10):
        came = np.array(came)
        if 2 + (a * came).sum() >= 25 - 1e-9:
            chance += np.prod(np.where(came == 1, p, 1 - p))
    assert total.at_least(25) == pytest.approx(chance)
    assert total.weights.sum() == pytest.approx(1)
    assert (total.values * total.weights).sum() == pytest.approx(total.mean)


def test_many_units_are_drawn_with_a_seed_and_many_equal_ones_stay_exact():
    rng = np.random.default_rng(11)
    a, p = rng.lognormal(3, 1, 60), rng.random(60)
    drawn = bernoulli_sum(a, p, seed=5)
    assert not drawn.exact
    assert np.array_equal(drawn.values, bernoulli_sum(a, p, seed=5).values)
    mean = (drawn.values * drawn.weights).sum()
    assert mean == pytest.approx(drawn.mean, abs=3 * drawn.sd / math.sqrt(drawn.draws))
    equal = bernoulli_sum([50.0] * 400, [0.3] * 400)
    assert equal.exact
    assert equal.values.size == 401
    assert bernoulli_sum([], [], certain=4).quantile(0.5) == 4


def test_a_product_by_hand():
    estimates = {"deals": 120, "win_rate": 0.25, "value": 80_000, "days": 75}
    errors = {"win_rate": 0.025, "value": 8_000, "days": 7.5}
    found = product_interval(estimates, errors, {"days": -1})
    assert found.value == pytest.approx(32_000)
    assert found.log_std_error == pytest.approx(math.sqrt(0.03))
    assert found.high == pytest.approx(32_000 * math.exp(1.959964 * math.sqrt(0.03)), rel=1e-6)
    assert found.parts["share"].tolist() == pytest.approx([0, 1 / 3, 1 / 3, 1 / 3])
    assert math.isnan(product_interval({"a": 0.0}, {"a": 0.1}).low)
    with pytest.raises(FunnelkitError, match="win_rate"):
        product_interval(estimates, {"winrate": 0.1})


def test_quantiles_of_counts():
    assert quantile_of_counts([1, 2, 3], [1, 1, 1])[0] == 2
    assert quantile_of_counts([5, 1], [2, 2])[0] == 3
    # Five values are too few for a 95 % interval of the median: 2 / 2**5 > 0.05.
    assert math.isnan(quantile_of_counts(range(5), [1] * 5)[1])
    assert quantile_of_counts(range(6), [1] * 6)[1:] == (0.0, 5.0)
    assert math.isnan(quantile_of_counts([1], [0])[0])


def test_the_interval_of_a_median_covers():
    rng = np.random.default_rng(12)
    hits = 0
    for _ in range(600):
        sample = rng.exponential(1, 30)
        _, low, high = quantile_of_counts(sample, np.ones(30))
        hits += low <= math.log(2) <= high
    assert 0.94 < hits / 600 < 0.985


def test_bootstrap_of_counts_is_seeded_and_near_the_binomial():
    value, low, high = bootstrap_counts([40, 60], lambda c: c[0] / c.sum(), draws=4000, seed=3)
    assert value == 0.4
    assert high - low == pytest.approx(2 * 1.96 * math.sqrt(0.24 / 100), rel=0.06)
    again = bootstrap_counts([40, 60], lambda c: c[0] / c.sum(), draws=4000, seed=3)
    assert (low, high) == again[1:]
