"""What the histories say, defined once: a push.

A push is a planned close of an open deal moved to a later calendar month, as Salesforce's
``PushCount`` has it. No push is the first filling of an empty date; a move inside the month or to
an earlier one; what is written from a minute before the close on (CRMs put the closing date there);
and the first move away from the last day of the month of creation where nobody set that date by
hand, that is where no recorded change put it there later than a minute after the creation (HubSpot
fills it in by default).
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from funnelkit.data.engines import read_text
from funnelkit.data.pipeline import Pipeline

# What a CRM writes by itself, on creation or on closing, it writes within a minute.
_BY_ITSELF = pd.Timedelta(minutes=1)


@dataclass(frozen=True, eq=False)
class DateMoves:
    """Every recorded change of the planned close.

    Attributes
    ----------
    table : DataFrame
        ``deal_id, changed_at, old, new, slipped_days``; ``push``, or why a later date is none:
        ``at_close``, ``default``. In order of time within a deal.
    unreadable : int
        Changes from or to something that is no date.
    """

    table: pd.DataFrame
    unreadable: int


def pushes(p: Pipeline) -> pd.DataFrame:
    """Return one row a push: ``deal_id, changed_at, old, new, slipped_days``.

    Examples
    --------
    >>> from funnelkit.data.pipeline import from_frames
    >>> deals = pd.DataFrame({"deal_id": ["a"], "outcome": "open",
    ...     "created_at": pd.Timestamp("2026-01-05"), "expected_close": pd.Timestamp("2026-04-10")})
    >>> log = pd.DataFrame({"deal_id": "a", "field": "expected_close",
    ...     "old": ["2026-02-10", "2026-02-20"], "new": ["2026-02-20", "2026-04-10"],
    ...     "changed_at": pd.to_datetime(["2026-02-01", "2026-02-15"])})
    >>> pushes(from_frames(deals, field_history=log, as_of="2026-02-28")).slipped_days.tolist()
    [49]
    """
    moves = date_moves(p).table
    return moves.loc[moves["push"], ["deal_id", "changed_at", "old", "new", "slipped_days"]]


def date_moves(p: Pipeline) -> DateMoves:
    """Return every change of the planned close, marked as push or why not; kept with the data."""
    if "date_moves" not in p._kept:
        p._kept["date_moves"] = _date_moves(p)
    found: DateMoves = p._kept["date_moves"]
    return found


def _date_moves(p: Pipeline) -> DateMoves:
    t = p.field_history
    assert t is not None
    t = t.filter(t.field == "expected_close")
    old, new = t.old.nullif(""), t.new.nullif("")
    moves = t.select(
        "deal_id", "changed_at", "seq",
        old=read_text(old, "timestamp(6)"), new=read_text(new, "timestamp(6)"), had=old.notnull(),
        has=new.notnull(),
    ).order_by(["deal_id", "changed_at", "seq"]).to_pandas()  # fmt: skip
    for c in ("old", "new", "changed_at"):
        moves[c] = pd.to_datetime(moves[c])
    garbled = (moves["had"] & moves["old"].isna()) | (moves["has"] & moves["new"].isna())
    moves = moves[~garbled & moves["changed_at"].notna()].drop(columns=["had", "has", "seq"])
    deals = p.deals.select("deal_id", "created_at", "closed_at", "outcome").to_pandas()
    over = deals["closed_at"].where(deals["outcome"] != "open")
    deals = deals[["deal_id", "created_at"]].assign(over=over)
    moves = moves.merge(deals, on="deal_id")
    month_old = moves["old"].dt.year * 12 + moves["old"].dt.month
    month_new = moves["new"].dt.year * 12 + moves["new"].dt.month
    later = (month_new > month_old).fillna(False)
    moves["at_close"] = later & (moves["changed_at"] >= moves["over"] - _BY_ITSELF)
    # the first move away from a date: who put it there?
    nth = moves[moves["old"].notna()].groupby("deal_id").cumcount()
    away = (nth.reindex(moves.index) == 0) & later
    filled = moves["old"].isna() & moves["new"].notna()
    by_hand = filled & (moves["changed_at"] > moves["created_at"] + _BY_ITSELF)
    set_by_hand = by_hand.groupby(moves["deal_id"]).cummax()
    month_end = moves["created_at"].dt.normalize() + pd.offsets.MonthEnd(0)
    default = away & (moves["old"].dt.normalize() == month_end) & ~set_by_hand
    moves["default"] = default & ~moves["at_close"]
    moves["push"] = later & ~moves["at_close"] & ~moves["default"]
    moves["slipped_days"] = (moves["new"] - moves["old"]).dt.days
    return DateMoves(moves.drop(columns=["created_at", "over"]), int(garbled.sum()))


__all__ = ["DateMoves", "date_moves", "pushes"]
