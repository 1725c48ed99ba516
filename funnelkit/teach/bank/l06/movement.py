"""A guess, and the movement of a quarter."""

from __future__ import annotations

import random
from typing import Any

import pandas as pd

from funnelkit.process.text import Text
from funnelkit.teach.exercise import Case
from funnelkit.teach.kinds.faults import number_in
from funnelkit.teach.source import words
from funnelkit.words.formats import in_unit

W = words("L06")

_SHARE = W["give_a_number_from_0"]
_WEEKS = W["write_the_number_of_weeks"]


def _hundred(text: str) -> Text | None:
    told = number_in(text)
    return None if told is not None and 0 <= told <= 100 else _SHARE


def _weeks(text: str) -> Text | None:
    return _WEEKS if _hundred(text) else None


_FATES = (
    ("2026-08-20", "", "won"),
    ("2026-09-12", "2026-11-20", "open"),
    ("", "2026-09-18", "open"),
    ("2026-09-30", "", "lost"),
    ("2026-09-25", "2026-09-25", "open"),
    ("2026-11-05", "2026-09-15", "open"),
    ("2026-08-31", "", "no_decision"),
    ("2026-09-08", "2027-01-15", "open"),
    ("2026-12-10", "2026-12-10", "open"),
    ("", "2026-09-28", "open"),
)


def quarter_deals(r: random.Random) -> dict[str, Any]:
    """Draw the deals due in a quarter as known on two dates; money in the table's unit."""
    amounts = [in_unit(a, "thousand") for a in r.sample(range(60, 400, 10), len(_FATES))]
    rows = [
        (f"D{k}", a, *f)
        for k, (a, f) in enumerate(zip(amounts, r.sample(_FATES, len(_FATES)), strict=True), 1)
    ]
    return {"deals": pd.DataFrame(rows, columns=["deal", "amount", "due_then", "due_now", "now"])}


def moved(case: Case) -> list[float]:
    d = case["deals"]
    then, now = d["due_then"].str[:7] <= "2026-09", d["due_now"].str[:7] <= "2026-09"
    known, still = d["due_then"] != "", d["now"] == "open"
    new = d["amount"][~known & now & still].sum()
    pulled_in = d["amount"][known & ~then & now & still].sum()
    won = d["amount"][known & then & (d["now"] == "won")].sum()
    lost = d["amount"][known & then & d["now"].isin(["lost", "no_decision"])].sum()
    slipped = d["amount"][known & then & ~now & still].sum()
    return [float(x) for x in (new, pulled_in, won, lost, slipped)]


def _slipped_is_lost(case: Case) -> list[float]:
    new, pulled, won, lost, slipped = moved(case)
    return [new, pulled, won, lost + slipped, 0.0]


def _pulled_is_new(case: Case) -> list[float]:
    new, pulled, won, lost, slipped = moved(case)
    return [new + pulled, 0.0, won, lost, slipped]


def _only_named_lost(case: Case) -> list[float]:
    d = case["deals"]
    new, pulled, won, _, slipped = moved(case)
    return [new, pulled, won, float(d["amount"][d["now"] == "lost"].sum()), slipped]


def _deal_table(case: Case) -> pd.DataFrame:
    d = case["deals"]
    dash = {"": "–"}
    names = {
        "won": str(W["won"]),
        "lost": str(W["lost"]),
        "no_decision": str(W["no_decision"]),
        "open": str(W["open"]),
    }
    return pd.DataFrame(
        {
            str(W["deal"]): d["deal"],
            str(W["amount_thousand"]): d["amount"],
            str(W["close_date_as_seen_on"]): d["due_then"].replace(dash),
            str(W["state_on_31_august"]): d["now"].map(names),
            str(W["close_date_as_seen_on_2"]): d["due_now"].replace(dash),
        }
    )
