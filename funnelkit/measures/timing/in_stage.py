"""How long deals stay in a stage."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import ibis
import numpy as np
import pandas as pd

from funnelkit.data.pipeline import Pipeline
from funnelkit.data.stays import name_of
from funnelkit.measures.behind import because, dated, ones
from funnelkit.measures.columns import ends
from funnelkit.measures.drawn import listed, whole_groups
from funnelkit.measures.engine import (
    every_stage,
    group_columns,
    groups_first,
    in_days,
    microseconds,
    moment_at,
    outside,
    part_in,
    period,
    visits,
)
from funnelkit.measures.result import Result, choose
from funnelkit.measures.scope import make_scope
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
        stays = _timed(p, ["created_at"], str(self.option("visit")))
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
    return reaching(result, shortest, longest, keys)


def reaching(
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
