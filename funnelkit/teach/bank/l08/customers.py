"""Customers: what is asked and what is right."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pandas as pd

from funnelkit.teach.exercise import Case
from funnelkit.teach.source import words
from funnelkit.words.formats import in_unit

W = words("L08")


def draw_customers(r: random.Random) -> dict[str, Any]:
    while True:
        sizes = [r.randrange(600, 1000, 20)]
        while len(sizes) < 10:
            sizes.append(max(round(sizes[-1] * r.uniform(0.5, 0.85) / 5) * 5, 5))
        up_to = np.cumsum(sizes) / sum(sizes)
        strict, before = (
            int((up_to <= 0.8).sum()),
            int((up_to - np.array(sizes) / sum(sizes) < 0.8).sum()),
        )
        clear = min(abs(x - cut) for x in up_to for cut in (0.8, 0.95)) > 0.004
        if len(set(sizes)) == 10 and strict != before and clear:
            return {"amounts": [in_unit(x, "thousand") for x in r.sample(sizes, 10)]}


def tiers(case: Case) -> list[int]:
    from funnelkit.planning import abc

    frame = pd.DataFrame(
        {"customer": [f"K{k:02d}" for k in range(1, 11)], "amount": case["amounts"]}
    )
    counts = abc(frame, rule="before").table["tier"].value_counts()
    return [int(counts.get(tier, 0)) for tier in ("A", "B", "C")]


def strict(case: Case) -> list[int]:
    from funnelkit.planning import abc

    frame = pd.DataFrame(
        {"customer": [f"K{k:02d}" for k in range(1, 11)], "amount": case["amounts"]}
    )
    counts = abc(frame, rule="strict").table["tier"].value_counts()
    return [int(counts.get(tier, 0)) for tier in "ABC"]


def ten_customers(case: Case) -> pd.DataFrame:
    index = pd.Index([f"K{k:02d}" for k in range(1, 11)], name=str(W["customer"]))
    return pd.DataFrame({str(W["sales_last_year_k"]): case["amounts"]}, index=index)


def draw_service(r: random.Random) -> dict[str, Any]:
    return {
        "a": r.randrange(12, 31, 2),
        "b": r.randrange(40, 81, 5),
        "c": r.randrange(120, 261, 20),
        "va": r.choice((18, 24, 30)),
        "vb": r.choice((10, 12)),
        "vc": r.choice((2, 4)),
        "year": r.choice((900, 1000, 1100, 1200)),
    }


def persons(case: Case) -> float:
    from funnelkit.planning import workload

    service = {
        "A": (case["a"], case["va"], 1.5),
        "B": (case["b"], case["vb"], 1.0),
        "C": (case["c"], case["vc"], 0.5),
    }
    return workload(service, hours_a_person=case["year"]).persons


def service_table(case: Case) -> pd.DataFrame:
    index = pd.Index(["A", "B", "C"], name=str(W["tier"]))
    return pd.DataFrame(
        {
            str(W["customers"]): [case["a"], case["b"], case["c"]],
            str(W["visits_a_year"]): [case["va"], case["vb"], case["vc"]],
            str(W["hours_a_visit"]): [1.5, 1.0, 0.5],
        },
        index=index,
    )


def draw_wallet(r: random.Random) -> dict[str, Any]:
    cut = r.randrange(200, 501, 50)
    # every corner is taken, the limits themselves too
    potential = [cut + d for d in (0, 60, 140, 250, 320, 30, 180, -10, -60, -90, -40, -120)]
    share = [0.3, 0.15, r.randrange(20, 48) / 100, 0.62, 0.5, 0.8, 0.08, 0.2, 0.7, 0.55, 0.35, 0.1]
    rows = r.sample(list(zip(potential, share, strict=True)), 12)
    return {
        "cut": in_unit(cut, "thousand"),
        "potential": [in_unit(p, "thousand") for p, _ in rows],
        "share": [s for _, s in rows],
    }


def wallet(case: Case) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "deal_id": [f"K{k:02d}" for k in range(1, 13)],
            "potential": case["potential"],
            "wallet_share": case["share"],
        }
    )


def twelve_customers(case: Case) -> pd.DataFrame:
    """The customers with headings of the language."""
    frame = wallet(case)
    frame["wallet_share"] = [f"{share:.0%}" for share in frame["wallet_share"]]
    names = ("customer", "potential_in_thousand", "part_spent_with_us")
    frame.columns = pd.Index([str(W[name]) for name in names])
    return frame.set_index(frame.columns[0])


def draw_discount(r: random.Random) -> dict[str, Any]:
    return {
        "discount": r.choice((8, 10, 12, 15, 20)) / 100,
        "margin": r.choice((25, 30, 40, 50, 60)) / 100,
    }


def extra_volume(case: Case) -> float:
    from funnelkit.planning import discount_effect

    return float(discount_effect(case["discount"], case["margin"]).table["volume_share"].iloc[0])
