"""The gap tree, what each lever does, and the plan that joins everything."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pandas as pd
import pytest

import funnelkit as fk
from funnelkit.data.pipeline import Pipeline
from funnelkit.errors import FunnelkitError
from funnelkit.planning.targets.gap import driver_effects, gap_tree
from funnelkit.planning.targets.plan_target import TargetPlan, plan_target
from funnelkit.words import speaking

BRANCH = {"volume": "volume", "win_rate": "rate", "value": "value", "inside": "time"}
PLANNED = {"volume": 100.0, "win_rate": 0.3, "value": 50.0, "inside": 1.0}
ACTUAL = {"volume": 120.0, "win_rate": 0.2, "value": 40.0, "inside": 0.5}


def test_what_each_lever_of_velocity_does() -> None:
    found = driver_effects({"deals": 120, "win_rate": 0.25, "value": 80_000, "cycle_days": 75})
    effect = dict(zip(found.table["driver"], found.table["effect_rate"], strict=True))
    assert round(effect["deals"], 4) == 0.1
    assert round(effect["cycle_days"], 4) == 0.1111
    assert round(effect["all"], 4) == 0.4789
    assert "47.89%" in found.summary()
    assert found.table["product"].iloc[0] == pytest.approx(35_200)


@pytest.mark.parametrize("method", ["log", "shapley"])
def test_the_parts_sum_to_the_gap(method: str) -> None:
    tree = gap_tree(PLANNED, ACTUAL, BRANCH, method=method)
    assert tree.gap == pytest.approx(480 - 1500)
    assert sum(tree.branches.values()) == pytest.approx(tree.gap, abs=1e-9)
    assert tree.branches["volume"] > 0 > tree.branches["time"]


def test_the_log_split_by_hand() -> None:
    tree = gap_tree(PLANNED, ACTUAL, BRANCH)
    mean = (480 - 1500) / math.log(480 / 1500)
    want = [mean * math.log(r) for r in (1.2, 2 / 3, 0.8, 0.5)]
    assert tree.table["contribution_amount"].tolist() == pytest.approx(want)


def test_shapley_is_the_mean_over_all_orders_and_takes_a_zero() -> None:
    actual = {**ACTUAL, "inside": 0.0}
    with pytest.raises(FunnelkitError) as found:
        gap_tree(PLANNED, actual, BRANCH)
    assert found.value.key == "targets.zero_driver"
    tree = gap_tree(PLANNED, actual, BRANCH, method="shapley")
    sums = dict.fromkeys(PLANNED, 0.0)
    for order in itertools.permutations(PLANNED):
        now = dict(PLANNED)
        for name in order:
            before = math.prod(now.values())
            now[name] = actual[name]
            sums[name] += (math.prod(now.values()) - before) / 24
    assert tree.table["contribution_amount"].tolist() == pytest.approx(list(sums.values()))


def test_a_driver_that_divides() -> None:
    tree = gap_tree({"deals": 120.0, "cycle_days": 75.0}, {"deals": 120.0, "cycle_days": 67.5},
                    {"deals": "volume", "cycle_days": "time"}, divides=("cycle_days",))  # fmt: skip
    assert tree.branches == pytest.approx({"volume": 0.0, "time": 120 / 67.5 - 120 / 75})


@pytest.fixture(scope="module")
def industrial() -> Pipeline:
    return fk.load("industrial")


@pytest.fixture(scope="module")
def plan(industrial: Pipeline) -> TargetPlan:
    return plan_target(industrial, 30_000_000, "2027-01-01", draws=1000)


def test_the_plan_joins_everything(plan: TargetPlan) -> None:
    o = plan.outlook
    checks = plan.table.set_index("check")
    assert checks.loc["outlook", "available_amount"] == pytest.approx(
        o.booked + o.open_in_period + o.new_in_period
    )
    assert not plan.closes
    assert checks.loc["capacity", "verdict"] == "short"
    assert "Capacity" in plan.summary()
    assert plan.decomposition.table["amount"].sum() == 30_000_000
    assert set(plan.decomposition.by) == {"region", "owner", "month"}
    assert plan.levels.amount("base") < plan.levels.amount("plan") < plan.levels.amount("stretch")
    assert "no_season" in plan.notes  # two calendar years of data hold one whole year
    assert plan.season is None


def test_last_years_luck_is_no_quota(plan: TargetPlan, industrial: Pipeline) -> None:
    """Persons are drawn to the mean of their region by James and Stein's factor."""
    deals = industrial.frame()
    since = pd.Timestamp(industrial.as_of) - pd.Timedelta(days=365)
    won = deals[(deals["outcome"] == "won") & (deals["closed_at"] >= since)]
    sums = won.groupby(["region", "owner"])["amount"].agg(["sum", lambda a: (a**2).sum()])
    sums.columns = ["won", "squares"]
    home = sums.groupby("region")["won"]
    mean, spread = home.transform("mean"), home.transform("var")
    chance = sums.groupby("region")["squares"].transform("mean")
    real = (1 - chance / spread).clip(lower=0)
    assert ((real < 1) & (real.max() > 0)).all()
    wanted = (mean + real * (sums["won"] - mean)) / sums["won"].sum() * 30_000_000
    got = plan.decomposition.table.groupby(["region", "owner"])["amount"].sum()
    assert got.to_dict() == pytest.approx(wanted.to_dict(), abs=2_000)


def test_the_gap_of_the_plan_is_what_new_deals_fall_short_of(plan: TargetPlan) -> None:
    o, tree = plan.outlook, plan.gap
    assert tree is not None
    assert tree.gap == pytest.approx(o.expected - 30_000_000, rel=1e-6)
    assert sum(tree.branches.values()) == pytest.approx(tree.gap, rel=1e-9)
    assert set(tree.branches) == {"volume", "rate", "value", "time"}
    assert tree.branches["time"] < 0


def test_the_calendar_asks_for_every_entry_once(plan: TargetPlan) -> None:
    sums = plan.calendar.groupby("stage", sort=False)["needed_exact"].sum()
    exact = plan.stages.table.set_index("stage")["needed_exact"]
    assert sums.to_dict() == pytest.approx(exact[sums.index].to_dict(), rel=1e-6)
    # the earlier the stage, the more should be there already
    early = plan.calendar[plan.calendar["month"] == "before"].set_index("stage")["needed_exact"]
    share = early / exact[early.index]
    assert share["lead"] > share["need"] > share["negotiation"]


def test_the_outlook_against_a_plain_simulation_of_the_open_deals(plan: TargetPlan) -> None:
    draws = plan.outlook.draws
    error = draws.std() / np.sqrt(draws.size)
    assert draws.mean() == pytest.approx(plan.outlook.expected, abs=4 * error)


def test_a_small_target_closes(industrial: Pipeline) -> None:
    easy = plan_target(industrial, 50_000, "2027-01-01", draws=500)
    assert easy.closes
    assert easy.gap is None
    assert "no_gap" in easy.notes
    assert easy.new_deals_in_period == 0
    assert "next period" in easy.summary()


def test_a_period_that_ends_tomorrow_takes_no_new_deals(industrial: Pipeline) -> None:
    late = plan_target(industrial, 1_000_000, "2026-07-05", draws=200)
    assert "too late" in late.summary()
    assert late.gap is None
    assert "no_time" in late.notes


def test_the_impossible_is_refused(industrial: Pipeline) -> None:
    with pytest.raises(FunnelkitError) as found:
        plan_target(industrial, 1e6, "2026-01-01")
    assert found.value.key == "targets.period_over"
    with pytest.raises(FunnelkitError) as found:
        plan_target(industrial, 0, "2027-01-01")
    assert found.value.key == "targets.not_positive"


def test_everything_is_drawn_in_both_languages(plan: TargetPlan) -> None:
    import matplotlib.pyplot as plt

    assert plan.capacity is not None
    assert plan.coverage is not None
    assert plan.gap is not None
    parts = [plan, plan.stages, plan.dates, plan.decomposition, plan.levels, plan.capacity,
             plan.coverage, plan.gap]  # fmt: skip
    for code in ("en", "zh"):
        with speaking(code):
            for part in parts:
                chart = part.plot()
                assert any(c.isdigit() for c in chart.alt)
                assert part.definition
                assert part.denominator
                assert part._repr_html_()
    plt.close("all")
    assert isinstance(plan.calendar, pd.DataFrame)
