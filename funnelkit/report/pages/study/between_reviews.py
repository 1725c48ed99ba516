"""Between two reviews: control points that cleared or came, milestones kept or missed."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pandas as pd

from funnelkit.words import say

if TYPE_CHECKING:
    from funnelkit.control import Checkpoints
    from funnelkit.data import Pipeline


def fired(found: Checkpoints) -> set[tuple[str, str]]:
    """Return the deals and points that fired on open deals."""
    closing = dict(found.options)["closing"]
    table = found.table[~found.table["checkpoint"].isin(closing)]
    return set(zip(table["deal_id"], table["checkpoint"], strict=True))


def between_reviews(p: Pipeline, then: Checkpoints, now: Checkpoints) -> pd.DataFrame:
    """Count per owner what fired then, what cleared, what came, and what fires now.

    Returns
    -------
    DataFrame
        ``owner, then, closed, settled, new, now, still``: then - closed - settled + new = now.
        *closed*: the deal was closed since; *settled*: it is open and the point is quiet.
    """
    before, after = fired(then), fired(now)
    deals = p.frame().set_index("deal_id")
    owner = deals["owner"].astype("object").where(deals["owner"].notna(), say("loop.no_owner"))
    is_open = deals["outcome"] == "open"
    rows: dict[str, dict[str, int]] = {}
    for deal, point in sorted(before | after):
        row = rows.setdefault(
            str(owner.get(deal)),
            dict.fromkeys(("then", "closed", "settled", "new", "now", "still"), 0),
        )
        key = (deal, point)
        row["then"] += key in before
        row["now"] += key in after
        row["still"] += key in before and key in after
        row["new"] += key in after and key not in before
        if key in before and key not in after:
            row["settled" if bool(is_open.get(deal)) else "closed"] += 1
    columns = ["owner", "then", "closed", "settled", "new", "now", "still"]
    table = pd.DataFrame([{"owner": o, **r} for o, r in rows.items()], columns=columns)
    order = ["now", "still", "owner"]
    return table.sort_values(order, ascending=[False, False, True]).reset_index(drop=True)


def milestones_now(p: Pipeline) -> tuple[Any, pd.DataFrame, int]:
    """Set every dated open deal beside the milestone before its expected close.

    A deal has to enter its next stage so many days before its date as half of the deals that are
    won need from there on; in the last stage the date itself counts.

    Returns
    -------
    (Milestones, DataFrame, int)
        The milestones; ``deal_id, owner, stage, next, expected_close, enter_by, late_days,
        amount`` of every deal that could be asked; and how many open deals could not.
    """
    from funnelkit.control import milestones

    p.need("expected_close", "outcome", what="milestones")
    today = p.as_of.date()
    found = milestones(today, p, quantiles=(0.5,))
    days = found.table.set_index("stage")["days"]
    ids = list(p.process.open_ids)
    frame = p.frame()
    frame = frame[frame["outcome"] == "open"]
    rows = []
    for deal in frame.to_dict("records"):
        close, stage = deal["expected_close"], deal["stage"]
        if pd.isna(close) or stage not in ids:
            continue
        place = ids.index(stage) + 1
        after = ids[place] if place < len(ids) else "won"
        lead = float(days[after]) if after != "won" else 0.0
        if lead != lead:
            continue
        by = pd.Timestamp(close).date() - dt.timedelta(days=int(lead))
        late = (today - by).days
        amount = deal["amount"] if deal["amount"] == deal["amount"] else 0.0
        rows.append((deal["deal_id"], deal["owner"], stage, after, pd.Timestamp(close).date(), by,
                     late, amount))  # fmt: skip
    columns = ["deal_id", "owner", "stage", "next", "expected_close", "enter_by", "late_days",
               "amount"]  # fmt: skip
    table = pd.DataFrame(rows, columns=columns)
    table = table.sort_values(["amount", "deal_id"], ascending=[False, True], kind="stable")
    return found, table.reset_index(drop=True), len(frame) - len(table)
