"""Whatever happens later, what was said before stays: the future is changed and nothing moves."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

import funnelkit as fk
from funnelkit.data.pipeline import Pipeline, end_of, from_frames
from funnelkit.measures import diagnose
from funnelkit.planning import backtest, commits, forecast, plan_target

DAY = dt.date(2025, 12, 31)


def remade(p: Pipeline, change: bool) -> Pipeline:
    """The same pipeline, or one with another future: other ends, dates, stages and deals."""
    moment, rng = pd.Timestamp(end_of(DAY)), np.random.default_rng(3)
    deals, history = p.deals.to_pandas(), p.stage_history.to_pandas()  # type: ignore[union-attr]
    log = p.field_history.to_pandas()  # type: ignore[union-attr]
    if change:
        gone = deals.loc[(deals["created_at"] > moment) & (rng.random(len(deals)) < 0.5), "deal_id"]
        deals = deals[~deals["deal_id"].isin(gone)]
        history = history[~history["deal_id"].isin(gone)]
        log = log[~log["deal_id"].isin(gone)]
        later = (deals["closed_at"] > moment).to_numpy()
        ends = rng.choice(["won", "lost", "no_decision"], len(deals))
        deals["outcome"] = deals["outcome"].where(~later, ends)
        shift = pd.to_timedelta(rng.integers(1, 40, len(deals)), "D")
        deals["closed_at"] = deals["closed_at"].where(~later, deals["closed_at"] + shift)
        moved = (history["entered_at"] > moment).to_numpy()
        stages = rng.choice(list(p.process.open_ids), len(history))
        history["stage"] = history["stage"].where(~moved, stages)
        history = history[~moved | (rng.random(len(history)) < 0.7)]
    tables = {"forecasts": p.tables["forecasts"].to_pandas()}
    return from_frames(deals, history, log, process=p.process, as_of=p.as_of, tables=tables)


@pytest.fixture(scope="module")
def both() -> tuple[Pipeline, Pipeline]:
    p = fk.load("industrial")
    return remade(p, change=False), remade(p, change=True)


def test_the_futures_differ(both: tuple[Pipeline, Pipeline]) -> None:
    one, other = (x.frame() for x in both)
    assert len(one) > len(other)
    assert (one["outcome"] == "won").sum() != (other["outcome"] == "won").sum()


@pytest.mark.parametrize("method", ["simulation", "stage", "cohort", "pacing", "weighted"])
def test_a_forecast_of_a_past_day(both: tuple[Pipeline, Pipeline], method: str) -> None:
    one, other = (
        forecast(p.at(DAY), "2026-03-31", method, by="region", draws=200).table for p in both
    )
    pd.testing.assert_frame_equal(one, other)


def test_a_back_test_forecasts_with_what_was_known(both: tuple[Pipeline, Pipeline]) -> None:
    said = ["method", "mean_amount", "p10_amount", "p90_amount", "deals"]
    one, other = (backtest(p, origins=[DAY], draws=200).details for p in both)
    pd.testing.assert_frame_equal(one[said], other[said])
    assert (one["actual_amount"] != other["actual_amount"]).all()


def test_the_plan_and_the_commits(both: tuple[Pipeline, Pipeline]) -> None:
    plans = [plan_target(p.at(DAY), 2e6, "2026-04-01", draws=200) for p in both]
    pd.testing.assert_frame_equal(plans[0].table, plans[1].table)
    one, other = (commits(p.at(DAY), draws=200) for p in both)
    pd.testing.assert_frame_equal(one.table, other.table)
    pd.testing.assert_frame_equal(one.beside, other.beside)


def test_the_commit_as_a_forecast(both: tuple[Pipeline, Pipeline]) -> None:
    said = [forecast(p.at("2025-12-20"), DAY, "commit", since="2025-12-01").table for p in both]
    pd.testing.assert_frame_equal(*said)


def test_what_an_alert_looks_at(both: tuple[Pipeline, Pipeline]) -> None:
    # `funnelkit watch` is this, on what a ledger knew that day
    one, other = (diagnose(p.at(DAY), looks="weekly").table for p in both)
    pd.testing.assert_frame_equal(one, other)
