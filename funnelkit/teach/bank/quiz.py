"""The twenty questions asked before the course and after it."""

from __future__ import annotations

import random
from math import ceil, floor, prod
from typing import Any

import pandas as pd

from funnelkit.teach.exercise import Case
from funnelkit.teach.source import words
from funnelkit.words import count, percent

W = words("Q")

_RATES = (0.55, 0.60, 0.50, 0.40, 0.55)


def jumps(r: random.Random) -> dict[str, Any]:
    n, neat, jumped, onward, won = r.choice(
        (
            (100, 60, 30, 24, 27),
            (200, 120, 50, 60, 55),
            (100, 50, 40, 20, 30),
            (200, 100, 70, 50, 48),
        )
    )
    return {"n": n, "neat": neat, "jumped": jumped, "onward": onward, "won": won}


def overall(case: Case) -> float:
    return float(case["won"] / case["n"])


def closing(r: random.Random) -> dict[str, Any]:
    return {
        "won": r.choice((20, 30, 40)),
        "lost": r.choice((60, 70, 90)),
        "open": r.choice((120, 150, 180)),
    }


def two_rates(case: Case) -> list[float]:
    closed = case["won"] + case["lost"]
    return [case["won"] / closed, case["won"] / (closed + case["open"])]


def channels(r: random.Random) -> dict[str, Any]:
    a0, a1 = r.choice(((0.40, 0.36), (0.50, 0.46), (0.30, 0.26)))
    b0, b1 = r.choice(((0.12, 0.10), (0.14, 0.10), (0.10, 0.08)))
    return {"a0": a0, "a1": a1, "b0": b0, "b1": b1}


def rate_effect(case: Case) -> float:
    weight_a, weight_b = (0.3 + 0.7) / 2, (0.7 + 0.3) / 2
    return float(weight_a * (case["a1"] - case["a0"]) + weight_b * (case["b1"] - case["b0"]))


def _total(case: Case) -> float:
    return float(0.7 * case["a1"] + 0.3 * case["b1"] - 0.3 * case["a0"] - 0.7 * case["b0"])


def _channels(case: Case) -> pd.DataFrame:
    cells = {}
    for head, (a, na, b, nb) in {
        str(W["first_year"]): ("a0", 150, "b0", 350),
        str(W["second_year"]): ("a1", 350, "b1", 150),
    }.items():
        shares = ((case[a], na), (case[b], nb))
        cells[head] = [f"{count(round(n * x))} / {count(n)} = {percent(x)}" for x, n in shares]
    names = [str(W["referral"]), str(W["advertising"])]
    return pd.DataFrame(cells, index=pd.Index(names))


def to_go(r: random.Random) -> dict[str, Any]:
    target = r.choice((10, 12, 20))
    return {
        "target": target,
        "booked": target * 2 // 5 if target != 12 else 4,
        "open": r.choice((15, 18, 21)),
    }


def coverage(case: Case) -> float:
    return float(case["open"] / (case["target"] - case["booked"]))


def inside(r: random.Random) -> dict[str, Any]:
    return {"win": r.choice((0.20, 0.25)), "share": r.choice((0.30, 0.20, 0.10))}


def needed(case: Case) -> float:
    return float((1 - case["share"]) / case["win"])


def shorter(r: random.Random) -> dict[str, Any]:
    return {"cut": r.choice((0.10, 0.20, 0.15))}


def faster(case: Case) -> float:
    return float(1 / (1 - case["cut"]) - 1)


def _stepwise(wins: int, rounded: Any) -> int:
    left = wins
    for rate in _RATES:
        left = rounded(round(left / rate, 9))
    return left


def wins(r: random.Random) -> dict[str, Any]:
    fit = [w for w in range(60, 251, 10) if _stepwise(w, ceil) > ceil(w / prod(_RATES)) + 1]
    return {"wins": r.choice(fit)}


def leads(case: Case) -> int:
    import math

    rates = (0.55, 0.60, 0.50, 0.40, 0.55)
    found: int = math.ceil(case["wins"] / math.prod(rates))
    return found


def monthly(r: random.Random) -> dict[str, Any]:
    return {"n": r.choice((76, 60, 80, 100))}


def inside_year(case: Case) -> float:
    lags = {1: 0.2, 2: 0.4, 3: 0.3, 4: 0.1}
    return float(sum(case["n"] * 0.165 * share * (12 - lag) for lag, share in lags.items()))


def hired(r: random.Random) -> dict[str, Any]:
    return {"month": r.choice((2, 3, 4, 5))}


def rep_months(case: Case) -> float:
    months = 12 - case["month"] + 1
    return float(months - (1.00 + 0.75 + 0.50 + 0.25))


def price_cut(r: random.Random) -> dict[str, Any]:
    return {"off": r.choice((0.10, 0.20, 0.15)), "margin": r.choice((0.40, 0.50, 0.60))}


def volume(case: Case) -> float:
    return float(case["off"] / (case["margin"] - case["off"]))


def forecasts(r: random.Random) -> dict[str, Any]:
    f, a = r.choice(
        (
            ((10, 12, 9, 15), (8, 12, 10, 12)),
            ((20, 12, 9, 15), (16, 12, 10, 12)),
            ((10, 15, 9, 18), (8, 12, 10, 12)),
        )
    )
    return {"f": f, "a": a}


def wape(case: Case) -> float:
    off = sum(abs(f - a) for f, a in zip(case["f"], case["a"], strict=True))
    return float(off / sum(case["a"]))


def _mape(case: Case) -> float:
    pairs = list(zip(case["f"], case["a"], strict=True))
    return float(sum(abs(f - a) / a for f, a in pairs) / len(pairs))


def _forecasts(case: Case) -> pd.DataFrame:
    rows = {str(W["forecast"]): list(case["f"]), str(W["actual"]): list(case["a"])}
    frame = pd.DataFrame(rows).T
    frame.columns = pd.Index([f"Q{k}" for k in range(1, 5)])
    return frame


def bid(r: random.Random) -> dict[str, Any]:
    return {
        "p": r.choice((0.20, 0.25, 0.30)),
        "margin": r.choice((1_200_000, 1_000_000, 800_000)),
        "cost": r.choice((80_000, 60_000)),
    }


def worth(case: Case) -> float:
    return float(case["p"] * case["margin"] - case["cost"])


def swapped(case: Case) -> Any:
    return two_rates(case)[::-1]


def to_lost(case: Case) -> list[Any]:
    return [case["won"] / case["lost"], two_rates(case)[1]]


def mix(case: Case) -> Any:
    return _total(case) - rate_effect(case)


def each_step(case: Case) -> Any:
    return _stepwise(case["wins"], ceil)


def down(case: Case) -> Any:
    return floor(case["wins"] / prod(_RATES))
