"""From the target back to leads and to dates."""

from __future__ import annotations

import random
from math import floor
from typing import Any

import numpy as np
import pandas as pd

from funnelkit.planning import reverse_funnel, rounding_rules
from funnelkit.process import load_process
from funnelkit.teach.exercise import Case
from funnelkit.teach.source import words
from funnelkit.words import percent

W = words("L04")

_OPEN = ("lead", "contact", "need", "proposal", "negotiation")


def plan(r: random.Random) -> dict[str, Any]:
    """Draw a target whose exact number of leads is no whole one, on either rounding rule."""
    while True:
        values: dict[str, Any] = {
            "target": r.choice([36, 40, 48, 50, 54, 60]) * 1_000_000,
            "value": r.choice([300_000, 400_000, 500_000]),
            "rates": [
                r.choice([0.5, 0.55]),
                0.4,
                r.choice([0.45, 0.5]),
                r.choice([0.55, 0.6]),
                r.choice([0.5, 0.55]),
            ],
        }
        rules = rounding_rules(values["target"], values["value"], values["rates"]).table.iloc[0]
        if floor(rules["needed_exact"]) + 1 == rules["up_once"] < rules["up_each"]:
            return values


def leads(case: Case) -> float:
    wins = case["target"] / case["value"]
    return float(np.ceil(wins / np.prod(case["rates"]) - 1e-9))


def _each(case: Case) -> float:
    table = rounding_rules(case["target"], case["value"], case["rates"]).table
    return float(table["up_each"].iloc[0])


def _first_rate_left_out(case: Case) -> float:
    table = reverse_funnel(case["target"], case["value"], case["rates"]).table
    return float(table["needed_deals"].iloc[1])


def _rates(case: Case) -> pd.DataFrame:
    process = load_process()
    names = [process.label(s) for s in _OPEN]
    to = [*names[1:], process.label("won")]
    return pd.DataFrame(
        {
            str(W["from"]): names,
            str(W["to"]): to,
            str(W["step_rate"]): [percent(x) for x in case["rates"]],
        }
    )


def days(r: random.Random) -> dict[str, Any]:
    return {
        "days": [
            r.choice([5, 6]),
            r.choice([10, 12, 14]),
            r.choice([21, 24]),
            r.choice([25, 30, 35]),
            r.choice([15, 20]),
        ]
    }


def ahead(case: Case) -> list[float]:
    stays = case["days"]
    return [float(sum(stays[k:])) for k in range(len(stays))]


def _own_stay(case: Case) -> list[float]:
    return [float(d) for d in case["days"]]


def _without_own(case: Case) -> list[float]:
    return [float(sum(case["days"][k + 1 :])) for k in range(5)]


def _from_the_top(case: Case) -> list[float]:
    return [float(sum(case["days"][: k + 1])) for k in range(5)]


def _stays(case: Case) -> pd.DataFrame:
    process = load_process()
    return pd.DataFrame(
        {
            str(W["stage"]): [process.label(s) for s in _OPEN],
            str(W["median_days_in_it"]): case["days"],
        }
    )


def steady(r: random.Random) -> dict[str, Any]:
    return {
        "n": r.choice([60, 70, 80, 90, 100]),
        "win": r.choice([0.15, 0.2]),
        "lag": r.choice([[0.2, 0.4, 0.3, 0.1], [0.1, 0.4, 0.3, 0.2], [0.3, 0.4, 0.2, 0.1]]),
    }


def inside(case: Case) -> list[float]:
    month = case["n"] * case["win"]
    landed = [sum(case["lag"][: 12 - created]) for created in range(1, 13)]
    return [12 * month, month * sum(landed)]


def _no_delay(case: Case) -> list[float]:
    return [inside(case)[0]] * 2


def _ten_months(case: Case) -> list[float]:
    return [inside(case)[0], 10 * case["n"] * case["win"]]


def _all_won(case: Case) -> list[float]:
    return [x / case["win"] for x in inside(case)]


def _lags(case: Case) -> pd.DataFrame:
    return pd.DataFrame(
        {
            str(W["months_after_creation"]): [1, 2, 3, 4],
            str(W["share_of_the_wins"]): [percent(x) for x in case["lag"]],
        }
    )


def multiplied(case: Case) -> Any:
    return case["target"] / case["value"] * float(np.prod(case["rates"]))


def stage_labels(case: Case) -> Any:
    return [load_process().label(s) for s in _OPEN]
