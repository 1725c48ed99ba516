"""The first ninety days: notes from deals, what is looked at when, the ramp."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pandas as pd

from funnelkit.teach.exercise import Case
from funnelkit.teach.source import words

W = words("L07")


def newcomer() -> Any:
    """Return the ramp of the new seller of the practice team."""
    from funnelkit.control import ramp_curve
    from funnelkit.teach.practice import practice

    return ramp_curve(practice("newcomers", 1), "S-08")


def draw_ramp(r: random.Random) -> dict[str, Any]:
    return {
        "full": r.choice([5, 6, 8]),
        "first": r.choice([2, 3, 4]),
        "second": r.choice([6, 7, 8]),
    }


def ramped(case: Case) -> list[float]:
    def rep_months(start: int) -> float:
        share = np.minimum(np.arange(13 - start) * 0.25, 1.0)
        return float(share.sum())

    one, two = rep_months(case["first"]), rep_months(case["second"])
    return [one, 12 * case["full"] + one + two]


def _heads(case: Case) -> list[float]:
    one, two = 13 - case["first"], 13 - case["second"]
    return [float(one), float(12 * case["full"] + one + two)]


def _a_month_early(case: Case) -> list[float]:
    """Return what a ramp of 25% already in the first month gives."""
    one, two = (
        float(np.minimum(np.arange(1, 14 - s) * 0.25, 1.0).sum())
        for s in (case["first"], case["second"])
    )
    return [one, 12 * case["full"] + one + two]


def _forgot_the_others(case: Case) -> list[float]:
    one, whole = ramped(case)
    return [one, whole - 12 * case["full"]]


def _first_months(case: Case) -> pd.DataFrame:
    return pd.DataFrame(
        {
            str(W["month"]): [1, 2, 3, 4],
            str(W["plan_share_of_a_full"]): ["0%", "25%", "50%", "75%"],
            str(W["wins"]): [0, 0, 1, 0],
        }
    )
