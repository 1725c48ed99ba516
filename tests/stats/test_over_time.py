"""Ultimate shares, control charts, rounding to the whole."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from funnelkit.errors import FunnelkitError
from funnelkit.stats import (
    cusum,
    largest_remainder,
    p_chart,
    to_life_table,
    ultimate_curve,
    ultimate_share,
)

SEASON = [0.815, 0.435, 1.008, 0.912, 1.008, 1.104, 0.815, 0.815, 1.104, 1.008, 1.200, 1.777]


def young_pipeline(seed, size=1500, longest=150):
    """A quarter win after 90 days on average, the others lose after 39; most are young."""
    rng = np.random.default_rng(seed)
    wins = rng.random(size) < 0.25
    end = np.where(wins, rng.gamma(2, 45, size), rng.gamma(1.5, 26, size))
    seen = rng.uniform(0, longest, size)
    exit_ = np.where(end > seen, "censored", np.where(wins, "won", "lost"))
    return np.floor(np.minimum(end, seen)).astype(int), exit_


def test_the_ultimate_share_is_found_among_young_units():
    day, exit_ = young_pipeline(1, 4000)
    found = ultimate_share(to_life_table(day, exit_), "won").iloc[0]
    assert (exit_ == "won").mean() < 0.12
    assert found["observed"] < 0.23
    assert found["ultimate"] == pytest.approx(0.25, abs=0.03)
    assert found["low"] < 0.25 < found["high"]
    assert found["mean_days"] == pytest.approx(90, rel=0.2)
    assert found["extrapolated"] == pytest.approx(found["ultimate"] - found["observed"])


def test_its_interval_covers():
    hits = 0
    for seed in range(10):
        found = ultimate_share(to_life_table(*young_pipeline(seed + 10)), "won").iloc[0]
        hits += found["low"] <= 0.25 <= found["high"]
    assert hits >= 8


def test_without_other_exits_the_rest_never_comes():
    rng = np.random.default_rng(2)
    comes = rng.random(3000) < 0.4
    end = np.where(comes, 30 * rng.weibull(1.5, 3000), np.inf)
    seen = rng.uniform(0, 90, 3000)
    day = np.floor(np.minimum(end, seen)).astype(int)
    exit_ = np.where(end > seen, "censored", "paid")
    found = ultimate_share(to_life_table(day, exit_), "paid", latency="weibull")
    assert found["low"].item() < 0.4 < found["high"].item()
    assert found["shape"].item() == pytest.approx(1.5, abs=0.2)
    curve = ultimate_curve(found, [0, 89, 90, 400])
    assert curve["extrapolated"].tolist() == [False, False, True, True]
    assert curve["share"].iloc[-1] == pytest.approx(found["ultimate"].item(), abs=1e-6)


def test_groups_and_a_group_without_the_event():
    day, exit_ = young_pipeline(3, 600)
    table = to_life_table([*day, 5, 9], [*exit_, "lost", "censored"], team=["a"] * 600 + ["b"] * 2)
    found = ultimate_share(table, "won").set_index("team")
    assert found.loc["a", "low"] < found.loc["a", "ultimate"] < found.loc["a", "high"]
    assert np.isnan(found.loc["b", "ultimate"])
    with pytest.raises(FunnelkitError, match="won"):
        ultimate_share(table, "wom")
    with pytest.raises(FunnelkitError, match="gamma"):
        ultimate_share(table, "won", latency="gama")


def false_alarms(chart, runs=600):
    rng = np.random.default_rng(4)
    n = np.array([30, 45, 20, 60, 50, 35, 40, 30, 25, 55, 45, 40])
    rung = [chart(rng.binomial(n, 0.3), n).first_alarm is not None for _ in range(runs)]
    return np.mean(rung)


def test_the_p_chart_rings_no_more_often_than_it_says():
    assert false_alarms(lambda k, n: p_chart(k, n, 0.3, false_alarm=0.1)) < 0.12


def test_the_cusum_rings_as_often_as_it_says(monkeypatch):
    monkeypatch.setattr("funnelkit.stats.control_chart.RUNS", 1000)
    found = false_alarms(lambda k, n: cusum(k, n, 0.3, 0.2, false_alarm=0.1, seed=3), 500)
    assert 0.05 < found < 0.15


def test_a_lasting_drop_is_found_and_dated():
    rng = np.random.default_rng(5)
    n = np.full(16, 60)
    k = rng.binomial(n, [0.3] * 8 + [0.2] * 8)
    chart = cusum(k, n, 0.3, 0.2)
    assert chart.first_alarm is not None
    assert 8 <= chart.first_alarm <= 14
    assert abs(chart.changed_at - 8) <= 2
    rise = cusum(n - k, n, 0.7, 0.8)
    assert rise.first_alarm == chart.first_alarm


def test_an_empty_period_neither_rings_nor_breaks():
    chart = p_chart([3, 0, 4], [10, 0, 12])
    assert chart.centre == pytest.approx(7 / 22)
    assert chart.table["alarm"].tolist() == [False] * 3
    assert len(cusum([3, 0, 4], [10, 0, 12], 0.3, 0.2).table) == 3
    with pytest.raises(FunnelkitError):
        cusum([1], [2], 0.3, 0.3)


def test_seasonal_targets_add_to_the_year():
    months = largest_remainder(SEASON, 60, unit=0.1)
    assert months.tolist() == [4.1, 2.2, 5.0, 4.6, 5.0, 5.5, 4.1, 4.1, 5.5, 5.0, 6.0, 8.9]
    assert round(months.sum(), 9) == 60.0


def test_regions_in_cents():
    parts = largest_remainder([0.3715, 0.3155, 0.1415, 0.1715], 60_000_000.01, unit=0.01)
    assert round(parts.sum() * 100) == 6_000_000_001
    whole = largest_remainder([0.5, 0.25, 0.25], 8)
    assert whole.tolist() == [4, 2, 2]
    assert largest_remainder([1, 1, 1], -100).sum() == -100


def test_rounding_refuses_what_cannot_add_up():
    with pytest.raises(FunnelkitError, match="60"):
        largest_remainder([1, 2], 60.05, unit=0.1)
    with pytest.raises(FunnelkitError):
        largest_remainder([0, 0], 10)
    with pytest.raises(FunnelkitError):
        largest_remainder([1, -1, 3], 10)


def test_a_curve_keeps_the_group():
    fit = pd.DataFrame(
        {"team": ["a", "b"], "latency": "gamma", "ultimate": [0.2, 0.3], "mean_days": [10.0, 20.0]}
    ).assign(shape=1.0, last_day=5)
    curve = ultimate_curve(fit, [9])
    # Gamma with shape 1 is exponential.
    assert curve["share"].tolist() == pytest.approx(
        [0.2 * (1 - np.exp(-1)), 0.3 * (1 - np.exp(-0.5))]
    )
