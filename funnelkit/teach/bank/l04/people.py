"""Whether the team can carry the target, and three levels from what may come."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pandas as pd

from funnelkit.teach.exercise import Case
from funnelkit.teach.source import words
from funnelkit.words import money, percent

W = words("L04")

_RAMP = (0, 0.25, 0.5, 0.75, 1)


def team(r: random.Random) -> dict[str, Any]:
    return {
        "full": r.choice([4, 5, 7, 8]),
        "first": r.choice([2, 3, 4]),
        "second": r.choice([5, 6, 7]),
    }


def ramped_months(case: Case) -> float:
    ramp = [0, 0.25, 0.5, 0.75] + [1] * 8
    hires = sum(sum(ramp[: 13 - month]) for month in (case["first"], case["second"]))
    return float(12 * case["full"] + hires)


def _head_months(case: Case) -> float:
    return float(12 * case["full"] + (13 - case["first"]) + (13 - case["second"]))


def _month_late(case: Case) -> float:
    """Let the ramp begin in the month after the hire."""
    ramp = [0, 0.25, 0.5, 0.75] + [1] * 8
    hires = sum(sum(ramp[: 12 - month]) for month in (case["first"], case["second"]))
    return float(12 * case["full"] + hires)


def _ramp(case: Case) -> pd.DataFrame:
    months = [str(k) for k in range(1, 5)] + [str(W["n_5_and_later"])]
    return pd.DataFrame(
        {
            str(W["month_after_the_hire_1"]): months,
            str(W["share_of_a_full_seller"]): [percent(x) for x in _RAMP],
        }
    )


def carried(r: random.Random) -> dict[str, Any]:
    months = r.choice([72, 80, 90, 96])
    each = r.choice([700_000, 750_000, 900_000])
    share = r.choice([0.75, 0.8, 0.85])
    return {
        "months": months,
        "each": each,
        "share": share,
        "target": round(months * each * (share + 0.05) / 1e6) * 1_000_000,
    }


def expected(case: Case) -> float:
    return float(case["months"] * case["each"] * case["share"])


def twenty(r: random.Random) -> dict[str, Any]:
    draws = sorted(r.sample(range(60, 140), 20))
    return {"draws": [100_000 * d for d in draws]}


def levels(case: Case) -> list[float]:
    from funnelkit.planning import target_levels

    return [float(x) for x in target_levels(case["draws"]).table["amount"]]


def _ten_percent(case: Case) -> list[float]:
    plan = levels(case)[1]
    return [0.9 * plan, plan, 1.1 * plan]


def _ends(case: Case) -> list[float]:
    return [float(min(case["draws"])), levels(case)[1], float(max(case["draws"]))]


def _draws(case: Case) -> pd.DataFrame:
    rows = np.array([money(d) for d in case["draws"]]).reshape(4, 5)
    return pd.DataFrame(rows, index=["1–5", "6–10", "11–15", "16–20"], columns=list("12345"))


def upside_down(case: Case) -> Any:
    return levels(case)[::-1]
