"""Levers: products worked by hand, gains that wait for their wins."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from funnelkit.data.pipeline import Pipeline, from_frames
from funnelkit.errors import FunnelkitError
from funnelkit.planning.targets.levers import (
    arrival,
    lever_gains,
    lever_outcome,
    levers,
    pulled_forward,
)
from funnelkit.process import Process


def steady(months: int = 14, a_month: int = 8) -> Pipeline:
    """Two stages, ten days each; half go on from the first, half of those are won for 100."""
    deals, visits = [], []
    for m in range(months):
        first = pd.Timestamp("2024-01-01") + pd.DateOffset(months=m)
        for k in range(a_month):
            name = f"{m}-{k}"
            on, won = k % 2 == 0, k % 4 == 0
            ends = first + pd.Timedelta(days=20 if on else 10)
            deals.append(
                {
                    "deal_id": name, "created_at": first, "closed_at": ends, "amount": 100.0,
                    "outcome": "won" if won else "lost", "currency": "EUR",
                }
            )  # fmt: skip
            visits.append({"deal_id": name, "stage": "a", "entered_at": first})
            if on:
                visits.append(
                    {"deal_id": name, "stage": "b", "entered_at": first + pd.Timedelta(days=10)}
                )
    return from_frames(
        deals=pd.DataFrame(deals), stage_history=pd.DataFrame(visits),
        process=Process.from_stages(["a", "b"]), as_of="2025-03-01",
    )  # fmt: skip


@pytest.fixture(scope="module")
def base():
    return levers(steady())


def test_the_drivers_are_those_of_the_data(base):
    assert base.per_month == 8
    assert base.per_month_error == 0
    assert base.rates == {"a": pytest.approx(0.5), "b": pytest.approx(0.5)}
    assert base.amount == 100
    assert base.cycle_days == pytest.approx(20)
    # the month the data begin in is left out, and no more than a year is taken
    assert base.months["period"].iloc[0] == "2024-03"
    assert len(base.months) == 12


def test_a_running_pipeline_wins_the_product(base):
    now = lever_outcome(base)
    assert now.deals == pytest.approx(8 * 0.5 * 0.5)
    assert now.amount == pytest.approx(200)
    assert now.low < 200 < now.high
    moved = lever_outcome(base, per_month=10, rates={"a": 0.6}, amount=150, cycle_days=10)
    assert moved.amount == pytest.approx(10 * 0.6 * 0.5 * 150)
    # nothing is open, so there is no velocity to change
    assert moved.per_day == 0


def test_gains_wait_for_their_wins(base):
    found = lever_gains(base, 0.1).set_index("lever")
    year = 200 * 12 * 365 / 365.25
    # a tenth of the half that is lost saved: 0.5 -> 0.55
    assert found.loc["b", "changed"] == pytest.approx(0.55)
    assert found.loc["b", "year_one"] == pytest.approx(year * 0.1)  # won at once
    assert found.loc["a", "year_one"] == pytest.approx(year * 0.1 * 355 / 365)  # ten days later
    assert found.loc["volume", "year_one"] == pytest.approx(year * 0.1 * 345 / 365)
    assert found.loc["amount", "year_one"] == pytest.approx(year * 0.1)
    # two of twenty days, once, and nothing after that
    assert found.loc["cycle", "year_one"] == pytest.approx(year * 2 / 365)
    assert found.loc["cycle", "running"] == 0
    assert found.loc["volume", "running"] == pytest.approx(year * 0.1)
    assert found["best_share"].sum() == pytest.approx(1)
    assert (found["low"] <= found["year_one"]).all()
    assert (found["year_one"] <= found["high"]).all()


def test_the_shorter_cycle_by_counting_wins_day_by_day():
    """One deal a day, won after 40 days; from day 0 on every time is a quarter shorter."""
    horizon, cycle, change = 100, 40, 0.25
    wins = sum(1 for start in range(-400, 0) if start + cycle >= 0)  # under way: won within 30 days
    wins += sum(1 for start in range(horizon) if start + cycle * (1 - change) < horizon)
    days = np.zeros(cycle + 1)
    days[cycle] = 1
    assert pulled_forward(days, change, horizon=horizon) == pytest.approx(wins - horizon)
    # a cycle longer than the horizon cannot bring in more than the horizon's own
    assert pulled_forward(np.append(np.zeros(1000), 1), 0.5, horizon=100) == pytest.approx(100)


def test_what_arrives_is_a_share():
    assert arrival(np.array([0.5, 0.0, 0.5]), horizon=4) == pytest.approx(0.75)
    assert arrival(np.append(np.zeros(400), 1.0)) == 0
    assert arrival(np.append(np.zeros(100), 1.0), factor=0.5) == pytest.approx(315 / 365)


def test_too_short_an_export_is_refused():
    with pytest.raises(FunnelkitError) as refused:
        levers(steady(months=2))
    assert refused.value.key == "targets.few_months"
    with pytest.raises(FunnelkitError):
        lever_gains(levers(steady()), 1.5)
