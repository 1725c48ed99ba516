"""Rate and mix, false alarms, and a firm without a fault."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pandas as pd

from funnelkit.teach.exercise import Case
from funnelkit.teach.source import words
from funnelkit.words import percent

W = words("L06")


def channels(r: random.Random) -> dict[str, Any]:
    """Draw two channels in which both rates fall and the total rises."""
    times = r.choice([1, 2, 4])
    before = r.choice([[(60, 150), (42, 350)], [(50, 100), (44, 400)], [(72, 160), (51, 340)]])
    after = r.choice([[(126, 350), (15, 150)], [(144, 400), (8, 100)]])
    return {
        "before": [(times * k, times * n) for k, n in before],
        "after": [(times * k, times * n) for k, n in after],
    }


def effects(case: Case) -> list[float]:
    k0, n0 = np.array(case["before"]).T
    k1, n1 = np.array(case["after"]).T
    rate0, rate1 = k0 / n0, k1 / n1
    weight0, weight1 = n0 / n0.sum(), n1 / n1.sum()
    rate = ((weight0 + weight1) / 2 * (rate1 - rate0)).sum()
    mix = ((rate0 + rate1) / 2 * (weight1 - weight0)).sum()
    return [float(rate), float(mix)]


def _swapped(case: Case) -> list[float]:
    rate, mix = effects(case)
    return [mix, rate]


def _total_only(case: Case) -> list[float]:
    return [sum(effects(case)), 0.0]


def _old_weights(case: Case) -> list[float]:
    k0, n0 = np.array(case["before"]).T
    k1, n1 = np.array(case["after"]).T
    rate = float((n0 / n0.sum() * (k1 / n1 - k0 / n0)).sum())
    return [rate, float((k0 / n0 * (n1 / n1.sum() - n0 / n0.sum())).sum())]


def _channel_table(case: Case) -> pd.DataFrame:
    rows = []
    names = (W["referral"], W["advertising"])
    for name, (k0, n0), (k1, n1) in zip(names, case["before"], case["after"], strict=True):
        rows.append(
            (
                str(name),
                f"{k0} / {n0} = {percent(k0 / n0, 1)}",
                f"{k1} / {n1} = {percent(k1 / n1, 1)}",
            )
        )
    (a, b), (c, d) = np.array(case["before"]).sum(axis=0), np.array(case["after"]).sum(axis=0)
    rows.append(
        (
            str(W["together"]),
            f"{a} / {b} = {percent(a / b, 1)}",
            f"{c} / {d} = {percent(c / d, 1)}",
        )
    )
    columns = [
        str(W["source"]),
        str(W["won_of_closed_before"]),
        str(W["won_of_closed_after"]),
    ]
    return pd.DataFrame(rows, columns=columns)


def false_alarm(case: Case) -> float:
    return float(1 - 0.95 ** case["sellers"])


def _sellers(case: Case) -> pd.DataFrame:
    from funnelkit.stats import wilson

    deals = case.p.deals.to_pandas()
    closed = deals[(deals["outcome"] != "open") & deals["stage"].isin(["proposal", "negotiation"])]
    table = closed.groupby("owner")["outcome"].agg(["size", lambda o: (o == "won").sum()])
    table.columns = pd.Index(["n", "won"])
    table["rate"] = table["won"] / table["n"]
    table = table.sort_values(["rate", "n"], ascending=[False, True])
    low, high = wilson(table["won"].to_numpy(), table["n"].to_numpy())
    return pd.DataFrame(
        {
            str(W["won_closed_offers"]): [
                f"{w} / {n}" for w, n in zip(table["won"], table["n"], strict=True)
            ],
            str(W["win_rate"]): [percent(x) for x in table["rate"]],
            str(W["n_95_interval"]): [
                f"{percent(a)} – {percent(b)}" for a, b in zip(low, high, strict=True)
            ],
        },
        index=pd.Index(table.index, name=str(W["seller"])),
    )
