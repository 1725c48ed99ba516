"""Scores of forecasts, the winner of each, and whether the pipeline suffices."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pandas as pd

import funnelkit as fk
from funnelkit.data.kept import kept
from funnelkit.teach.exercise import Case
from funnelkit.teach.source import words
from funnelkit.words import money, number, percent
from funnelkit.words.formats import signed

W = words("L05")

METHODS = ("simulation", "weighted", "stage", "cohort", "pacing")
NAMES = {
    "simulation": W["simulation"],
    "weighted": W["weighted_pipeline_2"],
    "stage": W["win_share_by_stage"],
    "cohort": W["age_since_creation"],
    "pacing": W["pacing"],
}


def four_quarters(r: random.Random) -> dict[str, Any]:
    actual = [r.choice([6, 8]), r.choice([10, 12]), r.choice([9, 10]), r.choice([14, 16])]
    r.shuffle(actual)
    off = r.sample([2, 3, -1, 1], 4)
    return {"forecast": [a + d for a, d in zip(actual, off, strict=True)], "actual": actual}


def three_errors(case: Case) -> list[float]:
    forecast, actual = np.array(case["forecast"]), np.array(case["actual"])
    off = np.abs(forecast - actual)
    bias = (forecast.sum() - actual.sum()) / actual.sum()
    return [float(np.mean(off / actual)), float(off.sum() / actual.sum()), float(bias)]


def _by_forecast(case: Case) -> list[float]:
    forecast, actual = np.array(case["forecast"]), np.array(case["actual"])
    off, whole = np.abs(forecast - actual), forecast.sum()
    return [
        float(np.mean(off / forecast)),
        float(off.sum() / whole),
        float((whole - actual.sum()) / whole),
    ]


def _sign(case: Case) -> list[float]:
    mape, wape, bias = three_errors(case)
    return [mape, wape, -bias]


def _swapped(case: Case) -> list[float]:
    mape, wape, bias = three_errors(case)
    return [wape, mape, bias]


def _quarters(case: Case) -> pd.DataFrame:
    return pd.DataFrame(
        {
            str(W["quarter"]): ["Q1", "Q2", "Q3", "Q4"],
            str(W["forecast"]): [money(1e6 * f) for f in case["forecast"]],
            str(W["actual"]): [money(1e6 * a) for a in case["actual"]],
        }
    )


@kept
def _tested(case: Case) -> pd.DataFrame:
    return fk.backtest(case.p, METHODS, every="quarter", origins=6, draws=300).table


def winners(case: Case) -> dict[str, str]:
    scores = _tested(case).set_index("method")
    return {
        "wape": str(scores["wape"].idxmin()),
        "bias": str(scores["bias"].abs().idxmin()),
        "brier": str(scores["brier"].idxmin()),
        "high": str(scores["bias"].idxmax()),
    }


def _scores(case: Case) -> pd.DataFrame:
    table = _tested(case)
    return pd.DataFrame(
        {
            str(W["method"]): [str(NAMES[m]) for m in table["method"]],
            "WAPE": [percent(x, 1) for x in table["wape"]],
            str(W["bias"]): [f"{signed(100 * x, 1)}%" for x in table["bias"]],
            str(W["brier_score"]): [number(x, 4) if x == x else "–" for x in table["brier"]],
            str(W["inside_p10_p90"]): [percent(x) for x in table["coverage"]],
        }
    )


def _lowest_bias(case: Case) -> dict[str, str]:
    """Take the most negative bias for the smallest."""
    table = _tested(case).set_index("method")
    return {**winners(case), "bias": str(table["bias"].idxmin())}


def quarter_so_far(r: random.Random) -> dict[str, Any]:
    target = r.choice([8, 10, 12])
    booked = r.choice([3, 5])
    return {
        "target": target * 1_000_000,
        "booked": booked * 1_000_000,
        "open": r.choice([14, 15, 16, 18]) * 1_000_000,
        "win": r.choice([0.2, 0.25]),
        "inside": r.choice([0.2, 0.3]),
    }


def both_coverages(case: Case) -> list[float]:
    to_go = case["target"] - case["booked"]
    from_open = to_go - case["inside"] * case["target"]
    return [case["open"] / to_go, from_open / case["win"] / to_go]


def _two_bases(case: Case) -> list[float]:
    """Take the need of a whole quarter for what is left of it."""
    return [both_coverages(case)[0], (1 - case["inside"]) / case["win"]]


def _naive(case: Case) -> list[float]:
    return [case["open"] / case["target"], both_coverages(case)[1]]


def _one_over(case: Case) -> list[float]:
    return [both_coverages(case)[0], 1 / case["win"]]


def _three(case: Case) -> list[float]:
    return [both_coverages(case)[0], 3.0]
