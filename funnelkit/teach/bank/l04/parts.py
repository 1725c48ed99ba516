"""Breaking a target down: by season, by person, and the moving Spring Festival."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import Any

import pandas as pd

from funnelkit.teach.exercise import Case
from funnelkit.teach.source import words
from funnelkit.words import money

W = words("L04")

_UNIT = 100_000


def two_years(r: random.Random) -> dict[str, Any]:
    """Draw two years by quarter: the second larger, with another rhythm."""
    first = [r.choice([6, 7]), r.choice([9, 10]), r.choice([9, 11]), r.choice([14, 16])]
    second = [r.choice([7, 9]), r.choice([15, 17]), r.choice([13, 14]), r.choice([20, 24])]
    return {"target": r.choice([60, 72, 80]) * 1_000_000, "first": first, "second": second}


def by_quarter(case: Case) -> list[float]:
    first, second = case["first"], case["second"]
    shares = [(a / sum(first) + b / sum(second)) / 2 for a, b in zip(first, second, strict=True)]
    return [case["target"] * share for share in shares]


def _last_year(case: Case) -> list[float]:
    return [case["target"] * b / sum(case["second"]) for b in case["second"]]


def _pooled(case: Case) -> list[float]:
    whole = sum(case["first"]) + sum(case["second"])
    pairs = zip(case["first"], case["second"], strict=True)
    return [case["target"] * (a + b) / whole for a, b in pairs]


def _even(case: Case) -> list[float]:
    return [case["target"] / 4] * 4


def _years(case: Case) -> pd.DataFrame:
    return pd.DataFrame(
        {
            str(W["quarter"]): ["Q1", "Q2", "Q3", "Q4"],
            "2024": [money(1e6 * a) for a in case["first"]],
            "2025": [money(1e6 * b) for b in case["second"]],
        }
    )


def five_sellers(r: random.Random) -> dict[str, Any]:
    """Draw ramped months such that rounding each alone misses the sum and no remainders tie."""
    while True:
        months = [
            12,
            r.choice([11, 11.5]),
            r.choice([9.5, 10]),
            r.choice([7, 7.5]),
            r.choice([4.5, 5, 6.5]),
        ]
        target = r.choice([20, 24, 30, 36]) * 1_000_000
        units = [target / _UNIT * m / sum(months) for m in months]
        rests = sorted(u % 1 for u in units)
        up = sorted(units, key=lambda u: -(u % 1))[: round(sum(rests))]
        alone = [round(u) for u in units]
        fair = [int(u) + (u in up) for u in units]
        told = [*alone[:-1], fair[-1] + sum(fair[:-1]) - sum(alone[:-1])]
        if alone != fair != told and min(b - a for a, b in pairwise(rests)) > 0.02:
            return {"target": target, "months": months}


def by_seller(case: Case) -> list[float]:
    from funnelkit.planning import decompose

    months = {str(k): m for k, m in enumerate(case["months"])}
    parts = decompose(case["target"], {"owner": months}, unit=100_000).table
    return [float(x) for x in parts.sort_values("owner")["amount"]]


def _rounded_alone(case: Case) -> list[float]:
    whole = sum(case["months"])
    return [float(_UNIT * round(case["target"] * m / whole / _UNIT)) for m in case["months"]]


def _heads(case: Case) -> list[float]:
    return [case["target"] / 5] * 5


def _rest_to_the_last(case: Case) -> list[float]:
    alone = _rounded_alone(case)
    return [*alone[:-1], case["target"] - sum(alone[:-1])]


def _months(case: Case) -> pd.DataFrame:
    whole = sum(case["months"])
    exact = [f"{case['target'] * m / whole / _UNIT:.2f}" for m in case["months"]]
    return pd.DataFrame(
        {
            str(W["seller"]): list("ABCDE"),
            str(W["ramped_months"]): case["months"],
            str(W["exact_in_100_000"]): exact,
        }
    )


def whole_units(case: Case) -> int:
    """Units given out after rounding down."""
    whole = sum(case["months"])
    return sum(int(case["target"] / _UNIT * m / whole) for m in case["months"])


def missing_units(case: Case) -> int:
    return int(case["target"] // _UNIT) - whole_units(case)
