"""How long deals take to reach a stage, and to close."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import ibis

from funnelkit.data.pipeline import OUTCOMES, Pipeline
from funnelkit.measures.behind import because, dated, ones
from funnelkit.measures.columns import ends
from funnelkit.measures.engine import (
    deals_in,
    first_entries,
    group_columns,
    in_process_order,
    microseconds,
    outside,
    part_in,
    period,
    within,
)
from funnelkit.measures.result import Result
from funnelkit.measures.scope import make_scope
from funnelkit.measures.timing.in_stage import begun_before, reaching
from funnelkit.measures.timing.spread import Spread, spread
from funnelkit.show.column import DAYS
from funnelkit.words import say, sentences

if TYPE_CHECKING:
    import ibis.expr.types as ir


@dataclass(frozen=True, eq=False, repr=False)
class SalesCycle(Result):
    """Days from creation to close, by outcome."""

    name: ClassVar[str] = "sales_cycle"
    units: ClassVar = ends(DAYS)
    counts: ClassVar = ("deals",)
    keys: ClassVar = ("outcome",)

    def _behind(self, p: Pipeline) -> ir.Table:
        deals = p.deals
        took = microseconds(deals.created_at, deals.closed_at)
        why = ibis.coalesce(
            because((deals.outcome == "open", "still_open")),
            dated(deals, "closed_at", self.scope),
            because((took.isnull(), "undated"), (took < 0, "ends_before_start")),
        )
        rows = deals.select("deal_id", "outcome", deals=ones(deals.outcome.notnull()), why=why)
        closed = rows.mutate(outcome=ibis.literal("closed")).select(rows.columns)
        return rows.union(closed)

    def summary(self) -> str:
        """Give the median cycle of won and lost deals, never mixed."""
        won = self.table[self.table["outcome"] == "won"]
        lost = self.table[self.table["outcome"] == "lost"]
        if won.empty:
            return say("measures.nothing")
        if self.by:
            slow = won.iloc[int(won["median_days"].argmax())]
            fast = won.iloc[int(won["median_days"].argmin())]
            span = say(
                "measures.sales_cycle_summary_groups",
                slow=self._where(slow), slow_days=slow["median_days"], slow_n=int(slow["deals"]),
                fast=self._where(fast), fast_days=fast["median_days"], fast_n=int(fast["deals"]),
            )  # fmt: skip
            return sentences([span, say("measures.order_only")])
        row = won.iloc[0]
        parts = [
            say(
                "measures.sales_cycle_summary",
                won=row["median_days"], n=int(row["deals"]),
                range="" if not row["low"] < row["high"]  # none, or without width
                else say("measures.days_interval", low=row["low"], high=row["high"]),
            )
        ]  # fmt: skip
        if not lost.empty:
            parts.append(
                say(
                    "measures.sales_cycle_summary_lost",
                    lost=lost.iloc[0]["median_days"],
                    n=int(lost.iloc[0]["deals"]),
                )
            )
        return say("measures.joiner").join(parts) + say("measures.full_stop")


def sales_cycle(
    p: Pipeline,
    by: str | list[str] | None = None,
    *,
    since: dt.date | str | None = None,
    until: dt.date | str | None = None,
) -> SalesCycle:
    """Measure the days from creation to close, won and lost apart.

    Parameters
    ----------
    since, until : date, optional
        Deals closed in [since, until).

    Returns
    -------
    SalesCycle
        ``table``: [by], ``outcome, deals, mean_days, median_days, p90_days, max_days, low,
        high`` with one row an outcome and one for all closed deals (``closed``). Exact days,
        not cut down; ``low`` and ``high`` are the 95% order-statistic interval of the median.
        Open deals are not in it: it says how long the deals took that are done.
    """
    groups = group_columns(p, by)
    p.need("created_at", "closed_at", "outcome", what="sales_cycle")
    start, end = period(since, until)
    deals = p.deals.filter(p.deals.outcome != "open")
    left_out = outside(deals, "closed_at", start, end)
    if left_out:
        deals = deals.filter(within(deals.closed_at, start, end))
    others = [g for g in groups if g != "outcome"]
    rows = deals.select(
        *others, "outcome", duration=microseconds(deals.created_at, deals.closed_at)
    )
    # once by its outcome and once among all that are closed
    rows = rows.union(rows.mutate(outcome=ibis.literal("closed")).select(rows.columns))
    found = spread(rows, others, "outcome")
    table = in_process_order(found.table, others, [*OUTCOMES, "closed"])
    closed = table["outcome"] == "closed"
    undated, backwards = (
        int(part.loc[part["outcome"] == "closed", "n"].sum())
        for part in (found.undated, found.backwards)
    )
    scope = make_scope(
        p,
        int(table.loc[closed, "deals"].sum()),
        [*left_out, ("undated", undated), ("ends_before_start", backwards)],
        start,
        end,
    )
    return SalesCycle(table, scope, p.process, tuple(others), synthetic=p.synthetic)


@dataclass(frozen=True, eq=False, repr=False)
class TimeToReach(Result):
    """Days from creation to the first entry of each stage."""

    name: ClassVar[str] = "time_to_reach"
    units: ClassVar = ends(DAYS)
    counts: ClassVar = ("deals",)
    keys: ClassVar = ("stage",)

    def _behind(self, p: Pipeline) -> ir.Table:
        rows = _arrivals(p, p.deals, [], "entered_at")
        why = because((rows.duration.isnull(), "undated"), (rows.duration < 0, "ends_before_start"))
        return rows.select(
            "deal_id",
            "stage",
            deals=ones(rows.stage.notnull()),
            why=ibis.coalesce(dated(rows, "created_at", self.scope), why),
        )

    @property
    def definition(self) -> str:
        """Which times are measured, in the current language."""
        bounded = self.scope.timing is not None
        text = super().definition
        return sentences([text, say("ledger.bounds_entry")]) if bounded else text

    def summary(self) -> str:
        """Give the median time to the last stage that was reached."""
        table = self.table.dropna(subset=["median_days"])
        if table.empty:
            return say("measures.nothing")
        last = table.iloc[-1]
        return say(
            "measures.time_to_reach_summary",
            stage=self._where(last, "stage"),
            median=last["median_days"],
            n=int(last["deals"]),
        )


def time_to_reach(
    p: Pipeline,
    by: str | list[str] | None = None,
    *,
    since: dt.date | str | None = None,
    until: dt.date | str | None = None,
) -> TimeToReach:
    """Measure the days from creation to the first entry of each stage, among deals that came.

    Returns
    -------
    TimeToReach
        ``table``: [by], ``stage, deals, mean_days, median_days, p90_days, max_days, low,
        high``; exact days. It describes the deals that arrived; how many arrive by when, with
        the open ones counted right, is the business of ``conversion_curve``. Where entries were
        seen between exports the interval also holds what is not known of their times.
    """
    groups = group_columns(p, by, "stage")
    p.need("stage_history", what="time_to_reach")
    start, end = period(since, until)
    found = _arrived(p, groups, start, end, "entered_at")
    table = in_process_order(found.table, groups, list(p.process.funnel_ids))
    begun = 0
    if p.timing is not None:
        begun = begun_before(part_in(p, start, end))
        earliest, latest = (
            _arrived(p, groups, start, end, moment).table for moment in ("seen_after", "seen_by")
        )
        table = reaching(table, earliest, latest, [*groups, "stage"])
    undated, backwards = (int(part["n"].sum()) for part in (found.undated, found.backwards))
    scope = make_scope(
        p,
        int(table["deals"].sum()),
        [
            *outside(p.deals, "created_at", start, end),
            ("undated", undated),
            ("ends_before_start", backwards),
            ("ledger.begun", begun),
        ],
        start,
        end,
    )
    return TimeToReach(table, scope, p.process, tuple(groups), synthetic=p.synthetic)


def _arrived(
    p: Pipeline, groups: list[str], start: dt.datetime | None, end: dt.datetime | None, moment: str
) -> Spread:
    """Spread the days from creation to each stage; ``moment`` is the column of the entries.

    A stay that had begun before the deal was first seen tells no entry.
    """
    rows = _arrivals(p, deals_in(p, start, end), groups, moment)
    return spread(rows.select(*groups, "stage", "duration"), groups, "stage")


def _arrivals(p: Pipeline, deals: ir.Table, groups: list[str], moment: str) -> ir.Table:
    """Return one row a deal and stage it came to, with the time from creation to then."""
    entries = first_entries(p if p.timing is None else _dated(p, moment))
    columns = dict.fromkeys(["deal_id", "created_at", "closed_at", "outcome", *groups])
    facts = deals.select(*columns)
    joined = facts.inner_join(entries, "deal_id")
    firsts = [joined[f"at_{k}"] for k in range(len(p.process.open_ids))]
    first = ibis.coalesce(joined.created_at, ibis.least(*firsts) if len(firsts) > 1 else firsts[0])

    def arrivals(part: ir.Table, stage: str, at: str) -> ir.Table:
        return part.select(
            *dict.fromkeys(["deal_id", "created_at", *groups]),
            stage=ibis.literal(stage),
            duration=microseconds(part["first"], part[at]),
        )

    joined = joined.mutate(first=first)
    parts = [
        arrivals(joined.filter(joined[f"at_{k}"].notnull()), stage, f"at_{k}")
        for k, stage in enumerate(p.process.open_ids)
    ]
    won = joined.filter(joined.outcome == "won")
    parts.append(arrivals(won, p.process.funnel_ids[-1], "closed_at"))
    return ibis.union(*parts)


def _dated(p: Pipeline, moment: str) -> Pipeline:
    """Take the entries at an end of their intervals; the middle is ``entered_at``."""
    history = p.stage_history
    assert history is not None
    known = history.filter(~history.begun.fill_null(False))
    at = ibis.coalesce(known[moment], known.entered_at)
    return replace(p, stage_history=known.mutate(entered_at=at))
