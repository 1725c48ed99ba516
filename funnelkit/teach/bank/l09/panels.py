"""What the cells of the lesson call: examples and the what-if."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from funnelkit.teach.bank.l09.opening import PLANS_OF_BIDS
from funnelkit.teach.exercise import both as T

#: An opening as it is brought to the meeting: two answers stand on evidence, one on a feeling.
ANSWERS: Mapping[str, Any] = {"real": (2, "E-017"), "compete": (2, "E-021"), "win": 2, "worth": 1}


def with_rivals(p: Any) -> Any:
    """Return a pipeline whose won and lost deals name their rivals: the own one, or practice data."""
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
    """Return wins and decided deals of the pipeline that had a proposal: what a bid's chance stands on."""
    deals = p.frame()
    deals = deals[deals["outcome"].isin(["won", "lost"]) & deals["competitor"].notna()]
    return {"won": int((deals["outcome"] == "won").sum()), "deals": len(deals)}


def two_plans() -> pd.DataFrame:
    """Return five bids at even odds beside twenty at long ones."""
    names = [str(n) for n in PLANS_OF_BIDS]
    return pd.DataFrame({"plan": names, "bids": [5, 20], "win_rate": [0.5, 0.12], "cost": 40_000})


def bid(p: Any) -> Any:
    """Show what a pursuit is worth when chance, cost and margin change."""
    from funnelkit.page.controls import Slider
    from funnelkit.page.whatif import answer_table, panel
    from funnelkit.planning import go_no_go
    from funnelkit.words import money, number, percent, say

    sliders = [
        Slider("chance", str(T("Chance of winning", "赢单概率")), 0.0, 0.9, 0.01, 0.25),
        Slider("margin", str(T("Margin when won (k)", "赢单毛利（千元）")), 100, 3000, 50, 1200, form="count"),
        Slider("cost", str(T("Cost of the pursuit (k)", "投入成本（千元）")), 0, 400, 10, 80, form="count"),
    ]
    labels = [
        T("Expected value", "期望值"), T("Break-even chance", "盈亏平衡概率"),
        T("Bids paid by one win", "赢一单够投几次标"), T("Result of ten such bids", "十个同样的标合计"), T("Decision", "决策"),
    ]  # fmt: skip
    caption = T("What the pursuit is worth on average", "这次跟单平均值多少")

    def render(state: Mapping[str, float]) -> str:
        margin, cost = state["margin"] * 1000, state["cost"] * 1000
        row = go_no_go(margin, cost, win_rate=state["chance"]).table.iloc[0]
        worth = float(row["expected_amount"])
        paid = number(margin / cost, 1) if cost else "–"
        texts = [money(worth), percent(row["break_even_rate"], 1), paid, money(10 * worth), say(f"territory.decision_{row['decision']}")]
        return answer_table(zip(labels, texts, strict=True), caption)

    return panel(sliders, render)
