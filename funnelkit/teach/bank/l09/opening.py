"""Opening positions: what is asked and what is right."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pandas as pd

from funnelkit.show.table import Table
from funnelkit.teach.exercise import Case
from funnelkit.teach.source import words

W = words("L09")


def draw_bid(r: random.Random) -> dict[str, Any]:
    return {
        "chance": r.choice((20, 25, 30, 35, 40)) / 100,
        "margin": r.randrange(500, 1300, 100) * 1000,
        "cost": r.randrange(60, 100, 10) * 1000,
    }


def value(case: Case) -> float:
    from funnelkit.planning import go_no_go

    table = go_no_go(case["margin"], case["cost"], win_rate=case["chance"]).table
    return float(table["expected_amount"].iloc[0])


def break_even(case: Case) -> float:
    from funnelkit.planning import go_no_go

    table = go_no_go(case["margin"], case["cost"], win_rate=case["chance"]).table
    return float(table["break_even_rate"].iloc[0])


PLANS_OF_BIDS = (W["a_few_well_chosen"], W["as_many_as_possible"])


def draw_bids(r: random.Random) -> dict[str, Any]:
    return {
        "bids": [r.choice((4, 5, 6, 8)), r.choice((18, 20, 24, 25))],
        "rates": [r.choice((40, 50, 60)) / 100, r.choice((8, 10, 12, 15)) / 100],
        "cost": r.choice((30, 40, 50, 60)) * 1000,
    }


def a_win(case: Case) -> list[float]:
    from funnelkit.planning import bid_portfolio

    frame = pd.DataFrame({"plan": ["few", "many"], "bids": case["bids"], "win_rate": case["rates"]})
    table = bid_portfolio(frame.assign(cost=case["cost"])).table
    return [float(x) for x in table["cost_a_win_amount"]]


def bids_table(case: Case) -> pd.DataFrame:
    from funnelkit.words import money, percent

    index = pd.Index([str(n) for n in PLANS_OF_BIDS], name=str(W["plan"]))
    return pd.DataFrame(
        {
            str(W["bids"]): case["bids"],
            str(W["chance_of_each"]): [percent(x) for x in case["rates"]],
            str(W["cost_of_each"]): [money(case["cost"])] * 2,
        },
        index=index,
    )


def rule_table(case: Case) -> Table:
    """Return the rules as they are shown, without a deal."""
    from funnelkit.planning import position_strategy
    from funnelkit.words import say

    rules = position_strategy("equal").shown()
    rules = rules.only([c.name for c in rules.columns[:3]])
    none = say("territory.position_none")
    rows = [[none if cell == "" else cell for cell in row] for row in rules.rows]
    return replace(rules, rows=rows, caption="")


def whole(case: Case) -> Any:
    return [n * case["cost"] for n in case["bids"]]


def a_bid(case: Case) -> Any:
    return [case["cost"]] * 2
