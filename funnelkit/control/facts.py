"""What is known of a deal at a moment: the variables of a rule, with nothing from later.

One function serves both the open deals of today and past deals at a past moment, so a rule
means the same in the alert and in the record of its false alarms.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from funnelkit.data.history import as_was, pushes, recorded
from funnelkit.data.pipeline import Pipeline
from funnelkit.process import Process
from funnelkit.process.workdays import closed_days

_DAY = 86400.0
# Written once a deal is over, or about its end: never known while it is open.
_ENDINGS = ("outcome", "closed_at", "loss_reason", "competitor")
# Dates that lie ahead by nature; any other date of a deal is something that happened.
_AHEAD = ("expected_close", "next_step_date", "decision_date", "close_date")


@dataclass
class Facts:
    """The variables of some deals at some moments, made when they are asked for.

    Attributes
    ----------
    points : DataFrame
        ``deal_id, moment``, one row each to be looked at.
    as_today : set of str
        Columns without a history that were used with the value they have today.
    """

    p: Pipeline
    points: pd.DataFrame
    working_days: bool = False
    as_today: set[str] = field(default_factory=set)
    _kept: dict[str, pd.Series[Any]] = field(default_factory=dict)
    _tables: dict[str, pd.DataFrame] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.points = self.points[["deal_id", "moment"]].reset_index(drop=True)
        # an empty frame says nothing of its types
        kinds = {"deal_id": "str", "moment": "datetime64[us]"}
        self.points = self.points.astype(kinds)
        deals = self._table("deals")
        self.deals = deals.set_index("deal_id").reindex(self.points["deal_id"]).reset_index()

    def __getitem__(self, name: str) -> pd.Series[Any]:
        if name not in self._kept:
            maker = MAKERS.get(name)
            made = maker.make(self) if maker and maker.ready(self.p) else self.column(name)
            self._kept[name] = made.reset_index(drop=True)
        return self._kept[name]

    def has(self, name: str) -> bool:
        """Say whether the data carry the variable."""
        maker = MAKERS.get(name)
        return (maker is not None and maker.ready(self.p)) or has_column(self.p, name)

    def column(self, name: str) -> pd.Series[Any]:
        """Return a deal column as it was at the moment."""
        name = SAME.get(name, name)
        values = self.deals[name]
        if len(recorded(self.p, name)):
            values = as_was(self.p, name, values, self.points["deal_id"], self.points["moment"])
        elif name not in ("created_at", "deal_id") and self._past():
            self.as_today.add(name)
        dated = pd.api.types.is_datetime64_any_dtype(values)
        if dated and name not in _AHEAD:
            values = values.where(values <= self.points["moment"])
        return values

    def days(self, since: pd.Series[Any]) -> pd.Series[Any]:
        """Return whole days from ``since`` to the moment, or working days where asked for."""
        if not self.working_days:
            return _whole_days(since, self.points["moment"])
        return pd.Series(working_days(since, self.points["moment"], self.p.process))

    def _past(self) -> bool:
        return bool((self.points["moment"] < pd.Timestamp(self.p.as_of)).any())

    def _table(self, name: str) -> pd.DataFrame:
        if name not in self._tables:
            if name == "deals":
                table: pd.DataFrame = self.p.deals.to_pandas()
            elif name in ("stage_history", "field_history"):
                table = getattr(self.p, name).to_pandas()
            else:
                table = self.p.tables[name].to_pandas()
            if "deal_id" in table:
                table["deal_id"] = table["deal_id"].astype("str")
            self._tables[name] = table
        return self._tables[name]

    def _last(self, rows: pd.DataFrame, when: str, keep: list[str]) -> pd.DataFrame:
        """Return each point's latest row at or before its moment."""
        order = [when, *([c for c in ("seq",) if c in rows])]
        rows = rows.dropna(subset=[when]).sort_values(order, kind="stable")
        wanted = [c for c in keep if c != when]
        right = rows[["deal_id", when, *wanted]].rename(columns={when: "moment"})
        right["moment"] = right["moment"].astype("datetime64[us]")
        right["_when"] = right["moment"]
        left = self.points.assign(_row=np.arange(len(self.points)))
        left["moment"] = left["moment"].astype("datetime64[us]")
        both = pd.merge_asof(
            left.sort_values("moment", kind="stable"), right, on="moment", by="deal_id"
        ).sort_values("_row")
        return both.rename(columns={"_when": when}).reset_index(drop=True)

    def _known(self, table: str, when: str) -> pd.DataFrame:
        """Return the rows of a table that were known at each point, with the point's ``_row``."""
        return self._until_then(self._table(table), when)

    def _until_then(self, rows: pd.DataFrame, when: str) -> pd.DataFrame:
        left = self.points.assign(_row=np.arange(len(self.points)))
        both = left.merge(rows, on="deal_id")
        return both[both[when] <= both["moment"]] if when in both else both

    def _counted(self, rows: pd.DataFrame) -> pd.Series[Any]:
        counts = rows.groupby("_row").size()
        return counts.reindex(range(len(self.points)), fill_value=0).astype("int64")


def _whole_days(since: pd.Series[Any], until: pd.Series[Any]) -> pd.Series[Any]:
    seconds = (until - since.reset_index(drop=True)).dt.total_seconds()
    return seconds // _DAY


def working_days(
    since: pd.Series[Any], until: pd.Series[Any], process: Process
) -> np.ndarray[Any, Any]:
    """Count the working days from one day (included) to another (not included).

    The calendar of the process says which days of the week are worked and which are holidays.
    """
    start = since.reset_index(drop=True)
    known = start.notna() & until.notna()
    counted = np.full(len(start), np.nan)
    if known.any():
        first = start[known].to_numpy().astype("datetime64[D]")
        last = until[known].to_numpy().astype("datetime64[D]")
        ends = np.concatenate([first, last])
        closed = closed_days(process.calendar, ends.min().item(), ends.max().item())
        counted[known.to_numpy()] = np.busday_count(
            first, last, weekmask=[True] * 7, holidays=closed
        )
    return counted


# --------------------------------------------------------------------------- the variables


@dataclass(frozen=True)
class Maker:
    """How a variable is made and what it needs."""

    make: Callable[[Facts], pd.Series[Any]]
    #: Alternatives: any of these groups of columns or tables is enough.
    needs: tuple[tuple[str, ...], ...]
    #: What to write of the needs, e.g. ``field_history(expected_close)``.
    unit: str

    def ready(self, p: Pipeline) -> bool:
        """Say whether the data carry one of the alternatives."""
        return any(all(has_source(p, n) for n in group) for group in self.needs)


def has_column(p: Pipeline, name: str) -> bool:
    """Say whether the deals have a column that the source really filled."""
    name = SAME.get(name, name)
    if name in _ENDINGS or name not in p.deals.columns:
        return False
    return name in p.given or name in set(p.deals.columns) - _canonical()


def has_source(p: Pipeline, name: str) -> bool:
    """Say whether a column, a table or a changed field (``field:name``) is there."""
    if name.startswith("field:"):
        return name[6:] in p.changed_fields
    table, _, column = name.partition(".")
    if column:
        return table in p.tables and column in p.tables[table].columns
    if name in ("stage_history", "field_history"):
        return name in p.given
    return name in p.tables or has_column(p, name)


def _canonical() -> set[str]:
    from funnelkit.data.pipeline import DEALS

    return set(DEALS)


#: Names the sheet uses for what the data call otherwise.
SAME = {
    "amount_current": "amount",
    "amount_proposed": "amount",
    "close_date": "expected_close",
}


def _stage(f: Facts) -> pd.Series[Any]:
    if f.p.stage_history is None:
        return f.column("stage")
    return f._last(_visits(f), "entered_at", ["stage"])["stage"]


def _visits(f: Facts) -> pd.DataFrame:
    rows = f._table("stage_history")
    return rows[rows["stage"].isin(f.p.process.open_ids)]


def entered_stage(f: Facts) -> pd.Series[Any]:
    """Return when each deal came to the stage it was in."""
    return f._last(_visits(f), "entered_at", ["stage"])["entered_at"]


def _touch_hours(f: Facts) -> pd.Series[Any]:
    if has_column(f.p, "first_touch_at"):
        touched, born = f.column("first_touch_at"), f.column("created_at")
        f.as_today.discard("first_touch_at")
    else:
        leads = f._known("leads", "created_at").groupby("_row")
        rows = range(len(f.points))
        touched = leads["first_touch_at"].min().reindex(rows)
        born = leads["created_at"].min().reindex(rows)
        touched = touched.where(touched <= f.points["moment"])
    # nobody has answered yet: the clock still runs
    hours = (touched.fillna(f.points["moment"]) - born).dt.total_seconds() / 3600
    return hours


def _pushes(f: Facts) -> pd.Series[Any]:
    rows = pushes(f.p).astype({"deal_id": "str"})
    return f._counted(f._until_then(rows, "changed_at"))


def _overdue(f: Facts) -> pd.Series[Any]:
    # on the expected day itself a deal is not late yet
    return f.days(f.column("expected_close").dt.normalize())


def _contacts(f: Facts) -> pd.Series[Any]:
    if "contacts" in f.p.tables and "deal_id" in f.p.tables["contacts"].columns:
        return f._counted(f._known("contacts", "met_at"))
    return f.column("n_contacts")


def _role(f: Facts) -> pd.Series[Any]:
    if has_column(f.p, "role"):
        return f.column("role")
    rows = f._known("contacts", "met_at").dropna(subset=["role"])
    return rows.groupby("_row")["role"].first().reindex(range(len(f.points)))


def _since_activity(f: Facts) -> pd.Series[Any]:
    return _quiet(f, f._table("activities"))


def _since_buyer(f: Facts) -> pd.Series[Any]:
    rows = f._table("activities")
    return _quiet(f, rows[rows["by_buyer"].astype("boolean").fillna(False).astype(bool)])


def _quiet(f: Facts, rows: pd.DataFrame) -> pd.Series[Any]:
    last = f._last(rows, "at", [])["at"]
    # nothing yet: quiet since the deal began
    return f.days(last.fillna(f.column("created_at")))


def _activities(f: Facts) -> pd.Series[Any]:
    return f._counted(f._known("activities", "at"))


def _discount(f: Facts) -> pd.Series[Any]:
    if has_column(f.p, "discount_pct"):
        share = f.column("discount_pct").astype(float)
        return share * 100 if share.abs().max() <= 1 else share
    listed, amount = f.column("list_amount").astype(float), f.column("amount").astype(float)
    return (1 - amount / listed.where(listed > 0)) * 100


def _next_step(f: Facts) -> pd.Series[Any]:
    return f.days(f.column("next_step_date").dt.normalize())


def _held(f: Facts, *more: str) -> pd.DataFrame:
    """Return who held each deal from when until when, open deals without an end."""
    deals = f._table("deals").dropna(subset=["created_at"])
    changes = recorded(f.p, "owner").drop_duplicates(["deal_id", "changed_at"])
    changes = changes.astype({"deal_id": "str", "changed_at": "datetime64[us]"})
    before = changes.rename(columns={"was": "owner", "changed_at": "until"})
    before["since"] = before.groupby("deal_id")["until"].shift()
    last = before.drop_duplicates("deal_id", keep="last")[["deal_id", "until"]]
    today = deals[["deal_id", "owner"]].merge(
        last.rename(columns={"until": "since"}), on="deal_id", how="left"
    )
    held = pd.concat([before, today]) if len(before) else today.assign(until=today["since"])
    held = held.merge(deals[["deal_id", "created_at", "closed_at", *more]], on="deal_id")
    held["since"] = held["since"].fillna(held["created_at"])
    held["until"] = held[["until", "closed_at"]].min(axis=1)
    return held[held["owner"].notna() & ~(held["until"] <= held["since"])]


def _owner_open(f: Facts) -> pd.Series[Any]:
    """Count the deals the owner had open at the moment, this one among them."""
    held = _held(f)
    begun = dict(iter(held.groupby("owner")["since"]))
    ended = dict(iter(held.dropna(subset=["until"]).groupby("owner")["until"]))
    none = pd.Series(dtype="datetime64[us]")
    counted = pd.Series(0, index=f.points.index, dtype="int64")
    for owner, rows in f.points.groupby(f.column("owner"))["moment"]:
        came = np.sort(begun.get(owner, none).to_numpy())
        went = np.sort(ended.get(owner, none).to_numpy())
        moments = rows.to_numpy()
        there = np.searchsorted(came, moments, "right") - np.searchsorted(went, moments, "right")
        counted[rows.index] = there
    return counted


def _account_sellers(f: Facts) -> pd.Series[Any]:
    """Count the sellers who had a deal open with the customer at the moment."""
    key = "account_id" if has_column(f.p, "account_id") else "account"
    held = _held(f, key).dropna(subset=[key])
    points = f.points.assign(_row=f.points.index, **{key: f.deals[key]})
    both = points[["_row", "moment", key]].merge(held, on=key)
    open_ = (both["since"] <= both["moment"]) & ~(both["until"] <= both["moment"])
    sellers = both[open_].groupby("_row")["owner"].nunique()
    return sellers.reindex(range(len(f.points)), fill_value=0).astype("int64")


def _jumped(f: Facts) -> pd.Series[Any]:
    rows = f._known("stage_history", "entered_at")
    rank = rows["stage"].map({s: k for k, s in enumerate(f.p.process.open_ids)}).astype(float)
    rows = rows.assign(rank=rank).dropna(subset=["rank"]).sort_values(["_row", "entered_at", "seq"])
    before = rows.groupby("_row")["rank"].cummax().groupby(rows["_row"]).shift()
    # stages first seen at the deal's birth are not jumped over
    leap = (rows["rank"] - before - 1).clip(lower=0).fillna(0)
    jumps = leap.groupby(rows["_row"]).sum()
    return jumps.reindex(range(len(f.points)), fill_value=0).astype("int64")


_HISTORY = (("stage_history",),)
MAKERS: dict[str, Maker] = {
    "stage": Maker(_stage, (("stage_history",), ("stage",)), "text"),
    "days_in_stage": Maker(lambda f: f.days(entered_stage(f)), _HISTORY, "days"),
    "age_days": Maker(lambda f: f.days(f.column("created_at")), (("created_at",),), "days"),
    "first_touch_hours": Maker(
        _touch_hours,
        (("first_touch_at", "created_at"), ("leads.first_touch_at", "leads.deal_id")),
        "hours",
    ),
    "pushes": Maker(_pushes, (("field:expected_close",),), "number"),
    "push_count": Maker(_pushes, (("field:expected_close",),), "number"),
    "overdue_days": Maker(_overdue, (("expected_close",),), "days"),
    "n_contacts": Maker(_contacts, (("contacts.deal_id",), ("n_contacts",)), "number"),
    "role": Maker(_role, (("role",), ("contacts.role",)), "text"),
    "days_since_activity": Maker(_since_activity, (("activities",),), "days"),
    "days_since_buyer_step": Maker(_since_buyer, (("activities.by_buyer",),), "days"),
    "n_activities": Maker(_activities, (("activities",),), "number"),
    "discount_pct": Maker(_discount, (("discount_pct",), ("list_amount", "amount")), "percent"),
    "days_since_next_step": Maker(_next_step, (("next_step_date",),), "days"),
    "owner_open_deals": Maker(_owner_open, (("owner", "created_at"),), "number"),
    "account_sellers": Maker(
        _account_sellers, (("account_id", "owner"), ("account", "owner")), "number"
    ),
    "stages_jumped": Maker(_jumped, _HISTORY, "number"),
}


def at_moment(p: Pipeline, deals: pd.Series[Any], moment: dt.datetime) -> pd.DataFrame:
    """Return points for these deals, all at one moment."""
    stamp = pd.Timestamp(moment).floor("us")
    return pd.DataFrame({"deal_id": deals.to_numpy(), "moment": stamp})


__all__ = ["MAKERS", "SAME", "Facts", "at_moment", "entered_stage", "has_column", "has_source"]
