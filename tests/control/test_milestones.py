"""Milestones: the worked dates, and quantiles of a path against an independent simulation."""

from __future__ import annotations

import datetime as dt
import math

import numpy as np
import pandas as pd
import pytest

from funnelkit.control.milestones import backward_dates, milestones, path_quantile, path_share
from funnelkit.data.pipeline import from_frames
from funnelkit.errors import FunnelkitError
from funnelkit.process import Process
from funnelkit.words import speaking


def test_worked_dates_for_a_signature_on_the_last_day_of_the_year() -> None:
    table = milestones("2026-12-31").table
    half = table[table["quantile"] == 0.5].set_index("stage")["enter_by"]
    assert half.to_dict() == {
        "negotiation": dt.date(2026, 12, 11),
        "proposal": dt.date(2026, 11, 11),
        "need": dt.date(2026, 10, 18),
        "contact": dt.date(2026, 10, 6),
        "lead": dt.date(2026, 10, 1),
    }


def test_one_stage_at_p80_is_the_lognormal_quantile() -> None:
    # 20 * exp(0.6 * 0.841621) = 33.14, entered 34 days before
    assert path_quantile([20], 0.8) == pytest.approx(20 * math.exp(0.6 * 0.8416212), abs=1e-6)
    table = milestones("2026-12-31", quantiles=(0.8,)).table.set_index("stage")
    assert table.loc["negotiation", "enter_by"] == dt.date(2026, 11, 27)


def test_a_path_is_not_a_sum_of_quantiles() -> None:
    medians = [5, 12, 24, 30, 20]
    draws = np.random.default_rng(7).lognormal(0, 0.6, (400_000, 5)) * medians
    total = draws.sum(axis=1)
    assert path_quantile(medians, 0.8) == pytest.approx(np.quantile(total, 0.8), rel=0.005)
    assert path_quantile(medians, 0.5) == pytest.approx(np.quantile(total, 0.5), rel=0.005)
    assert path_share(medians, 91) == pytest.approx((total <= 91).mean(), abs=0.004)
    assert path_quantile(medians, 0.8) < sum(medians) * math.exp(0.6 * 0.8416212)


def test_added_medians_are_kept_by_fewer_than_half() -> None:
    table = backward_dates("2026-12-31", {"a": 10, "b": 10}, (0.5,))
    assert table["on_time_share"].iloc[0] < 0.5
    assert table["on_time_share"].iloc[1] == pytest.approx(0.5)


def test_from_the_data_the_open_deals_are_censored() -> None:
    # 25 deals won after 1..25 days, half as many again open since 3 days: by hand the curve
    # of winning is the empirical one on the closed, as the open leave the risk set on day 3
    start = pd.Timestamp("2026-01-01")
    rows = [(f"w{k}", "won", start, start + pd.Timedelta(days=k)) for k in range(1, 26)]
    rows += [(f"o{k}", "open", pd.Timestamp("2026-05-28"), pd.NaT) for k in range(12)]
    deals = pd.DataFrame(rows, columns=["deal_id", "outcome", "created_at", "closed_at"])
    history = deals[["deal_id"]].assign(stage="talk", entered_at=deals["created_at"])
    p = from_frames(deals, history, process=Process.from_stages(["talk"]), as_of="2026-05-31")
    result = milestones("2026-12-31", p, quantiles=(0.8,))
    # at risk 37, 36, 35 on days 1-3, then the 22 others share what is left evenly
    left = (36 / 37) * (35 / 36) * (34 / 35)
    day = next(d for d in range(1, 26) if 1 - left * (1 - max(d - 3, 0) / 22) >= 0.8)
    assert result.source == "data"
    assert result.table["days"].tolist() == [day + 1]
    assert result.scope.used == 37


def test_few_wins_are_not_turned_into_dates() -> None:
    deals = pd.DataFrame({"deal_id": ["a"], "outcome": ["won"]})
    deals["created_at"], deals["closed_at"] = pd.Timestamp("2026-01-01"), pd.Timestamp("2026-02-01")
    history = pd.DataFrame({"deal_id": ["a"], "stage": ["talk"], "entered_at": ["2026-01-01"]})
    history["entered_at"] = pd.to_datetime(history["entered_at"])
    p = from_frames(deals, history, process=Process.from_stages(["talk"]))
    result = milestones("2026-12-31", p)
    assert result.table["days"].isna().all()
    assert ("control.few_wins", 1) in result.scope.left_out
    assert result.summary()


def test_refusals() -> None:
    with pytest.raises(FunnelkitError, match="median days"):
        milestones("2026-12-31", Process.from_stages(["talk"]))
    with pytest.raises(FunnelkitError, match=r"not between 0 and 1"):
        milestones("2026-12-31", quantiles=(80,))
    with pytest.raises(FunnelkitError, match="needs a pipeline"):
        milestones("2026-12-31", source="data")


def test_both_languages() -> None:
    result = milestones("2026-12-31")
    assert "Negotiation by 11 Dec 2026" in result.summary()
    assert result.plot().alt == result.summary()
    with speaking("zh"):
        assert "2026年12月11日前进入“谈判”" in result.summary()
        assert "里程碑" in repr(result)
