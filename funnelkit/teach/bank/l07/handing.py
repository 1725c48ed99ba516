"""Hand-overs between roles, and a review from one page."""

from __future__ import annotations

import random
from typing import Any

import pandas as pd

from funnelkit.teach.exercise import Case
from funnelkit.teach.source import words
from funnelkit.words.formats import in_unit

W = words("L07")

_ROLES = {
    "seller": W["seller"],
    "presales": W["presales_engineer"],
    "contracts": W["contracts"],
    "delivery": W["delivery"],
}
_PAIRS = (
    ("seller", "presales"),
    ("presales", "seller"),
    ("seller", "contracts"),
    ("contracts", "seller"),
    ("seller", "delivery"),
    ("delivery", "seller"),
)


def draw_waits(r: random.Random) -> dict[str, Any]:
    """Draw hand-overs: one pair slow every time, one with a single odd case, one very frequent."""
    slow, odd, busy, *others = r.sample(_PAIRS, len(_PAIRS))
    rows = [(*slow, r.choice([7, 8, 9])) for _ in range(4)]
    rows += [(*odd, d) for d in (1, 2, 2, r.choice([38, 41, 45]))]
    rows += [(*busy, r.choice([2, 3])) for _ in range(7)]
    for pair in others:
        rows += [(*pair, r.choice([1, 2, 3, 4])) for _ in range(3)]
    r.shuffle(rows)
    return {"waits": pd.DataFrame(rows, columns=["giver", "taker", "days"])}


def _by_pair(case: Case) -> Any:
    waits = case["waits"]
    return waits.groupby(waits["giver"] + ">" + waits["taker"])["days"]


def slowest(case: Case) -> str:
    waits = case["waits"]
    pair = waits["giver"] + ">" + waits["taker"]
    return str(waits.groupby(pair)["days"].median().idxmax())


def _wait_table(case: Case) -> pd.DataFrame:
    waits = case["waits"]
    names = {k: str(v) for k, v in _ROLES.items()}
    return pd.DataFrame(
        {
            str(W["from"]): waits["giver"].map(names),
            str(W["to"]): waits["taker"].map(names),
            str(W["days_the_deal_waited"]): waits["days"],
        }
    )


def _pairs(case: Case) -> dict[str, str]:
    return {f"{a}>{b}": f"{_ROLES[a]} → {_ROLES[b]}" for a, b in _PAIRS}


_STAGES = (
    ("need", W["need_identification"], 60),
    ("proposal", W["proposal"], 75),
    ("negotiation", W["negotiation"], 50),
)


def draw_page(r: random.Random) -> dict[str, Any]:
    """Draw the page of a review: three deals past their limit, five within, one of these oldest."""
    amounts = r.sample(range(100, 400, 10), 7)  # in thousands
    rows = [
        ("proposal", max(amounts) + 150, r.choice([20, 25])),
        ("proposal", 60, r.choice([73, 74])),
    ]
    over = [("need", 62), ("negotiation", 58), ("negotiation", 54)]
    within = [("need", 30), ("negotiation", 21), ("proposal", 47)]
    for (stage, days), amount in zip([*over, *within], amounts, strict=False):
        rows.append((stage, amount, days + r.choice([0, 2, 4])))
    r.shuffle(rows)
    deals = [(f"D{k}", *row) for k, row in enumerate(rows, 1)]
    frame = pd.DataFrame(deals, columns=["deal", "stage", "amount", "days"])
    frame["limit"] = frame["stage"].map({s: n for s, _, n in _STAGES})
    return {"page": frame}


def first_talk(case: Case) -> str:
    page = case["page"]
    late = page[page["days"] > page["limit"]]
    return str(late.sort_values("amount")["deal"].iloc[-1])


def _top(case: Case, column: str) -> str:
    return str(case["page"].sort_values(column)["deal"].iloc[-1])


def _page_table(case: Case) -> pd.DataFrame:
    page = case["page"]
    names = {s: str(n) for s, n, _ in _STAGES}
    return pd.DataFrame(
        {
            str(W["deal"]): page["deal"],
            str(W["stage"]): page["stage"].map(names),
            str(W["amount_thousand"]): [in_unit(a, "thousand") for a in page["amount"]],
            str(W["days_in_stage"]): page["days"],
            str(W["limit_days"]): page["limit"],
        }
    )


def one_case(case: Case) -> Any:
    return str(_by_pair(case).mean().idxmax())


def most_often(case: Case) -> Any:
    return str(_by_pair(case).size().idxmax())


def deal_names(case: Case) -> Any:
    return case["page"]["deal"].tolist()


def largest(case: Case) -> Any:
    return _top(case, "amount")


def oldest(case: Case) -> Any:
    return _top(case, "days")


def middles(case: Case) -> str:
    """The sorted waits of each hand-over and the one in the middle, a line each."""
    names = _pairs(case)
    return "\n".join(
        f"{names[pair]}: {', '.join(map(str, sorted(days)))} → {days.median():g}"
        for pair, days in _by_pair(case)
    )
