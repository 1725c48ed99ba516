"""The eventual rate: the plain share, a numerical derivative, Aalen and Johansen, coverage."""

from __future__ import annotations

import numpy as np
import pytest

from funnelkit.stats import aalen_johansen, to_life_table
from funnelkit.stats.eventual import design_effect, eventual, log_odds_interval


def drawn(seed: int, n: int = 80) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.integers(0, 30, n), rng.integers(0, 3, n)


def test_without_open_units_it_is_the_share() -> None:
    found = eventual([3, 8, 8, 20], [0, 0, 1, 1], [4, 3, 5, 1])
    assert found.rate == pytest.approx(7 / 13)
    assert found.variance == pytest.approx(7 / 13 * 6 / 13 / 13)


def test_influence_is_the_derivative_by_the_number_of_units() -> None:
    day, way = drawn(1)
    found, step = eventual(day, way, np.ones(80)), 1e-6
    for i in range(0, 80, 5):
        more = np.ones(80)
        more[i] += step
        moved = (eventual(day, way, more).rate - found.rate) / step
        assert found.influence[day[i], way[i]] == pytest.approx(moved, abs=1e-6)


def test_it_is_the_ratio_of_aalen_and_johansens_curves() -> None:
    day, way = drawn(2, 300)
    names = np.array(["on", "off", "censored"])
    curve = aalen_johansen(to_life_table(day, names[way]), ["on", "off"]).set_index("day")
    wanted = curve["on"].iloc[-1] / (curve["on"].iloc[-1] + curve["off"].iloc[-1])
    assert eventual(day, way, np.ones(300)).rate == pytest.approx(wanted)


def test_the_interval_holds_the_eventual_rate_of_half_grown_data() -> None:
    rng, held, so_far = np.random.default_rng(3), 0, 0
    for _ in range(400):
        stay, goes_on = rng.lognormal(3, 1, 300), rng.random(300) < 0.45
        followed = rng.uniform(0, 120, 300)
        day = np.floor(np.minimum(stay, followed))
        way = np.where(stay > followed, 2, np.where(goes_on, 0, 1))
        found = eventual(day, way, np.ones(300))
        low, high = log_odds_interval(found.rate, found.variance, 300)
        held += low <= 0.45 <= high
        so_far += abs((way == 0).mean() - 0.45) < 1.96 * np.sqrt(0.45 * 0.55 / 300)
    assert 0.92 < held / 400 < 0.98
    assert so_far / 400 < 0.5  # what has come so far is another question


@pytest.mark.parametrize("n", [20, 80])
def test_few_units_whose_ends_take_longer_than_their_moves_on(n: int) -> None:
    # read off the first days alone, nearly all would go on
    rng, held, rates = np.random.default_rng(4), 0, []
    for _ in range(500):
        goes_on = rng.random(n) < 0.6
        stay = np.where(goes_on, 8.0, 20.0) * np.exp(rng.normal(0, 0.9, n))
        followed = rng.uniform(0, 200, n)
        day = np.floor(np.minimum(stay, followed))
        way = np.where(stay > followed, 2, np.where(goes_on, 0, 1))
        found = eventual(day, way, np.ones(n))
        low, high = log_odds_interval(found.rate, found.variance, n)
        held += low <= 0.6 <= high
        rates.append(found.rate)
    assert np.mean(rates) == pytest.approx(0.6, abs=0.02)
    assert 0.92 < held / 500 < 0.98


def test_units_that_all_do_alike_count_once() -> None:
    # ten clusters of four equal units: the variance is four times that of forty units
    signs = np.repeat([1.0, -1.0], 5)
    assert design_effect(4 * 0.1 * signs, 40 * 0.01) == pytest.approx(4 * 10 / 9)
    assert design_effect([1.0], 1.0) == 1.0
