"""Acting in month m: sums by hand, intervals that hold the truth, the planted fall found."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import funnelkit as fk
from funnelkit.measures.drift import drift
from funnelkit.planning.acting import Decline, decline, declines, visible
from funnelkit.simulation.datasets import truth_of


def made(n: list[int], went: list[int], usual: tuple[int, int] = (400, 180)) -> Decline:
    months = pd.DataFrame(
        {"period": pd.date_range("2026-01-01", periods=len(n), freq="MS"), "n": n, "went": went}
    )
    return Decline("need", months, usual, ((100, 60), (100, 50)), np.full(20, 80_000.0))


def test_lost_and_saved_by_hand() -> None:
    # usual .45 of 40 = 18: missing 8, 10 and 6; three of ten that go on are won, 80 k each
    d = made([40, 40, 40], [10, 8, 12])
    assert d.missing.tolist() == pytest.approx([8, 10, 6])
    acted = d.act(1, 0.75)
    assert acted.before == pytest.approx(2.4)
    assert acted.after == pytest.approx(1.2)  # a quarter of 16 stays missing
    assert acted.wins == pytest.approx(3.6)
    assert acted.saved == pytest.approx(288_000)
    assert acted.lost == pytest.approx(288_000)  # 2.4 and 1.2 wins
    never = d.act(3)
    assert (never.saved, never.low, never.high) == (0, 0, 0)
    assert never.lost == pytest.approx(24 * 0.3 * 80_000)


def test_the_later_the_less_is_saved() -> None:
    d = made([40] * 6, [10] * 6)
    saved = [d.act(k).saved for k in range(7)]
    assert saved == sorted(saved, reverse=True)
    lows = [d.act(k).low for k in range(7)]
    assert all(low <= s for low, s in zip(lows, saved, strict=True))


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    # true rates .45 and .25, .6 x .5 won later, amounts around 80 k; eight months of 40
    r = np.random.default_rng(8)
    truth = 0.8 * 8 * 40 * (0.45 - 0.25) * 0.3 * 80_000
    held = 0
    for _ in range(300):
        months = pd.DataFrame({"n": [40] * 8, "went": r.binomial(40, 0.25, 8)})
        steps = tuple((200, int(r.binomial(200, q))) for q in (0.6, 0.5))
        found = Decline(
            "need", months, (400, int(r.binomial(400, 0.45))), steps, r.gamma(4, 20_000, 60)
        ).act(0, 0.8)  # fmt: skip
        held += found.low <= truth <= found.high
    assert 0.91 <= held / 300 <= 0.98


@pytest.mark.parametrize("name", ["failure", "failure-zh"])
def test_the_planted_fall_is_found_and_was_visible_then(name: str) -> None:
    p = fk.load(name)
    planted = next(x for x in truth_of(name).planted if x["pattern"] == "slow_decline")
    watch = drift(p, "need")
    found = decline(p, watch)
    assert found is not None
    assert found.seen is not None
    assert found.stage == planted["strength"]["stage_id"]
    assert planted["since"] <= f"{found.months['period'].iloc[0]:%Y-%m}" <= f"{found.seen:%Y-%m}"
    # as known at the end of that month, without anything later, the chart does ring
    known = drift(p.at((found.seen + pd.offsets.MonthEnd(0)).date()), "need")
    assert (known.table["alarm"] == "drop").any()
    # the wins are the amounts of the table of deals
    deals = p.frame()
    assert found.amount == pytest.approx(deals.loc[deals["outcome"] == "won", "amount"].mean())


def test_a_faultless_pipeline_has_no_decline() -> None:
    assert declines(fk.load("control")) == ()
    assert visible(drift(fk.load("control"), "need")) is None


def test_watching_all_stages_finds_the_one() -> None:
    assert [d.stage for d in declines(fk.load("failure"))] == ["need"]
