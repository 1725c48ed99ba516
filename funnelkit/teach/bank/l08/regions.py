"""Regions: what is asked and what is right."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from funnelkit.process.text import Text
from funnelkit.teach.exercise import Case
from funnelkit.teach.kinds.faults import number_in
from funnelkit.teach.source import words
from funnelkit.words.formats import in_unit, unit_of

W = words("L08")

REGIONS = ("north", "east", "south", "west")
REGION_NAMES = (W["north"], W["east"], W["south"], W["west"])


def shown_frame(case: Case, columns: Mapping[str, Text]) -> pd.DataFrame:
    """Return drawn lists as a table with headings of the current language."""
    index = pd.Index([str(n) for n in REGION_NAMES], name=str(W["region"]))
    return pd.DataFrame({str(text): case[name] for name, text in columns.items()}, index=index)


NO_COUNT = W["of_100_customers_it_has"]


def count_fault(text: str) -> Text | None:
    told = number_in(text)
    return None if told is not None and 1 <= told <= 100 else NO_COUNT


def draw_regions(r: random.Random) -> dict[str, Any]:
    prospects = [r.randrange(100, 401, 20) for _ in REGIONS]
    spend = [r.randrange(40, 121, 10) for _ in REGIONS]
    reached = [r.randrange(6, 36) / 100 for _ in REGIONS]
    served = [r.randrange(40, 71, 5) / 100 for _ in REGIONS]
    return {
        "prospects": prospects,
        "spend": [in_unit(s, "thousand") for s in spend],
        "customers": [round(n * s) for n, s in zip(prospects, served, strict=True)],
        "sales": [
            in_unit(int(round(n * s * k, -1)), "thousand")
            for n, s, k in zip(prospects, spend, reached, strict=True)
        ],
    }


def penetration(case: Case) -> list[float]:
    from funnelkit.planning import territories

    columns = {name: case[name] for name in ("prospects", "spend", "sales")}
    frame = pd.DataFrame({"region": ["N", "E", "S", "W"], **columns})
    return [float(share) for share in territories(frame).table["penetration_share"]]


def draw_grid(r: random.Random) -> dict[str, Any]:
    cells = r.sample(["star", "question", "cash", "weak"], 4)
    before = [r.randrange(80, 161, 10) for _ in cells]
    growth = [
        r.randrange(16, 25, 2) if c in ("star", "question") else r.randrange(1, 5) for c in cells
    ]
    rival = [r.randrange(10, 31, 2) for _ in cells]
    times = [r.randrange(12, 18) if c in ("star", "cash") else r.randrange(4, 9) for c in cells]
    drawn: dict[str, Sequence[float]] = {
        "before": before,
        "after": [round(b * (100 + g) / 100, 1) for b, g in zip(before, growth, strict=True)],
        "own": [round(x * t / 10, 1) for x, t in zip(rival, times, strict=True)],
        "rival": rival,
    }
    return {name: [in_unit(x, "million") for x in values] for name, values in drawn.items()}


def grid(case: Case) -> dict[str, str]:
    from funnelkit.planning import growth_share

    columns = {
        "market_before": case["before"],
        "market_after": case["after"],
        "own": case["own"],
        "rival": case["rival"],
    }
    frame = pd.DataFrame({"region": ["north", "east", "south", "west"], **columns})
    return dict(growth_share(frame).table[["region", "cell"]].to_numpy().tolist())


def _placed(case: Case, *, fast: list[bool], strong: list[bool]) -> dict[str, str]:
    names = {
        (True, True): "star",
        (True, False): "question",
        (False, True): "cash",
        (False, False): "weak",
    }
    return {r: names[f, s] for r, f, s in zip(REGIONS, fast, strong, strict=True)}


def _upper(values: list[float]) -> list[bool]:
    half = sorted(values)[len(values) // 2]
    return [v >= half for v in values]


def swapped(case: Case) -> dict[str, str]:
    """Growth read as share and share as growth."""
    other = {"question": "cash", "cash": "question"}
    return {r: other.get(c, c) for r, c in grid(case).items()}


def by_size(case: Case) -> dict[str, str]:
    """Own sales taken for the share, whoever the rival is."""
    fast = [c in ("star", "question") for c in grid(case).values()]
    return _placed(case, fast=fast, strong=_upper(case["own"]))


def draw_split(r: random.Random) -> dict[str, Any]:
    while True:
        history = [r.randrange(6, 22) for _ in REGIONS]
        potential = [r.randrange(12, 41) for _ in REGIONS[1:]]
        potential.append(100 - sum(potential))
        total = round(sum(history) * r.choice((1.05, 1.1, 1.15, 1.2)))
        parts = [
            total * (h / sum(history) + q / 100) / 2
            for h, q in zip(history, potential, strict=True)
        ]
        if potential[-1] >= 10 and abs(sum(round(x, 2) for x in parts) - total) > 0.005:
            told = [in_unit(h, "million") for h in history]
            return {"total": in_unit(total, "million"), "history": told, "potential": potential}


def split(case: Case) -> list[float]:
    from funnelkit.planning import allocate

    columns = {"history": case["history"], "potential": case["potential"]}
    frame = pd.DataFrame({"region": ["N", "E", "S", "W"], **columns})
    parts = allocate(case["total"], frame, weight=0.5, unit=_cent()).table["allotted"]
    return [float(part) for part in parts]


def _cent() -> float:
    return in_unit(0.01, "million")


def shared(case: Case, weight: float) -> list[float]:
    whole = sum(case["history"])
    pairs = zip(case["history"], case["potential"], strict=True)
    total = case["total"] * unit_of("million") / 1e6
    parts = [round(total * ((1 - weight) * h / whole + weight * q / 100), 2) for h, q in pairs]
    return [in_unit(part, "million") for part in parts]


def potential_table(case: Case) -> Any:
    return shown_frame(
        case,
        {
            "prospects": W["prospects"],
            "spend": W["spend_of_one_a_year"],
            "customers": W["own_customers"],
            "sales": W["own_sales"],
        },
    )


def heads(case: Case) -> Any:
    return [n / m for n, m in zip(case["customers"], case["prospects"], strict=True)]


def own_mix(case: Case) -> Any:
    return [s / sum(case["sales"]) for s in case["sales"]]


def grid_table(case: Case) -> Any:
    return shown_frame(
        case,
        {
            "before": W["market_last_year_m"],
            "after": W["market_this_year_m"],
            "own": W["own_sales_m"],
            "rival": W["largest_rival_m"],
        },
    )


def split_table(case: Case) -> Any:
    return shown_frame(
        case, {"history": W["sales_last_year_m"], "potential": W["share_of_potential"]}
    )


def rounded_alone(case: Case) -> Any:
    return shared(case, 0.5)


def history_only(case: Case) -> Any:
    return shared(case, 0.0)


def potential_only(case: Case) -> Any:
    return shared(case, 1.0)
