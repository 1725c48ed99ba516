"""Six deals: the weighted number, how often it happens, and the range around it."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from funnelkit.planning import weighted_distribution
from funnelkit.process.text import Text
from funnelkit.teach.exercise import Case
from funnelkit.teach.kinds.faults import number_in
from funnelkit.teach.source import words
from funnelkit.words import money, percent

W = words("L05")

_NOT_RISING = W["the_three_amounts_have_to"]


def _rising(filled: Mapping[str, str]) -> Text | None:
    low, likely, high = (number_in(filled[k]) or 0.0 for k in ("low", "likely", "high"))
    return None if low < likely < high else _NOT_RISING


def six_deals(r: random.Random) -> dict[str, Any]:
    """Draw a pipeline with one large deal that rarely comes."""
    million = [
        r.choice([2.5, 3, 3.5]),
        r.choice([1.5, 2, 2.5]),
        r.choice([1, 1.5]),
        r.choice([3.5, 4, 4.5]),
        r.choice([0.5, 1]),
        r.choice([5.5, 6, 6.5]),
    ]
    chances = [
        0.9,
        r.choice([0.7, 0.75, 0.8]),
        0.5,
        r.choice([0.2, 0.25]),
        0.1,
        r.choice([0.1, 0.15]),
    ]
    return {"amounts": [round(1e6 * m) for m in million], "chances": chances}


def clear_deals(r: random.Random) -> dict[str, Any]:
    """Draw deals whose table shows no row as reaching an end that it only nearly reaches."""
    while True:
        values = six_deals(r)
        below = np.cumsum(weighted_distribution(values["amounts"], values["chances"]).weights)
        if min(abs(share - end) for share in below for end in (0.1, 0.5, 0.9)) > 0.0006:
            return values


def weighted(case: Case) -> float:
    return float(np.dot(case["amounts"], case["chances"]))


def chance_of_weighted(case: Case) -> float:
    from funnelkit.planning import weighted_distribution

    total = weighted_distribution(case["amounts"], case["chances"])
    return total.at_least(total.mean)


def low_middle_high(case: Case) -> list[float]:
    from funnelkit.planning import weighted_distribution

    total = weighted_distribution(case["amounts"], case["chances"])
    return [total.quantile(q) for q in (0.1, 0.5, 0.9)]


def _one_below(case: Case) -> float:
    """Return the chance read one row too high in the table."""
    total = weighted_distribution(case["amounts"], case["chances"])
    return total.at_least(float(total.values[total.values < total.mean].max()))


def _deals(case: Case) -> pd.DataFrame:
    return pd.DataFrame(
        {
            str(W["deal"]): list("ABCDEF"),
            str(W["amount"]): [money(a) for a in case["amounts"]],
            str(W["probability_to_win"]): [percent(p) for p in case["chances"]],
        }
    )


def _ladder(case: Case) -> pd.DataFrame:
    """Return the possible totals with the chance of each or less, and of each or more."""
    total = weighted_distribution(case["amounts"], case["chances"])
    below = np.cumsum(total.weights)
    keep = (below > 0.02) & (below < 0.985)
    rows = [
        (money(v), percent(b, 1), percent(total.at_least(float(v)), 1))
        for v, b in zip(total.values[keep], below[keep], strict=True)
    ]
    heads = W["total"], W["this_or_less"], W["this_or_more"]
    return pd.DataFrame(rows, columns=[str(h) for h in heads])


def with_mean(values: dict[str, Any]) -> dict[str, Any]:
    """Add the weighted number that the question tells."""
    return {**values, "mean": float(np.dot(values["amounts"], values["chances"]))}


def the_likely_ones(case: Case) -> Any:
    return float(
        sum((a for a, p in zip(case["amounts"], case["chances"], strict=True) if p >= 0.5))
    )


def mean_chance(case: Case) -> Any:
    return float(sum(case["amounts"]) * np.mean(case["chances"]))


def deals_and_mean(r: random.Random) -> Any:
    return with_mean(six_deals(r))


def upside_down(case: Case) -> Any:
    return low_middle_high(case)[::-1]


def mean_in_the_middle(case: Case) -> list[Any]:
    return [low_middle_high(case)[0], weighted(case), low_middle_high(case)[2]]


def extremes(case: Case) -> list[Any]:
    return [0.0, low_middle_high(case)[1], float(sum(case["amounts"]))]
