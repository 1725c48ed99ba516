"""Members who differ: Student's t, the Q profile and simulated looks as independent answers."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import integrate, optimize, stats

from funnelkit.stats.ordinary import NODES, WEIGHTS, chance_below, spread_between
from funnelkit.stats.spending import over_looks


@pytest.mark.parametrize("free", [2, 4, 7, 15])
@pytest.mark.parametrize("t", [-2.0, -3.5, -5.0])
def test_without_noise_it_is_students_t(free: int, t: float) -> None:
    found = chance_below(np.full(NODES.size, t), free / stats.chi2.ppf(NODES, free))
    wanted = stats.t.cdf(t, free)
    assert wanted * 0.99 < found < wanted * 1.1  # a few nodes: never far below what is true


def test_without_spread_it_is_the_normal_law() -> None:
    assert WEIGHTS.sum() == pytest.approx(1.0)
    found = chance_below(np.full(NODES.size, -2.5), np.ones(NODES.size))
    assert found == pytest.approx(stats.norm.cdf(-2.5))


def test_the_spread_solves_cochrans_sum_of_squares() -> None:
    effect, variance = np.array([0.3, -0.5, 0.9, -0.2, 0.1]), np.array([0.02, 0.1, 0.05, 0.03, 0.2])

    def q(tau2: float) -> float:
        w = 1 / (variance + tau2)
        return float((w * (effect - np.average(effect, weights=w)) ** 2).sum())

    found = spread_between(effect, variance, np.ones(5, bool))
    for level, tau2 in zip(NODES, found, strict=True):
        goal = stats.chi2.ppf(level, 4)
        wanted = optimize.brentq(lambda v, g=goal: q(v) - g, 0, 25) if q(0) > goal else 0.0
        assert tau2 == pytest.approx(wanted, abs=1e-6)


def test_one_member_tells_nothing_of_the_spread() -> None:
    alone = spread_between([0.3, 0.0], [0.1, 1.0], [True, False])
    assert (alone >= 25).all()


def test_the_first_term_of_a_lopsided_law() -> None:
    # a gamma law of shape n has skewness 2 / sqrt(n); the normal law errs by its order, and with
    # the first term only by that of its square: a fourth where n is four times as large
    z, with_term, without = -2.5, [], []
    for shape in (100, 400, 1600):
        exact = stats.gamma(shape).cdf(shape + np.sqrt(shape) * z)
        ones = np.ones(NODES.size)
        found = chance_below(z * ones, ones, 2 / np.sqrt(shape))
        with_term.append(float(found / exact - 1))
        without.append(float(stats.norm.cdf(z) / exact - 1))
    assert with_term[-1] == pytest.approx(0, abs=0.01)
    for more, less in itertools.pairwise(with_term):
        assert 0 < 4 * less < more
    for more, less in itertools.pairwise(without):
        assert 4 * less > more


@pytest.mark.parametrize(("weeks", "bar"), [(13, 2.5), (26, 3.0), (52, 2.5)])
def test_looks_at_a_moving_window_as_simulated(weeks: int, bar: float) -> None:
    rng = np.random.default_rng(weeks)
    walk = rng.standard_normal((20_000, 52 + weeks)).cumsum(axis=1)
    score = (walk[:, weeks:] - walk[:, :-weeks]) / np.sqrt(weeks)
    seen = (score.max(axis=1) >= bar).mean()
    assert over_looks(bar, 52, 1 / weeks) == pytest.approx(seen, rel=0.2)


def test_one_look_is_one_test_and_new_deals_each_time_are_bonferroni() -> None:
    assert over_looks(2.0, 1, 0.5) == pytest.approx(stats.norm.sf(2.0))
    both = integrate.quad(stats.norm.pdf, 3.0, 20)[0]
    assert over_looks(3.0, 10, 1.0) <= 10 * both * (1 + 1e-9)
