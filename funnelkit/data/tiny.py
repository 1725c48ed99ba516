"""Thirty deals small enough to count by hand."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from funnelkit.process import load_process
from funnelkit.words import speaking

# One line a deal: region, seller, source, amount in thousands, then stage and days spent in it.
# l lead, c contact, n need, p proposal, g negotiation; W won, X lost, Z no decision; else open.
_LINES = """
North Adler Website 20 l5 c12 n20 p30 g20 W
North Adler Referral 35 l4 c10 n25 p20 g15 W
North Adler Website 15 l6 c14 X
North Adler Website 40 l5 c12 n30 p40 X
North Adler Referral 25 l3 c9 n18 p25 g30 Z
North Brandt Website 30 l8 X
North Brandt Website 10 l10 Z
North Brandt Website 55 l5 c20 n35 Z
North Brandt Referral 45 l2 c8 n22 g25 W
North Brandt Website 22 l7 Z
North Brandt Website 18 l6 c15 Z
North Adler Website 28 l9 X
North Adler Website 32 l5 c11 n24 p35 n10 p15 g10 W
North Brandt Website 16 l12 Z
North Adler Referral 60 l4 c10 n26 p
North Brandt Website 24 l6 c
South Costa Website 50 l6 c13 n28 p45 Z
South Costa Website 12 l8 Z
South Costa Website 38 l5 c16 n30 X
South Costa Website 26 l9 c18 Z
South Costa Referral 42 l3 c9 n20 p28 g22 X
South Costa Website 14 l11 Z
South Costa Website 33 l7 c14 X
South Costa Website 27 l6 X
South Costa Website 48 l5 c12 n
South Costa Website 21 l8 Z
South Costa Referral 36 l4 c11 n24 p
South Costa Website 19 l7 c
South Costa Website 23 l
South Costa Website 17 l
"""
_STAGES = {"l": "lead", "c": "contact", "n": "need", "p": "proposal", "g": "negotiation"}
_ENDS = {"W": "won", "X": "lost", "Z": "no_decision"}


def tiny() -> tuple[dict[str, pd.DataFrame], dict[str, object]]:
    """Return the tables and the facts of the set ``tiny``."""
    with speaking("en"):
        label = load_process().label
        names = {k: label(k) for k in (*_STAGES.values(), *_ENDS.values(), "open")}
    deals, history, fields = [], [], []
    for number, line in enumerate(_LINES.split("\n")[1:-1]):
        region, owner, source, amount, *moves = line.split()
        deal = f"T-{number + 1:02d}"
        moment = created = dt.datetime(2026, 1, 5, 9) + dt.timedelta(days=4 * number)
        stage, outcome, closed = "lead", "open", None
        for move in moves:
            if move in _ENDS:
                outcome, closed = _ENDS[move], moment
                history.append((deal, names[outcome], moment))
                continue
            stage = _STAGES[move[0]]
            history.append((deal, names[stage], moment))
            if stage == "negotiation" and number % 2 == 0:
                fields.append((deal, "amount", f"{int(amount) + 2}000", f"{amount}000", moment))
            moment += dt.timedelta(days=int(move[1:] or 0))
        row = (deal, f"Deal {number + 1}", owner, region, source, int(amount) * 1000, "EUR")
        deals.append((*row, created, names[stage], names[outcome], closed))
    columns = ["deal_id", "name", "owner", "region", "source", "amount", "currency"]
    columns += ["created_at", "stage", "outcome", "closed_at"]
    tables = {
        "deals": pd.DataFrame(deals, columns=columns),
        "stage_history": pd.DataFrame(history, columns=["deal_id", "stage", "entered_at"]),
        "field_history": pd.DataFrame(
            fields, columns=["deal_id", "field", "old", "new", "changed_at"]
        ),
    }
    facts: dict[str, object] = {
        "name": "tiny",
        "deals": len(deals),
        "language": "en",
        "process": "b2b-six-stages",
        "timezone": "UTC",
        "currency": "EUR",
        "as_of": "2026-06-30",
        "about": {
            "en": "Thirty deals to count by hand; one skips a stage and one goes back.",
            "zh": "三十个可以手工点数的商机，其中一个跳阶段，一个回退。",
        },
        "how": {
            "en": "Written by hand, one line a deal, in funnelkit/data/tiny.py.",
            "zh": "手工编写，每个商机一行，见 funnelkit/data/tiny.py。",
        },
    }
    return tables, facts
