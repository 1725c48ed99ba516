"""Pushes: expected closing dates that were moved to a later month, and what became of the deals."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from funnelkit.data.history import date_moves
from funnelkit.data.pipeline import Pipeline
from funnelkit.measures.drawn import draw_rates, row_name
from funnelkit.measures.engine import group_columns, groups_first, period
from funnelkit.measures.result import Result, standing_out
from funnelkit.measures.scope import make_scope
from funnelkit.stats.intervals import wilson
from funnelkit.words import days, percent, say, sentences

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from funnelkit.charts import Chart

#: Push counts fall into these bands.
BANDS = ("0_1", "2", "3_or_more")
_EARLY, _LATE = pd.Timestamp("1700-01-01"), pd.Timestamp("2200-01-01")


@dataclass(frozen=True, eq=False, repr=False)
class PushBands(Result):
    """Win rate of closed deals by how often they were pushed."""

    name: ClassVar[str] = "push_bands"
    room: ClassVar[str] = "hygiene"
    counts: ClassVar = ("deals", "won")
    keys: ClassVar = ("band",)

    def _behind(self, p: Pipeline) -> pd.DataFrame:
        since, until = _bounds(self.scope.since, self.scope.until)
        lives = _lives(p, [])
        deals = _banded(lives[_live(lives, since, until)], since, until)
        rows = deals[["deal_id", "band"]].assign(deals=1, won=deals["won"].astype(int))
        return rows.assign(why=None)

    def summary(self) -> str:
        """Compare the win rate of the least and the most pushed deals."""
        if not self.table["deals"].sum():
            return say("measures.nothing")
        few, few_n = self._of("0_1")
        many, many_n = self._of("3_or_more")
        return say(
            "hygiene.push_bands_summary", few=few, few_n=few_n, many=many, many_n=many_n
        )  # fmt: skip

    def _of(self, band: str) -> tuple[float, int]:
        """Return the win rate and the size of a band over all groups."""
        part = self.table[self.table["band"] == band]
        won, deals = int(part["won"].sum()), int(part["deals"].sum())
        return (won / deals if deals else float("nan")), deals

    def plot(self, ax: Axes | None = None) -> Chart:
        """Draw the win rate of each band with its interval."""
        names = [say(f"hygiene.band_{band}") for band in self.table["band"]]
        rows = zip(self.table.to_dict("records"), names, strict=True)
        headings = (say("measures.chart_closed"), say("hygiene.chart_share"))
        labels = [row_name(self, row, name) for row, name in rows]
        return draw_rates(self, ax, labels, ("deals", "rate", "low", "high"), headings)


@dataclass(frozen=True, eq=False, repr=False)
class PushRate(Result):
    """Share of deals with an expected closing date that were pushed.

    Attributes
    ----------
    bands : PushBands
        Win rate of the closed deals by number of pushes.
    pushes : DataFrame
        One row a push: ``deal_id``, [by], ``changed_at, old, new, slipped_days``.
    """

    name: ClassVar[str] = "push_rate"
    room: ClassVar[str] = "hygiene"
    bands: PushBands | None = None
    pushes: pd.DataFrame = field(default_factory=pd.DataFrame)
    counts: ClassVar = ("deals", "pushed", "pushes")

    def _behind(self, p: Pipeline) -> pd.DataFrame:
        since, until = _bounds(self.scope.since, self.scope.until)
        rows = _lives(p, []).assign(live=lambda d: _live(d, since, until))
        pushes = rows["deal_id"].map(self.pushes["deal_id"].value_counts()).fillna(0).astype(int)
        why = np.select(
            [~rows["has_date"], ~rows["live"]], ["hygiene.no_date", "outside_period"], ""
        )
        return rows[["deal_id"]].assign(
            deals=1,
            pushed=(pushes > 0).astype(int),
            pushes=pushes,
            why=pd.Series(why).replace("", None),
        )

    def summary(self) -> str:
        """Give the share, the typical slip and the ends of the groups."""
        known = self.table.dropna(subset=["rate"])
        if known.empty:
            return say("measures.nothing")
        pushed, of = int(known["pushed"].sum()), int(known["deals"].sum())
        low, high = wilson(pushed, of)
        parts = [
            say(
                "hygiene.push_rate_summary",
                pushed=pushed, of=of, rate=percent(pushed / of, 1), low=low, high=high,
                pushes=len(self.pushes),
            )
        ]  # fmt: skip
        if len(self.pushes):
            slip = float(self.pushes["slipped_days"].median())
            parts.append(say("hygiene.push_slip", days=days(slip)))
        if self.by and len(known) > 1:
            parts.append(standing_out(self, known, "pushed", "deals"))
        return sentences(parts)

    def plot(self, ax: Axes | None = None) -> Chart:
        """Draw the push rate of every group with its interval."""
        table = self.table
        labels = [row_name(self, row) for row in table.to_dict("records")]
        headings = (say("hygiene.chart_with_date"), say("hygiene.chart_share"))
        overall = float(table["pushed"].sum() / max(1, table["deals"].sum()))
        columns = ("deals", "rate", "low", "high")
        return draw_rates(self, ax, labels, columns, headings, overall=overall)


def push_rate(
    p: Pipeline,
    by: str | list[str] | None = None,
    *,
    since: dt.date | str | None = None,
    until: dt.date | str | None = None,
) -> PushRate:
    """Share of deals whose expected closing date was moved to a later calendar month.

    Parameters
    ----------
    by : str or list of str, optional
        One row a group, by the deal's present value.
    since, until : date, optional
        Half-open period of the moves; deals count that were open with a date in it.

    Returns
    -------
    PushRate
        ``table``: [by], ``deals, pushed, rate, low, high, pushes, median_slipped_days``.
        ``bands``: win rate by number of pushes. ``pushes``: every push.

    Notes
    -----
    What is a push and what is none: :mod:`funnelkit.data.history`.

    Examples
    --------
    >>> from funnelkit.data.pipeline import from_frames
    >>> deals = pd.DataFrame({"deal_id": ["a", "b"], "outcome": "open",
    ...     "created_at": pd.Timestamp("2026-01-05"),
    ...     "expected_close": pd.to_datetime(["2026-03-10", "2026-02-20"])})
    >>> log = pd.DataFrame({"deal_id": ["a"], "field": "expected_close", "old": "2026-02-28",
    ...     "new": "2026-03-10", "changed_at": pd.Timestamp("2026-02-20")})
    >>> push_rate(from_frames(deals, field_history=log, as_of="2026-02-28")).table.rate.tolist()
    [0.5]
    """
    own = ("deals", "pushed", "pushes", "band", "median_slipped_days", "slipped_days")
    groups = group_columns(p, by, *own, "old", "changed_at")
    p.need("expected_close", "field_history", what="push_rate")
    start, end = period(since, until)
    since_, until_ = _bounds(start, end)
    deals = _lives(p, groups)
    has_date, live = deals["has_date"], _live(deals, since_, until_)
    moves = date_moves(p).table
    pushes = moves[moves["push"]]
    inside = pushes["changed_at"].between(since_, until_, inclusive="left")
    pushes = pushes[inside & pushes["deal_id"].isin(deals.loc[live, "deal_id"])]
    here = deals[live].assign(pushed=lambda d: d["deal_id"].isin(pushes["deal_id"]))
    pushes = pushes.merge(deals[["deal_id", *groups]], on="deal_id")
    pushes = pushes[["deal_id", *groups, "changed_at", "old", "new", "slipped_days"]]

    table = _rates(here, pushes, groups)
    left_out = [
        ("hygiene.no_date", int((~has_date).sum())),
        ("outside_period", int((has_date & ~live).sum())),
        ("hygiene.unreadable", date_moves(p).unreadable),
        ("hygiene.at_close", int(moves["at_close"].sum())),
        ("hygiene.by_default", int(moves["default"].sum())),
    ]
    scope = make_scope(p, len(here), left_out, start, end)
    common = (p.process, tuple(groups), (), p.synthetic)
    bands = PushBands(_bands(here, groups, since_, until_), scope, *common)
    return PushRate(table, scope, *common, bands, pushes)


def _bounds(
    since: dt.datetime | None, until: dt.datetime | None
) -> tuple[pd.Timestamp, pd.Timestamp]:
    return pd.Timestamp(since or _EARLY), pd.Timestamp(until or _LATE)


def _live(deals: pd.DataFrame, since: pd.Timestamp, until: pd.Timestamp) -> pd.Series[bool]:
    """Say which deals were open with an expected date in the period."""
    over = deals["over"].fillna(_LATE)
    return deals["has_date"] & (deals["known"] < until) & (over >= since)


def _lives(p: Pipeline, groups: list[str]) -> pd.DataFrame:
    """Return the deals with when their date was known, when they were over, and their pushes."""
    names = ["deal_id", "created_at", "closed_at", "outcome", "expected_close"]
    deals = p.deals.select(*dict.fromkeys([*names, *groups])).to_pandas()
    deals = groups_first(deals, groups)
    deals["over"] = deals["closed_at"].where(deals["outcome"] != "open")
    moves = date_moves(p).table
    first = moves.drop_duplicates("deal_id").set_index("deal_id")
    filled = first["changed_at"].where(first["old"].isna())
    known = deals["deal_id"].map(filled.to_dict()).astype(deals["created_at"].dtype)
    known = known.fillna(deals["created_at"]).fillna(_EARLY)
    has_date = deals["expected_close"].notna() | deals["deal_id"].isin(first.index)
    pushes = moves.loc[moves["push"], "deal_id"].value_counts()
    return deals.assign(
        known=known,
        has_date=has_date & (known < deals["over"].fillna(_LATE)),
        pushes=deals["deal_id"].map(pushes).fillna(0).astype(int),
    )


def _rates(here: pd.DataFrame, pushes: pd.DataFrame, groups: list[str]) -> pd.DataFrame:
    """Return deals, pushed deals and pushes of each group."""
    pieces = list(here.groupby(groups, sort=True)) if groups else [((), here)]
    rows = []
    for key, part in pieces:
        own = pushes[pushes["deal_id"].isin(part["deal_id"])]
        slip = float(own["slipped_days"].median()) if len(own) else float("nan")
        rows.append((*key, len(part), int(part["pushed"].sum()), len(own), slip))
    names = [*groups, "deals", "pushed", "pushes", "median_slipped_days"]
    table = pd.DataFrame(rows, columns=names)
    n, k = table["deals"], table["pushed"]
    low, high = wilson(k.to_numpy(), n.to_numpy())
    table["rate"], table["low"], table["high"] = k / n.where(n > 0), low, high
    return table[[*groups, "deals", "pushed", "rate", "low", "high", *names[-2:]]]


def _bands(
    deals: pd.DataFrame, groups: list[str], since: pd.Timestamp, until: pd.Timestamp
) -> pd.DataFrame:
    """Return won and closed deals by group and number of pushes over their whole life."""
    closed = _banded(deals, since, until)
    sums = closed.groupby([*groups, "band"])["won"].agg(["size", "sum"]).reset_index()
    rows = pd.DataFrame({"band": list(BANDS)})
    if groups:
        rows = closed[groups].drop_duplicates().sort_values(groups).merge(rows, how="cross")
    table = rows.merge(sums, on=[*groups, "band"], how="left")
    table["deals"] = table.pop("size").fillna(0).astype("int64")
    table["won"] = table.pop("sum").fillna(0).astype("int64")
    table["rate"] = table["won"] / table["deals"].where(table["deals"] > 0)
    table["low"], table["high"] = wilson(table["won"].to_numpy(), table["deals"].to_numpy())
    return table


def _banded(deals: pd.DataFrame, since: pd.Timestamp, until: pd.Timestamp) -> pd.DataFrame:
    """Return the deals closed in the period with the band of their pushes."""
    closed = deals[deals["over"].between(since, until, inclusive="left")]
    band = np.select([closed["pushes"] <= 1, closed["pushes"] == 2], BANDS[:2], BANDS[2])
    return closed.assign(band=band, won=closed["outcome"] == "won")


__all__ = ["BANDS", "PushBands", "PushRate", "push_rate"]
