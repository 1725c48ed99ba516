"""Periods: what flowed in and out of each stage, how it stood at a date, who came in time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import ibis
import ibis.expr.types as ir

from funnelkit.data.pipeline import Pipeline
from funnelkit.errors import FunnelkitError, nearest
from funnelkit.measures.behind import because, dated, ones
from funnelkit.measures.engine import (
    deals_in,
    every_stage,
    first_entries,
    group_columns,
    groups_first,
    moment_at,
    outside,
    period,
    visits,
    whole_days,
    within,
)
from funnelkit.measures.result import Result, highest_and_lowest
from funnelkit.measures.scope import make_scope
from funnelkit.measures.winning import single_currency
from funnelkit.stats.intervals import wilson
from funnelkit.words import percent, say


@dataclass(frozen=True, eq=False, repr=False)
class InOut(Result):
    """Inflow, outflow, lost and stayed of each stage in a period."""

    name: ClassVar[str] = "in_out"
    counts: ClassVar = ("inflow", "at_start", "outflow", "lost", "at_end")
    keys: ClassVar = ("stage",)

    def _behind(self, p: Pipeline) -> ir.Table:
        assert self.scope.since is not None
        assert self.scope.until is not None
        stays = visits(p)
        flows = _flows(stays, self.scope.since, self.scope.until)
        why = because(
            (flows.pop("undated"), "close_undated"), (flows.pop("backwards"), "ends_before_start")
        )
        return stays.select("deal_id", "stage", **{k: ones(v) for k, v in flows.items()}, why=why)

    def summary(self) -> str:
        """Name the stage that filled up most."""
        table = self.table.assign(
            net=self.table["inflow"] - self.table["outflow"] - self.table["lost"]
        )
        if table.empty or table["inflow"].sum() == 0:
            return say("measures.nothing")
        top = table.iloc[int(table["net"].argmax())]
        return say(
            "measures.in_out_summary",
            stage=self._where(top, "stage"),
            inflow=int(top["inflow"]), outflow=int(top["outflow"]), lost=int(top["lost"]),
        )  # fmt: skip


def in_out(
    p: Pipeline,
    since: dt.date | str,
    until: dt.date | str,
    by: str | list[str] | None = None,
) -> InOut:
    """Count, for each stage, the stays that began, ended and stayed in [since, until).

    Returns
    -------
    InOut
        ``table``: [by], ``stage, at_start, inflow, outflow, lost, at_end, out_in_ratio``.
        ``at_start + inflow - outflow - lost = at_end``. ``outflow`` went on, back or was won;
        ``lost`` was lost or came to no decision. ``out_in_ratio`` is outflow / inflow: two
        different sets of deals, so it may exceed 1 and is no conversion rate.
    """
    groups = group_columns(p, by, "stage", "at_start", "inflow", "outflow", "at_end")
    p.need("stage_history", what="in_out")
    start, end = period(since, until)
    assert start is not None
    assert end is not None
    stays = visits(p, tuple(g for g in groups if g != "outcome"))
    sums = _flows(stays, start, end)
    counts = stays.group_by([*groups, "stage"]).agg(**{k: v.sum() for k, v in sums.items()})
    table = groups_first(counts.to_pandas(), groups)
    table = every_stage(table, groups, p.process.open_ids, list(sums))
    left_out = [
        ("close_undated", int(table.pop("undated").sum())),
        ("ends_before_start", int(table.pop("backwards").sum())),
    ]
    table["out_in_ratio"] = table["outflow"] / table["inflow"].where(table["inflow"] > 0)
    used = int(table["inflow"].sum() + table["at_start"].sum())
    scope = make_scope(p, used, left_out, start, end)
    return InOut(table, scope, p.process, tuple(groups), synthetic=p.synthetic)


def _flows(stays: ir.Table, start: dt.datetime, end: dt.datetime) -> dict[str, ir.BooleanValue]:
    """Say of every stay where it counts in [start, end)."""
    backwards = (stays.left_at < stays.entered_at).fill_null(False)
    # what ends before it starts would be counted out without ever being counted in
    usable = stays.dated & ~backwards
    began = usable & within(stays.entered_at, start, end)
    ended = usable & within(stays.left_at, start, end)
    gone = stays.next.isin(["lost", "no_decision"]).fill_null(False)

    def there_at(moment: dt.datetime) -> ir.BooleanValue:
        when = moment_at(moment)
        left = (stays.left_at < when).fill_null(False)
        return usable & (stays.entered_at < when) & ~left

    return {
        "at_start": there_at(start),
        "inflow": began,
        "outflow": ended & ~gone,
        "lost": ended & gone,
        "at_end": there_at(end),
        "undated": ~stays.dated,
        "backwards": stays.dated & backwards,
    }


@dataclass(frozen=True, eq=False, repr=False)
class Snapshot(Result):
    """Open deals by stage at a date."""

    name: ClassVar[str] = "snapshot"
    counts: ClassVar = ("deals", "amount", "no_amount")
    keys: ClassVar = ("stage",)

    def _behind(self, p: Pipeline) -> ir.Table:
        deals = p.deals.filter(p.deals.outcome == "open")
        return deals.select(
            "deal_id",
            "stage",
            deals=ones(deals.outcome.notnull()),
            amount=deals.amount.fill_null(0.0),
            no_amount=ones(deals.amount.isnull()),
            why=because((deals.stage.isnull(), "no_stage")),
        )

    def summary(self) -> str:
        """Give the open deals and their amount."""
        amount = float(self.table["amount"].sum())
        return say(
            "measures.snapshot_summary",
            n=int(self.table["deals"].sum()),
            worth=say("measures.snapshot_worth", amount=amount) if amount else "",
            as_of=self.scope.as_of,
        )


def snapshot(
    p: Pipeline, at: dt.date | str | None = None, by: str | list[str] | None = None
) -> Snapshot:
    """Count the open deals and their amount by stage, as known at a date.

    Returns
    -------
    Snapshot
        ``table``: [by], ``stage, deals, amount, no_amount``. Rebuilt from the histories with
        nothing from later; without a stage history only today's state is known.
    """
    groups = group_columns(p, by, "stage", "amount", "no_amount")
    if at is not None:
        p.need("stage_history", what="snapshot(at)")
        p = p.at(at)
    p.need("outcome", "stage", what="snapshot")
    single_currency(p, groups)
    deals = p.deals.filter(p.deals.outcome == "open")
    counts = deals.group_by([*groups, "stage"]).agg(
        deals=deals.count(),
        amount=deals.amount.sum(),
        no_amount=deals.amount.isnull().sum(),
    )
    table = groups_first(counts.to_pandas(), groups)
    nowhere = int(table["deals"][table["stage"].isna()].sum())
    table = every_stage(table, groups, p.process.open_ids, ["deals", "no_amount"])
    table["amount"] = table["amount"].fillna(0.0).astype("float64")
    scope = make_scope(p, int(table["deals"].sum()), [("no_stage", nowhere)])
    return Snapshot(table, scope, p.process, tuple(groups), synthetic=p.synthetic)


@dataclass(frozen=True, eq=False, repr=False)
class ConversionWindow(Result):
    """Share of deals that came to a stage within a number of days."""

    name: ClassVar[str] = "conversion_window"
    counts: ClassVar = ("of", "came")

    def _behind(self, p: Pipeline) -> ir.Table:
        rows = _windowed(p, p.deals, **dict(self.options))
        why = ibis.coalesce(
            dated(rows, "created_at", self.scope),
            because(
                (~rows.began, "never_started"),
                (~rows.followed, "too_young"),
                (rows.undated, "undated"),
                (rows.backwards, "ends_before_start"),
            ),
        )
        return rows.select("deal_id", of=ones(rows.began), came=ones(rows.came), why=why)

    def summary(self) -> str:
        """Give the rate, or the ends of the groups."""
        table = self.table.dropna(subset=["rate"])
        if table.empty:
            return say("measures.nothing")
        if self.by:
            return highest_and_lowest(self, table, "rate")
        row = table.iloc[0]
        return say(
            "measures.conversion_window_summary",
            rate=percent(row["rate"], 1),
            n=int(row["of"]),
            **self._said(),
        )


def conversion_window(
    p: Pipeline,
    days: int,
    *,
    to: str = "won",
    start: str = "created",
    by: str | list[str] | None = None,
    since: dt.date | str | None = None,
    until: dt.date | str | None = None,
) -> ConversionWindow:
    """Share of deals that came to ``to`` at most ``days`` days after ``start``.

    Only deals that have been followed for the whole window are counted, whether they came or
    not: younger ones could still come and are left out.

    Parameters
    ----------
    days : int
        Length of the window in whole days, as everywhere: what comes ``days`` days and some
        hours after the start is inside, so that a date without an hour counts as one with it.
    to : str
        A stage (it or any later one) or ``won``.
    start : str
        ``created`` or a stage, whose first entry starts the window.
    since, until : date, optional
        Deals created in [since, until).

    Returns
    -------
    ConversionWindow
        ``table``: [by], ``came, of, rate, low, high``.
    """
    groups = group_columns(p, by)
    ids = list(p.process.open_ids)
    for name, allowed in ((to, [*ids, "won"]), (start, ["created", *ids])):
        if name not in allowed:
            raise FunnelkitError(
                "measures.unknown_stage", found=name, allowed=nearest(name, allowed)
            )
    if start == "created":
        p.need("created_at", what="conversion_window")
    if to == "won":
        p.need("closed_at", "outcome", what="conversion_window")
    if start != "created" or to != "won":
        p.need("stage_history", what="conversion_window")
    first, last = period(since, until)
    shape = _windowed(p, deals_in(p, first, last), days, to, start, groups)
    shape = shape.select(*groups, *_WINDOW)
    counts = groups_first(shape.group_by(shape.columns).agg(n=shape.count()).to_pandas(), groups)
    # one that came, nobody knows when, is no one that did not come
    seen = counts["began"] & counts["followed"]
    undated, backwards = (
        int(counts.loc[seen & counts[c], "n"].sum()) for c in ("undated", "backwards")
    )
    in_view = counts[seen & ~counts["undated"] & ~counts["backwards"]]
    young = int(counts.loc[counts["began"] & ~counts["followed"], "n"].sum())
    never = int(counts.loc[~counts["began"], "n"].sum())
    in_view = in_view.assign(arrived=in_view["n"].where(in_view["came"], 0))
    if groups:
        table = in_view.groupby(groups)[["arrived", "n"]].sum().reset_index()
    else:
        table = in_view[["arrived", "n"]].sum().to_frame().T
    table = table.rename(columns={"arrived": "came", "n": "of"})
    table["rate"] = table["came"] / table["of"].where(table["of"] > 0)
    table["low"], table["high"] = wilson(table["came"].to_numpy(), table["of"].to_numpy())
    left_out = [
        *outside(p.deals, "created_at", first, last),
        ("too_young", young),
        ("never_started", never),
        ("undated", undated),
        ("ends_before_start", backwards),
    ]
    scope = make_scope(p, int(table["of"].sum()), left_out, first, last)
    return ConversionWindow(
        table, scope, p.process, tuple(groups),
        (("days", days), ("to", to), ("start", start)), p.synthetic,
    )  # fmt: skip


_WINDOW = ("began", "followed", "came", "undated", "backwards")


def _windowed(
    p: Pipeline, deals: ir.Table, days: int, to: str, start: str, extra: Sequence[str] = ()
) -> ir.Table:
    """Say of every deal whether it began, was followed long enough, and came in time."""
    ids = list(p.process.open_ids)
    deals = deals.select(
        "deal_id", "created_at", "closed_at", "outcome", *(g for g in extra if g != "outcome")
    )
    if start != "created" or to != "won":
        deals = deals.left_join(first_entries(p), "deal_id").drop("deal_id_right")
    begin = deals.created_at if start == "created" else deals[f"at_{ids.index(start)}"]
    won_at = (deals.outcome == "won").ifelse(deals.closed_at, ibis.null("timestamp(6)"))
    ends = [won_at]
    if to != "won":
        ends += [deals[f"at_{k}"] for k in range(ids.index(to), len(ids))]
    arrive = ibis.least(*ends) if len(ends) > 1 else ends[0]
    followed = whole_days(begin, moment_at(p.as_of)) >= days
    took = whole_days(begin, arrive)
    came = ((took >= 0) & (took <= days)).fill_null(False)
    return deals.mutate(
        began=begin.notnull(),
        followed=followed.fill_null(False),
        came=came,
        undated=(deals.outcome == "won") & arrive.isnull(),
        backwards=(took < 0).fill_null(False),
    )


__all__ = ["ConversionWindow", "InOut", "Snapshot", "conversion_window", "in_out", "snapshot"]
