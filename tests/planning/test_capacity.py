"""Capacity with learners, and target levels from a distribution."""

from __future__ import annotations

import numpy as np
import pytest

from funnelkit.errors import FunnelkitError
from funnelkit.planning.targets.capacity import capacity, quota_fit, ramped
from funnelkit.planning.targets.levels import chance_of, target_levels
from funnelkit.stats import bernoulli_sum
from funnelkit.words import speaking


def test_the_worked_example_does_not_close() -> None:
    plan = capacity(6, 0.85, hires=(3, 6), attainment=0.8, target=60)
    assert plan.ramped_months == 84  # not 72 + 10 + 7 = 89
    assert round(plan.assigned, 1) == 71.4
    assert round(plan.expected, 1) == 57.1
    assert plan.closes is False
    assert plan.over_assignment == 1.25
    assert "does not close" in plan.summary()
    assert float(ramped(3, 12).sum()) == 7.5
    assert float(ramped(6, 12).sum()) == 4.5
    with speaking("zh"):
        assert "计划有缺口" in plan.summary()


def test_the_interval_is_of_a_result_to_come() -> None:
    # past months 0.5, 1, 1.5: mean 1, deviation 0.5; Student's t of 2 degrees is 4.3027.
    # One seller and one month: 1 ± 4.3027 x 0.5 x sqrt(1 + 1/3), from 0 on
    plan = capacity(1, 1.0, months=2, past_months=(0.5, 1.0, 1.5))
    assert plan.table["high"].tolist() == pytest.approx(
        [1 + 4.302653 * 0.5 * np.sqrt(4 / 3), 2 + 4.302653 * 0.5 * np.sqrt(2 + 4 / 3)]
    )
    assert plan.interval == (0.0, plan.table["high"].iloc[-1])
    # months that hardly differ: the interval closes around what is expected
    steady = capacity(2, 1.0, months=3, target=5, past_months=[0.99, 1.0, 1.01] * 4)
    low, high = steady.interval
    assert 5.8 < low < 6 < high < 6.2
    assert low + high == pytest.approx(12)
    assert np.isnan(capacity(2, 1.0, past_months=(1.0, 1.0)).interval).all()
    plan = capacity(2, 1.0, months=3, target=5)
    assert plan.closes is True
    half = capacity(2, 1.0, months=2, parts=[0.5, 1])
    assert half.expected == 3.0


@pytest.mark.parametrize(
    ("call", "key"),
    [
        (lambda: capacity(-1, 1), "targets.negative"),
        (lambda: capacity(1, 0), "targets.not_positive"),
        (lambda: capacity(1, 1, hires=[13]), "targets.hire_month"),
        (lambda: capacity(1, 1, hires=[1], ramp=(0.5, 0.2)), "targets.ramp"),
        (lambda: target_levels([1, 2], (0.2, 0.5, 0.8)), "targets.chances"),
        (lambda: target_levels([]), "targets.no_draws"),
        (lambda: target_levels([1, np.nan]), "targets.no_draws"),
    ],
)
def test_the_impossible_is_refused(call: object, key: str) -> None:
    with pytest.raises(FunnelkitError) as found:
        call()  # type: ignore[operator]
    assert found.value.key == key


def test_quotas_are_judged_with_their_number_in_view() -> None:
    assert quota_fit([0.5] * 12)[0] == "too_high"
    assert quota_fit([1.2] * 40)[0] == "too_low"
    assert quota_fit([1.2] * 3)[0] == "unclear"
    assert quota_fit([1.1] * 120 + [0.9] * 80)[0] == "fits"


def test_levels_of_an_exact_distribution() -> None:
    total = bernoulli_sum([3, 2, 1.5, 4, 1, 6], [0.9, 0.75, 0.5, 0.25, 0.1, 0.15])
    levels = target_levels(total, target=6.95)
    # P(total >= 5) = 0.798 is just short of four in five: the base lies below 5
    assert levels.amount("base") < 5
    assert total.at_least(levels.amount("base")) >= 0.8
    assert levels.amount("plan") == 6.5  # the median
    assert "37%" in levels.summary()  # P(total >= 6.95) = 0.370
    assert levels.table["low"].isna().all()


def test_levels_of_draws_have_an_interval() -> None:
    levels = target_levels(np.arange(1, 1001))
    assert levels.table["amount"].tolist() == [201, 501, 801]
    # binomial(1000, 1/2): 2.5 % ranks 469 and 532
    assert levels.table.loc[1, ["low", "high"]].tolist() == [469, 532]
    assert chance_of(np.arange(1, 101), 81)[0] == pytest.approx(0.2)
    with speaking("zh"):
        assert "保底" in repr(levels)
        assert "冲刺" in levels.summary()
