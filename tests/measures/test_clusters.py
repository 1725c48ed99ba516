"""Residuals added up by cluster: the engine and counted rows agree with sums by hand."""

from __future__ import annotations

import ibis
import numpy as np
import pandas as pd
import pytest
from scipy import stats

from funnelkit.data import engines
from funnelkit.data.pipeline import from_frames
from funnelkit.measures import conversion_curve, velocity
from funnelkit.measures.clustered import (
    EACH_DEAL,
    counted_in_clusters,
    design_effects,
    in_clusters,
)
from funnelkit.process import Process


def rows() -> pd.DataFrame:
    rng = np.random.default_rng(5)
    month = rng.integers(0, 9, 400)
    won = rng.random(400) < 0.2 + 0.05 * month
    return pd.DataFrame({"place": rng.integers(0, 2, 400), "month": month, "won": won * 1.0})


def by_hand(frame: pd.DataFrame) -> dict[int, float]:
    found = {}
    for place, part in frame.groupby("place"):
        r = part["won"] - 0.4
        sums = [float(r[part["month"] == m].sum()) for m in sorted(set(part["month"]))]
        c = len(sums)
        few = (stats.t.ppf(0.975, c - 1) / stats.norm.ppf(0.975)) ** 2 * c / (c - 1)
        alone = float((r**2).sum())
        found[int(str(place))] = 1 + max(0.0, (sum(s * s for s in sums) * few - alone) / alone)
    return found


def test_counted_rows_and_the_engine_agree_with_sums_by_hand() -> None:
    frame = rows()
    counts = frame.groupby(["place", "month", "won"], as_index=False).size()
    counts = counts.rename(columns={"size": "n"}).assign(residual=lambda c: c["won"] - 0.4)
    t = engines.connect().create_table("t", ibis.memtable(frame))
    want = by_hand(frame)
    for parts in (
        [counted_in_clusters(counts, "month", "place")],
        in_clusters(t, t.won - 0.4, ["month"], "place"),
    ):
        assert design_effects(parts) == pytest.approx(want, rel=1e-10)
    both = t.mutate(again=t.month)
    twice = design_effects(in_clusters(both, both.won - 0.4, ["month", "again"], "place"))
    assert twice == pytest.approx({k: 2 * v - 1 for k, v in want.items()}, rel=1e-10)


def test_deals_without_a_cluster_are_not_one_cluster() -> None:
    frame = rows().astype({"month": "Int64"})
    frame.loc[frame["month"] < 6, "month"] = pd.NA  # three are left: too few to tell
    t = engines.connect().create_table("t", ibis.memtable(frame))
    assert design_effects(in_clusters(t, t.won - 0.4, ["month"], "place")) == {}


def test_good_and_bad_months_of_thousands_of_deals_are_added_up() -> None:
    # a literal is an exact decimal to an engine: squares of sums ran out of digits
    n, month = 4200, np.arange(4200) % 7
    created = pd.Timestamp("2025-01-05") + pd.to_timedelta(31 * month, "D")
    won = month < 2 + (np.arange(n) % 31 == 0)
    going = np.arange(n) % 50 == 1
    deals = pd.DataFrame(
        {
            "deal_id": [f"D{i}" for i in range(n)], "created_at": created, "amount": 100.0,
            "closed_at": pd.Series(created + pd.Timedelta(days=20)).mask(going),
            "outcome": np.where(going, "open", np.where(won, "won", "lost")),
        }
    )  # fmt: skip
    p = from_frames(deals, process=Process.from_stages(["lead"]), as_of="2025-12-31")
    for ask in (conversion_curve, velocity):
        together, alone = (ask(p, cluster=how).table.iloc[-1] for how in (None, EACH_DEAL))
        assert together["low"] < alone["low"] < alone["high"] < together["high"]
