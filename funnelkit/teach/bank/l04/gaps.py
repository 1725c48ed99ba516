"""The gap to a target: where it comes from, and which action belongs to which part."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from funnelkit.process.text import Text
from funnelkit.teach.exercise import Case
from funnelkit.teach.kinds.faults import number_in
from funnelkit.teach.source import words
from funnelkit.words import money, number, percent

W = words("L04")

_MORE_WINS = W["more_wins_than_leads_cannot"]


def _fewer(filled: Mapping[str, str]) -> Text | None:
    return (
        _MORE_WINS if (number_in(filled["wins"]) or 0) > (number_in(filled["leads"]) or 0) else None
    )


def year(r: random.Random) -> dict[str, Any]:
    """Draw a plan and a year in which more deals did not help."""
    n = r.choice([400, 500, 600])
    came = [
        n * 11 // 10,
        r.choice([0.2, 0.22]),
        r.choice([70_000, 75_000, 78_000]),
        r.choice([0.8, 0.85]),
    ]
    return {"plan": [n, 0.25, r.choice([80_000, 100_000]), 0.9], "came": came}


def four_parts(case: Case) -> list[float]:
    now = list(case["plan"])
    parts = []
    for k, came in enumerate(case["came"]):
        before = np.prod(now)
        now[k] = came
        parts.append(float(np.prod(now) - before))
    return parts


def _product(values: list[float]) -> float:
    product = 1.0
    for value in values:
        product *= value
    return product


def _each_alone(case: Case) -> list[float]:
    """Change each driver alone from the plan: the parts do not add up to the gap."""
    plan = case["plan"]
    return [
        _product([*plan[:k], came, *plan[k + 1 :]]) - _product(plan)
        for k, came in enumerate(case["came"])
    ]


def _totals(case: Case) -> list[float]:
    """Hand in the totals after each change instead of the changes."""
    total, found = _product(case["plan"]), []
    for part in four_parts(case):
        total += part
        found.append(total)
    return found


def _year(case: Case) -> pd.DataFrame:
    def written(values: list[float]) -> list[str]:
        n, win, value, landed = values
        return [number(n), percent(win), money(value), percent(landed)]

    heads = W["driver"], W["plan"], W["actual"]
    names = (
        W["deals"],
        W["win_rate"],
        W["amount_a_won_deal"],
        W["won_inside_the_year"],
    )
    plan, came = written(case["plan"]), written(case["came"])
    return pd.DataFrame(
        {str(heads[0]): [str(n) for n in names], str(heads[1]): plan, str(heads[2]): came}
    )


def signs(case: Case) -> Any:
    return [-x for x in four_parts(case)]
