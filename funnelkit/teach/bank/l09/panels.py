"""What the cells of the lesson call: examples and the what-if."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from funnelkit.teach.bank.l09.opening import PLANS_OF_BIDS
from funnelkit.teach.source import words

W = words("L09")

ANSWERS: Mapping[str, Any] = {"real": (2, "E-017"), "compete": (2, "E-021"), "win": 2, "worth": 1}


def with_rivals(p: Any) -> Any:
    """Return a pipeline whose deals name their rivals: the own one, or practice data."""
    from funnelkit.errors import FunnelkitError
    from funnelkit.planning import competitor_matrix
    from funnelkit.teach.practice import practice

    try:
        known = competitor_matrix(p, "region").table["of"].sum()
    except FunnelkitError:
        known = 0
    # a firm no learner has: its matrix would give an exercise away
    return p if known else practice("rivals", 90901)


def offers(p: Any) -> dict[str, int]:
    """Return wins and decided deals that had a proposal: what a bid's chance stands on."""
    deals = p.frame()
    deals = deals[deals["outcome"].isin(["won", "lost"]) & deals["competitor"].notna()]
    return {"won": int((deals["outcome"] == "won").sum()), "deals": len(deals)}


def two_plans() -> pd.DataFrame:
    """Return five bids at even odds beside twenty at long ones."""
    names = [str(n) for n in PLANS_OF_BIDS]
    return pd.DataFrame({"plan": names, "bids": [5, 20], "win_rate": [0.5, 0.12], "cost": 40_000})


def bid(p: Any) -> Any:
    """Show what a pursuit is worth when chance, cost and margin change."""
    from funnelkit.page.controls import Slider, amount_slider
    from funnelkit.page.whatif import Script, answer_table, panel
    from funnelkit.planning import go_no_go
    from funnelkit.words import money, number, percent, say
    from funnelkit.words.formats import unit_of

    sliders = [
        Slider("chance", str(W["chance_of_winning"]), 0.0, 0.9, 0.01, 0.25),
        amount_slider("margin", str(W["margin_when_won_k"]), "thousand", 100, 3000, 50, 1200),
        amount_slider("cost", str(W["cost_of_the_pursuit_k"]), "thousand", 0, 400, 10, 80),
    ]
    labels = [
        W["expected_value"],
        W["break_even_chance"],
        W["bids_paid_by_one_win"],
        W["result_of_ten_such_bids"],
        W["decision"],
    ]
    caption, unit = W["what_the_pursuit_is_worth"], unit_of("thousand")

    def render(state: Mapping[str, float]) -> str:
        margin, cost = unit * state["margin"], unit * state["cost"]
        row = go_no_go(margin, cost, win_rate=state["chance"]).table.iloc[0]
        worth = float(row["expected_amount"])
        paid = number(margin / cost, 1) if cost else "–"
        texts = [
            money(worth),
            percent(row["break_even_rate"], 1),
            paid,
            money(10 * worth),
            say(f"territory.decision_{row['decision']}"),
        ]
        return answer_table(zip(labels, texts, strict=True), caption)

    given = {
        "labels": [str(x) for x in labels], "caption": str(caption),
        "go": say("territory.decision_go"), "no_go": say("territory.decision_no_go"), "unit": unit,
    }  # fmt: skip
    return panel(sliders, render, Script("bid", given))
