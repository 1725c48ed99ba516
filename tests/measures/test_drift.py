"""Drift: limits and a lasting drop by hand, immature periods, the stated false alarms."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from funnelkit.data.pipeline import Pipeline, from_frames
from funnelkit.errors import FunnelkitError
from funnelkit.measures.drift import drift
from funnelkit.process import Process
from funnelkit.stats.lasting_drop import lasting_drop
from funnelkit.words import speaking

AB = Process.from_stages({"a": "A", "b": "B"})


def monthly(went: list[int], of: int = 20, months: int = 0) -> Pipeline:
    deals, log = [], []
    for m, k in enumerate(went):
        came = pd.Timestamp(2025 + m // 12, m % 12 + 1, 3)
        for i in range(of):
            name = f"d{m}-{i}"
            log.append((name, "a", came))
            if i < k:
                log.append((name, "b", came + pd.Timedelta(days=6)))
            end = came + pd.Timedelta(days=9)
            deals.append((name, came, "won" if i < k else "lost", end, "EW"[i % 2]))
    frame = pd.DataFrame(deals, columns=["deal_id", "created_at", "outcome", "closed_at", "region"])
    history = pd.DataFrame(log, columns=["deal_id", "stage", "entered_at"])
    last = f"{2025 + (len(went) + months) // 12}-{(len(went) + months) % 12 + 1:02d}-01"
    return from_frames(frame, history, process=AB, as_of=last)


def test_a_lasting_drop_is_seen_and_dated() -> None:
    chart = drift(monthly([12, 11, 12, 13, 12, 11, 12, 6, 5, 6, 5, 6]), "a")
    drops = chart.table[chart.table["alarm"] == "drop"]
    assert drops["changed_since"].iloc[0] == pd.Timestamp("2025-08-01")
    # 28 of 100 since; usual: 71 of 120 in the first six months
    assert drops["since_rate"].iloc[0] == pytest.approx(28 / 100)
    assert drops["usual_rate"].iloc[0] == pytest.approx(71 / 120)
    assert "28.0%" in chart.summary()
    assert chart.plot().data is not None
    with speaking("zh"):
        assert "走低" in chart.summary()


def test_a_single_month_below_is_exact() -> None:
    went = [10, 11, 9, 10, 10, 11, 1, 10, 9, 11, 10, 10]
    chart = drift(monthly(went), "a", baseline=0.5).table
    row = chart[chart["period"] == pd.Timestamp("2025-07-01")].iloc[0]
    assert row["alarm"] in ("below", "drop")
    assert 2 * stats.binom.cdf(1, 20, 0.5) < 0.005
    others = chart[chart["period"] < pd.Timestamp("2025-07-01")]
    assert others["alarm"].eq("none").all()


def test_months_still_in_their_window_do_not_ring() -> None:
    # the last month's deals came two days before the end
    p = monthly([10, 11, 9, 10, 10, 11, 10, 9])
    history, deals = p.stage_history, p.frame()
    assert history is not None
    young = pd.DataFrame(
        {"deal_id": [f"y{i}" for i in range(15)], "created_at": pd.Timestamp("2025-08-30"),
         "outcome": "open", "region": "E"}
    )  # fmt: skip
    log = pd.DataFrame(
        {"deal_id": young["deal_id"], "stage": "a", "entered_at": young["created_at"]}
    )
    both = from_frames(
        pd.concat([deals[["deal_id", "created_at", "outcome", "closed_at", "region"]], young]),
        pd.concat([history.to_pandas()[["deal_id", "stage", "entered_at"]], log]),
        process=AB, as_of="2025-09-01",
    )  # fmt: skip
    table = drift(both, "a").table
    assert table["mature"].tolist() == [True] * 7 + [False]
    assert table["alarm"].eq("none").all()


def test_groups_and_refusals() -> None:
    p = monthly([12, 11, 12, 13, 12, 11, 12, 6, 5, 6, 5, 6])
    assert set(drift(p, "a", by="region").table["region"]) == {"E", "W"}
    with pytest.raises(FunnelkitError, match="proposal"):
        drift(p, "proposal")
    with pytest.raises(FunnelkitError):
        drift(monthly([10, 9, 10]), "a")
    with pytest.raises(FunnelkitError):
        drift(p, "a", false_alarm=2)


def test_false_alarms_hold_with_an_unknown_rate() -> None:
    rng = np.random.default_rng(5)
    n = np.full(14, 25)
    rang = sum(
        lasting_drop(rng.binomial(n, 0.3), n, 7, false_alarm=0.1, seed=s).first_alarm is not None
        for s in range(60)
    )
    # 60 x 10 %: 13 or more have a chance below 1 in 150
    assert rang <= 12
