"""Time: how long deals stay in a stage, take to reach one, and take to close."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import ibis
import numpy as np
import pandas as pd

from funnelkit.data.pipeline import OUTCOMES, Pipeline
from funnelkit.data.stays import name_of
from funnelkit.measures.behind import because, dated, ones
from funnelkit.measures.columns import ends
from funnelkit.measures.drawn import listed, whole_groups
from funnelkit.measures.engine import (
    deals_in,
    every_stage,
    first_entries,
    group_columns,
    groups_first,
    in_days,
    in_process_order,
    microseconds,
    moment_at,
    outside,
    part_in,
    period,
    visits,
    within,
)
from funnelkit.measures.result import Result, choose
from funnelkit.measures.scope import make_scope
from funnelkit.measures.spread import Spread, spread
from funnelkit.show.column import DAYS
from funnelkit.stats.life_table import kaplan_meier, quantile
from funnelkit.words import days, say, sentences

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from matplotlib.axes import Axes

    from funnelkit.charts import Chart

VISITS = ("first", "last", "cumulative")


@dataclass(frozen=True, eq=False, repr=False)
class TimeInStage(Result):
    """Days in each stage; stays that still run are censored."""

    name: ClassVar[str] = "time_in_stage"
    units: ClassVar = ends(DAYS)
    counts: ClassVar = ("entered", "left", "still_there")
    keys: ClassVar = ("stage",)

    def _behind(self, p: Pipeline) -> ir.Table:
        stays = _timed(p, ["created_at"], str(dict(self.options)["visit"]))
        why = because((~stays.dated, "close_undated"), (stays.duration < 0, "ends_before_start"))
        return stays.select(
            "deal_id",
            stage=name_of(stays.place, p.process),
            entered=ones(stays.dated | True),
            left=ones(~stays.running),
            still_there=ones(stays.running),
            why=ibis.coalesce(dated(stays, "created_at", self.scope), why),
        )

    @property
    def definition(self) -> str:
        """Which stay is measured and how running ones count, in the current language."""
        text = say(
            "measures.time_in_stage_definition",
            visit=say(f"measures.visit_{dict(self.options)['visit']}"),
        )
        bounded = self.scope.timing is not None
        return sentences([text, say("ledger.bounds")]) if bounded else text

    def summary(self) -> str:
        """Name the stage with the longest median."""
        table = self.table.dropna(subset=["median_days"])
        if table.empty:
            return say("measures.nothing")
        top = table.iloc[int(table["median_days"].argmax())]
        half = "" if top["p90_days"] == top["p90_days"] else "_half"
        return say(
            f"measures.time_in_stage_summary{half}",
            stage=self._where(top, "stage"), median=top["median_days"], p90=top["p90_days"],
            n=int(top["entered"]), running=int(top["still_there"]),
        )  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Chart:
        """Draw the median and the 90th percentile of each stage."""
        from funnelkit.charts.spans import spans

        rows, cut = whole_groups(self)
        table = pd.DataFrame(rows, columns=self.table.columns)
        names = {
            "entered": "n", "still_there": "running", "median_days": "median", "p90_days": "p90",
        }  # fmt: skip
        frame = table[[*names, "low", "high"]].rename(columns=names)
        frame["label"] = [self._where(row, "stage") for row in rows]
        medians = listed(frame["label"], frame["median"].map(days))
        around = self._around(
            ax, cut, alt=say("measures.alt_time", parts=medians), drawn=["median_days"]
        )
        return spans(
            frame,
            headings=(
                say("measures.chart_deals"),
                say("measures.chart_running"),
                say("measures.chart_median"),
            ),
            unit=say("measures.chart_days_axis"),
            **around,
        )


def time_in_stage(
    p: Pipeline,
    by: str | list[str] | None = None,
    *,
    visit: str = "first",
    since: dt.date | str | None = None,
    until: dt.date | str | None = None,
) -> TimeInStage:
    """Measure how many days deals stay in each stage.

    Parameters
    ----------
    visit : {"first", "last", "cumulative"}
        A deal's first stay in the stage, its last one, or all its stays added up.
    since, until : date, optional
        Stays of deals created in [since, until).

    Returns
    -------
    TimeInStage
        ``table``: [by], ``stage, entered, left, still_there, median_days, p90_days, low,
        high``. Quantiles are Kaplan-Meier's in whole days (a day is 86,400 s, cut down),
        with the stays that still run at ``as_of`` censored; ``low`` and ``high`` are the 95%
        interval of the median. A quantile that was not reached yet is not available.

    Raises
    ------
    FunnelkitError
        Snapshot without history.

    Notes
    -----
    Kaplan and Meier (1958), JASA 53, 457-481. Medians of stages do not add up to the median
    of the cycle.
    """
    choose(visit, VISITS, "visit")
    groups = group_columns(p, by, "stage", "entered", "still_there")
    p.need("stage_history", what="time_in_stage")
    start, end = period(since, until)
    part = part_in(p, start, end)
    table, undated, backwards = stage_life_table(part, groups, visit)
    keys = [*groups, "stage"]
    moved = table["exit"] != "censored"
    counts = table.assign(entered=table["n"], left=table["n"].where(moved, 0))
    counts = counts.groupby(keys)[["entered", "left"]].sum().reset_index()
    result = every_stage(counts, groups, p.process.open_ids, ["entered", "left"])
    result["still_there"] = result["entered"] - result["left"]
    result = result.merge(_quantiles(table, keys), on=keys, how="left")
    begun = 0
    if "begun" in p.stays.columns:
        begun = begun_before(part, visit)
        result = _widened(result, part, groups, visit, keys)
    scope = make_scope(
        p,
        int(result["entered"].sum()),
        [
            *outside(p.deals, "created_at", start, end),
            ("close_undated", undated),
            ("ends_before_start", backwards),
            ("ledger.begun", begun),
        ],
        start,
        end,
    )
    return TimeInStage(result, scope, p.process, tuple(groups), (("visit", visit),), p.synthetic)


def begun_before(p: Pipeline, visit: str = "first") -> int:
    """Count stays that had begun before their deal was first seen: their length is unknown."""
    stays = visits(p)
    chosen = stays.filter(stays.begun & (stays["first"] if visit == "first" else True))
    return int(chosen.count().execute())


def _widened(
    result: pd.DataFrame, p: Pipeline, by: list[str], visit: str, keys: list[str]
) -> pd.DataFrame:
    """Widen the intervals by what is not known of the times.

    The median lies between that of the shortest stays possible (entered as late, left as early
    as the exports allow) and that of the longest.
    """
    shortest, longest = (
        _quantiles(stage_life_table(p, by, visit, ends)[0], keys)
        for ends in ("shortest", "longest")
    )
    return _reaching(result, shortest, longest, keys)


def _reaching(
    result: pd.DataFrame, least: pd.DataFrame, most: pd.DataFrame, keys: list[str]
) -> pd.DataFrame:
    """Let the intervals reach down to those of one table and up to those of another."""
    ends = least[[*keys, "low"]].merge(most[[*keys, "high"]], on=keys, how="outer")
    both = result[keys].merge(ends, on=keys, how="left").set_axis(result.index)
    low = pd.concat([result["low"], both["low"]], axis=1).min(axis=1)
    # an upper end that is not reached has no limit
    high = pd.concat([result["high"], both["high"]], axis=1).max(axis=1, skipna=False)
    return result.assign(low=low, high=high)


def stage_life_table(
    p: Pipeline, by: list[str], visit: str = "first", ends: str = "middle"
) -> tuple[pd.DataFrame, int, int]:
    """Count stays by group, stage, age in whole days and exit: the engine's one pass.

    Where moves were seen between exports, ``ends`` takes the middle of their intervals, or
    makes every stay as short or as long as they allow (``shortest``, ``longest``), and stays
    that had begun before the deal was first seen are not in it.

    Returns
    -------
    table : DataFrame
        [by], ``stage, day, exit, n``; ``exit`` is ``left`` or ``censored``.
    undated, backwards : int
        Stays left out: the close has no date; the stay ends before it starts.
    """
    stays = _timed(p, by, visit, ends)
    shape = stays.select(*by, "place", "running", "dated", day=in_days(stays.duration))
    shape = shape.group_by([*by, "place", "day", "running", "dated"]).agg(n=shape.count())
    counted = groups_first(shape.to_pandas(), by)
    counted["stage"] = counted.pop("place").map({p.process.rank(s): s for s in p.process.open_ids})
    counted["exit"] = np.where(counted.pop("running").astype(bool), "censored", "left")
    keys = [*by, "stage"]
    undated = ~counted["dated"].astype(bool)
    backwards = ~undated & (counted["day"] < 0)
    kept = counted.loc[~undated & ~backwards, [*keys, "day", "exit", "n"]]
    kept = kept.sort_values([*keys, "day", "exit"]).reset_index(drop=True)
    return (
        kept,
        int(counted.loc[undated, "n"].sum()),
        int(counted.loc[backwards, "n"].sum()),
    )


def _timed(p: Pipeline, by: list[str], visit: str, ends: str = "middle") -> ir.Table:
    """Return the stays that are measured: a row for each deal and stage."""
    stays = visits(p, tuple(g for g in by if g != "outcome"))
    if "begun" in stays.columns:
        stays = stays.filter(~stays.begun.fill_null(False))
        if ends == "shortest":
            left = ibis.coalesce(stays.leave_low, stays.left_at)
            stays = stays.mutate(entered_at=stays.enter_high, left_at=left)
        elif ends == "longest":
            left = ibis.coalesce(stays.leave_high, stays.left_at)
            stays = stays.mutate(entered_at=stays.enter_low, left_at=left)
    running = stays.left_at.isnull()
    until = running.ifelse(moment_at(p.as_of), stays.left_at)
    stays = stays.mutate(duration=microseconds(stays.entered_at, until), running=running)
    if visit == "cumulative":
        stays = stays.group_by([*dict.fromkeys(["deal_id", *by, "place"])]).agg(
            duration=stays.duration.sum(),
            running=stays.running.any(),
            dated=stays.dated.all(),
        )
    elif visit == "first":
        stays = stays.filter(stays.first)
    else:
        of_deal = ibis.window(group_by=["deal_id", "stage"])
        stays = stays.mutate(last=stays.visit.max().over(of_deal))
        stays = stays.filter(stays.visit == stays["last"])
    return stays


def _quantiles(table: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Return the median with its interval and the 90th percentile of each group."""
    columns = ["median_days", "p90_days", "low", "high"]
    if table.empty:
        return pd.DataFrame(columns=[*keys, *columns])
    curve = kaplan_meier(table)
    median = quantile(curve, 0.5).rename(columns={"value": "median_days"})
    p90 = quantile(curve, 0.9).rename(columns={"value": "p90_days"})
    both = median.merge(p90[[*keys, "p90_days"]], on=keys)
    quantiles: pd.DataFrame = both[[*keys, *columns]]
    return quantiles


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
        table = _reaching(table, earliest, latest, [*groups, "stage"])
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
