"""One focus for each seller, with intervals, and what is fair."""

from __future__ import annotations

import random
from typing import Any

import pandas as pd

from funnelkit.teach.exercise import Case
from funnelkit.teach.source import words
from funnelkit.words import percent

W = words("L07")

SELLERS = tuple("ABCDEF")
_STEPS = (
    ("need", W["need_identification"], 0.50),
    ("proposal", W["proposal"], 0.60),
    ("negotiation", W["negotiation"], 0.55),
)


def draw_team(r: random.Random) -> dict[str, Any]:
    """Draw six sellers: three with a stage clearly below, two with few deals, one without any."""
    rows = []
    kinds = r.sample(["need", "proposal", "negotiation", "few_bad", "few_good", "none"], 6)
    for seller, kind in zip(SELLERS, kinds, strict=True):
        for k, (stage, _, usual) in enumerate(_STEPS):
            came = r.choice([70, 80, 90])
            went = round(came * (usual + r.choice([-0.04, 0.0, 0.05])))
            if kind == stage:
                went = round(came * usual * 0.5)
            elif kind == "none" and stage == "proposal":
                went = round(came * (usual - 0.09))
            elif kind in ("few_bad", "few_good"):
                came = r.choice([7, 8, 9]) - k
                went = round(came * (0.7 if kind == "few_good" else 0.35))
                went = 0 if kind == "few_bad" and stage == "negotiation" else went
            rows.append((seller, stage, came, went, usual))
    return {"table": pd.DataFrame(rows, columns=["seller", "stage", "came", "went", "usual"])}


def focus(case: Case) -> dict[str, str]:
    from funnelkit.stats import wilson

    found = {}
    for seller, part in case["table"].groupby("seller"):
        _, high = wilson(part["went"], part["came"], 1 - 0.05 / 18)
        below = part["stage"][(part["came"] >= 20) & (high < part["usual"])]
        found[seller] = (
            below.iloc[0] if len(below) else "few" if part["came"].max() < 20 else "none"
        )
    return found


def _lowest(case: Case) -> dict[str, str]:
    """Return each seller's stage furthest below the usual rate, whatever the numbers."""
    t = case["table"].assign(gap=lambda d: d["went"] / d["came"] - d["usual"])
    return {
        str(s): str(part["stage"].iloc[int(part["gap"].to_numpy().argmin())])
        for s, part in t.groupby("seller")
    }


def _all_few(case: Case) -> dict[str, str]:
    """Return the right answer with every doubt called too little data."""
    return {s: "few" if v == "none" else v for s, v in focus(case).items()}


def _team_table(case: Case) -> pd.DataFrame:
    from funnelkit.stats import wilson

    t = case["table"]
    low, high = wilson(t["went"], t["came"], 1 - 0.05 / 18)
    t = t.assign(
        shown=[
            f"{w} / {c} ({percent(a)}–{percent(b)})"
            for w, c, a, b in zip(t["went"], t["came"], low, high, strict=True)
        ]
    )
    wide: pd.DataFrame = t.pivot(index="seller", columns="stage", values="shown")[
        [s for s, _, _ in _STEPS]
    ]
    wide.loc[str(W["usual"])] = [percent(u) for _, _, u in _STEPS]
    wide.columns = pd.Index([str(name) for _, name, _ in _STEPS])
    wide.index.name = str(W["seller"])
    return wide
