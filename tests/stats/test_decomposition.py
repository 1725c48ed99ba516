"""Mix and rate, drivers of a product: numbers worked by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from funnelkit.errors import FunnelkitError
from funnelkit.stats import kitagawa, product_split


def test_looks_better_is_worse():
    split = kitagawa([150, 350], [60, 42], [350, 150], [126, 15])
    assert (split.before, split.after) == pytest.approx((0.204, 0.282))
    assert (split.rate_effect, split.mix_effect) == pytest.approx((-0.030, 0.108))
    assert split.reversal


def test_looks_worse_is_better():
    before, after = np.array([0.5, 0.3, 0.2]), np.array([0.2, 0.3, 0.5])
    split = kitagawa(before, before * [0.36, 0.24, 0.08], after, after * [0.38, 0.26, 0.10])
    assert (split.before, split.after) == pytest.approx((0.268, 0.204))
    assert (split.rate_effect, split.mix_effect) == pytest.approx((0.020, -0.084))
    assert split.reversal


def test_a_new_group_is_all_mix():
    # 50 of 100 before; after the same group again and a new one with 0 of 100: .5 -> .25.
    split = kitagawa([100, 0], [50, 0], [100, 100], [50, 0])
    assert split.rate_effect == 0
    assert split.mix_effect == pytest.approx(-0.25)
    assert not split.reversal


sizes = st.lists(st.tuples(*[st.integers(0, 40)] * 4), min_size=1, max_size=6)


@given(sizes)
def test_the_two_effects_always_add_to_the_change(rows):
    k0, more0, k1, more1 = np.array(rows).T
    n0, n1 = k0 + more0, k1 + more1
    if n0.sum() == 0 or n1.sum() == 0:
        with pytest.raises(FunnelkitError):
            kitagawa(n0, k0, n1, k1)
        return
    split = kitagawa(n0, k0, n1, k1)
    assert split.rate_effect + split.mix_effect == pytest.approx(split.change, abs=1e-12)


VELOCITY = {"deals": 120, "win_rate": 0.25, "value": 80_000, "days": 75}


def test_velocity_drivers_add_to_the_change():
    after = {"deals": 132, "win_rate": 0.275, "value": 88_000, "days": 67.5}
    parts = product_split(VELOCITY, after, {"days": -1})
    # 32,000 a day, all four levers moved by a tenth: +47.89 %.
    assert parts["contribution"].sum() == pytest.approx(32_000 * 0.478889, rel=1e-5)
    assert parts["share"].iloc[0] == pytest.approx(np.log(1.1) / np.log(1.4788889), rel=1e-6)
    assert parts["contribution"].iloc[0] == pytest.approx(parts["contribution"].iloc[2])


def test_drivers_that_cancel():
    parts = product_split({"a": 2, "b": 3}, {"a": 4, "b": 1.5})
    assert parts["contribution"].sum() == pytest.approx(0)
    assert parts["contribution"].iloc[0] == pytest.approx(6 * np.log(2))


def test_problems_with_drivers():
    with pytest.raises(FunnelkitError, match="days"):
        product_split(VELOCITY, {**VELOCITY, "days": 0})
    with pytest.raises(FunnelkitError, match="names"):
        product_split({"a": 1}, {"b": 1})
    with pytest.raises(FunnelkitError, match="a"):
        product_split({"a": 1}, {"a": 1}, {"c": -1})
