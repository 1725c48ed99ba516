"""What the histories say, defined once: the value a deal had at a moment, and a push.

:meth:`Pipeline.at` winds all deals back to one moment in the engine; :func:`as_was` is the same for
one column where each row asks for a moment of its own.

A push is a planned close of an open deal moved to a later calendar month, as Salesforce's
``PushCount`` has it. No push is the first filling of an empty date; a move inside the month or to
an earlier one; what is written from a minute before the close on (CRMs put the closing date there);
and the first move away from the last day of the month of creation where nobody set that date by
hand, that is where no recorded change put it there later than a minute after the creation (HubSpot
fills it in by default).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

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


def recorded(p: Pipeline, column: str) -> pd.DataFrame:
    """Return the recorded changes of a column: ``deal_id, changed_at, was``; kept with the data.

    ``was``, the value before, is read as the column's type. In order of time within a deal.
    """
    key = f"recorded {column}"
    if key not in p._kept:
        p._kept[key] = _recorded(p, column)
    found: pd.DataFrame = p._kept[key]
    return found


def _recorded(p: Pipeline, column: str) -> pd.DataFrame:
    t = p.field_history
    if t is None or column not in p.changed_fields:
        return pd.DataFrame({"deal_id": [], "changed_at": [], "was": []})
    t = t.filter((t.field == column) & t.changed_at.notnull())
    kind = p.deals.schema()[column] if column in p.deals.columns else "string"
    was = read_text(t.old, kind)
    rows = t.select("deal_id", "changed_at", "seq", was=was)
    ordered: pd.DataFrame = rows.order_by(["deal_id", "changed_at", "seq"]).to_pandas()
    return ordered.drop(columns="seq")


def as_was(
    p: Pipeline, column: str, today: pd.Series[Any], deals: pd.Series[Any], moments: Any
) -> pd.Series[Any]:
    """Return a column as it was: the first change after a moment knows the value before it.

    Parameters
    ----------
    today : Series
        The values of today, one for each row of ``deals``.
    deals : Series
        Ids of deals; one may stand there often.
    moments : Series or datetime
        When, for each row or for all.
    """
    changes = recorded(p, column)
    if changes.empty or not len(deals):
        return today
    # of changes at one time the first
    changes = changes.drop_duplicates(["deal_id", "changed_at"]).sort_values("changed_at")
    asked = pd.DataFrame({"deal_id": deals.to_numpy(), "at": moments}).astype(
        {"deal_id": "str", "at": "datetime64[us]"}
    )
    right = changes.astype({"deal_id": "str", "changed_at": "datetime64[us]"})
    found = pd.merge_asof(
        asked.assign(row=range(len(asked))).sort_values("at", kind="stable"),
        right.assign(changed=True), left_on="at", right_on="changed_at", by="deal_id",
        direction="forward", allow_exact_matches=False,
    ).sort_values("row")  # fmt: skip
    return today.where(found["changed"].isna().to_numpy(), found["was"].to_numpy())


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


__all__ = ["DateMoves", "as_was", "date_moves", "pushes", "recorded"]
