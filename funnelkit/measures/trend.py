"""A rate by period: with its interval, and hollow where it will still change."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import ibis
import ibis.expr.types as ir
import pandas as pd

from funnelkit.data.pipeline import Pipeline
from funnelkit.errors import FunnelkitError, nearest
from funnelkit.measures.behind import because
from funnelkit.measures.columns import MONEY, Named
from funnelkit.measures.drawn import MOST_LINES, first_of, row_name
from funnelkit.measures.engine import (
    first_entries,
    group_columns,
    groups_first,
    period,
    within,
)
from funnelkit.measures.fiscal import begin_of, frequency, name_of, said, span_of
from funnelkit.measures.result import Result, choose
from funnelkit.measures.scope import make_scope
from funnelkit.measures.winning import single_currency
from funnelkit.process.model import Calendar
from funnelkit.show.column import Unit
from funnelkit.stats.intervals import ratio_of_sums, wilson
from funnelkit.words import date, percent, say, sentences

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from funnelkit.charts import Chart

MEASURES = ("win_rate", "won_share", "value_rate", "step_rate")
EVERY = ("week", "month", "quarter", "year")
#: A cohort with less of its deals resolved is not mature.
RESOLVED = 0.9


@dataclass(frozen=True, eq=False, repr=False)
class Trend(Result):
    """A rate by period with its interval and maturity."""

    name: ClassVar[str] = "trend"
    room: ClassVar[str] = "hygiene"
    counts: ClassVar = ("of", "won")
    keys: ClassVar = ("period",)

    def _behind(self, p: Pipeline) -> pd.DataFrame:
        given, calendar = dict(self.options), p.process.calendar
        every = given["every"]
        rows, when, good, _, size = _counted(p, self.measure, given["stage"], list(self.by))
        inside = within(when, self.scope.since, self.scope.until)
        found = rows.select(
            "deal_id", begin=begin_of(when, every, calendar), won=good.ifelse(size, 0.0), of=size,
            why=because((when.isnull(), "undated"), (~inside, "outside_period"),
                        (size.isnull(), "no_amount")),
        ).to_pandas()  # fmt: skip
        begun = found.pop("begin")
        names = {
            day: _period_label(span_of(day, every, calendar), every, calendar)
            for day in begun.dropna().unique()
        }
        named = found.assign(period=begun.map(names))
        placed: pd.DataFrame = named.fillna({"won": 0.0, "of": 0.0})
        if self.measure not in ("win_rate", "value_rate"):
            return placed
        still = p.deals.filter(p.deals.outcome == "open").select("deal_id").to_pandas()
        still = still.assign(won=0.0, of=0.0, why="still_open", period=None)
        return pd.concat([placed, still], ignore_index=True) if len(still) else placed

    @property
    def measure(self) -> str:
        """Which rate: win_rate, won_share, value_rate or step_rate."""
        return str(self.option("measure"))

    def _said(self) -> dict[str, Any]:
        given = dict(self.options)
        stage = given["stage"]
        return given | {
            "every": say(f"hygiene.every_{given['every']}"),
            "stage": "" if stage is None else self.process.label(stage),
        }

    @property
    def definition(self) -> str:
        """How the rate and its maturity are counted, in the current language."""
        own = say(f"hygiene.trend_{self.measure}_definition", **self._said())
        return sentences([own, say("hygiene.trend_definition", **self._said())])

    @property
    def denominator(self) -> str:
        """What the rate is a share of, in the current language."""
        return say(f"hygiene.trend_{self.measure}_denominator", **self._said())

    @property
    def title(self) -> str:
        """Name of the rate and of the period."""
        leads = self.process.leads if self.measure == "win_rate" else ""
        return say(f"hygiene.trend_{self.measure}{leads}_title", **self._said())

    def summary(self) -> str:
        """Compare the first and the last mature period."""
        table = self.table[self.table["of"] > 0]
        mature = table[table["mature"]]
        if mature.empty:
            return say("hygiene.trend_immature" if len(table) else "measures.nothing")
        if self.by:
            return say("hygiene.trend_groups", n=len(mature.drop_duplicates(list(self.by))))
        first, last = mature.iloc[0], mature.iloc[-1]
        parts = [
            say(
                "hygiene.trend_summary",
                title=self.title, first=said(first["period"]), first_rate=percent(first["rate"], 1),
                first_low=first["low"], first_high=first["high"], last=said(last["period"]),
                last_rate=percent(last["rate"], 1), last_low=last["low"], last_high=last["high"],
            )
        ]  # fmt: skip
        young = int((~table["mature"]).sum())
        if young:
            parts.append(say("hygiene.trend_young", n=young))
        return sentences(parts)

    def plot(self, ax: Axes | None = None) -> Chart:
        """Draw the rate over time; periods that will still change are hollow."""
        from funnelkit.charts.trend import trend

        table = self.table
        frame = table[["low", "high", "mature"]].assign(
            period=table["period"].map(said), value=table["rate"], n=table["of"]
        )
        names: list[str] = []
        if self.by:
            frame["series"] = [row_name(self, row) for row in table.to_dict("records")]
            names = list(dict.fromkeys(frame["series"]))
            frame = frame[frame["series"].isin(names[:MOST_LINES])]
        hollow = "" if table["mature"].all() else say("hygiene.chart_hollow")
        around = self._around(
            ax,
            hollow,
            first_of(MOST_LINES, len(names)),
            alt=say("hygiene.alt_text", title=self.title, text=self.summary()),
            drawn=() if self.by else ["rate"],
        )
        number_label = "" if self.measure == "value_rate" else "n ="
        return trend(frame, number_label=number_label, write=percent, **around)

    def unit(self, column: str) -> Unit | Named:
        """Return what a column is: a rate by value counts amounts."""
        if column in ("won", "of") and self.measure == "value_rate":
            return MONEY
        return super().unit(column)


def trend(
    p: Pipeline,
    measure: str = "win_rate",
    every: str = "month",
    by: str | list[str] | None = None,
    *,
    stage: str | None = None,
    since: dt.date | str | None = None,
    until: dt.date | str | None = None,
) -> Trend:
    """Follow a rate over calendar periods.

    Parameters
    ----------
    measure : {"win_rate", "won_share", "value_rate", "step_rate"}
        *win_rate*: won / closed deals, by closing date. *value_rate*: the same by amount.
        *won_share*: won / created deals, by creation date. *step_rate*: of the deals that came
        to ``stage`` (or past it) in the period, the share that went on or was won.
    every : {"week", "month", "quarter", "year"}
        Length of a period.
    stage : str, optional
        For *step_rate*: an open stage, by default the first.
    since, until : date, optional
        Half-open, on the date that places a deal.

    Returns
    -------
    Trend
        ``table``: [by], ``period, won, of, rate, low, high, resolved_share, mature``.
        ``resolved_share``: part of the denominator whose end is known. A period is mature when
        it is over, at least 90% are resolved, and the rate would stay inside its interval even
        if all the others succeeded. Wins take longer than losses, so the share resolved alone
        says too little where few deals are won.
    """
    choose(measure, MEASURES, "measure")
    choose(every, EVERY, "every")
    groups = group_columns(p, by, "period", "won", "resolved_share", "mature")
    p.need("outcome", what=f"trend({measure!r})")
    start, end = period(since, until)
    if measure == "step_rate":
        stage = stage or p.process.open_ids[0]
        if stage not in p.process.open_ids:
            known = nearest(stage, p.process.open_ids)
            raise FunnelkitError("measures.unknown_stage", found=stage, allowed=known)
    rows, when, good, known_, size = _counted(p, measure, stage, groups)
    shape = rows.select(
        *groups, inside=within(when, start, end), undated=when.isnull(), good=good, known=known_,
        period=begin_of(when, every, p.process.calendar), x=size,
    )  # fmt: skip
    # an unknown date is named as such, not as outside the period
    x, y = shape.x, shape.good.ifelse(shape.x, 0.0)
    keys = [*groups, "period", "inside", "undated"]
    counts = shape.group_by(keys).agg(
        n=shape.count(), k=shape.good.sum(), resolved=shape.known.sum(), valued=shape.x.count(),
        x=x.sum(), y=(shape.x.notnull()).ifelse(y, 0.0).sum(), xx=(x * x).sum(), xy=(x * y).sum(),
        yy=(shape.x.notnull()).ifelse(y * y, 0.0).sum(),
    ).to_pandas()  # fmt: skip
    counts = groups_first(counts, groups)
    undated = counts["undated"].astype(bool)
    inside = counts["inside"].astype(bool) & ~undated
    left_out = [
        ("outside_period", int(counts["n"][~inside & ~undated].sum())),
        ("undated", int(counts["n"][undated].sum())),
    ]
    if measure in ("win_rate", "value_rate"):
        still = int(p.deals.filter(p.deals.outcome == "open").count().execute())
        left_out.append(("still_open", still))
    kept = counts[inside].copy()
    if measure == "value_rate":
        left_out.append(("no_amount", int((kept["n"] - kept["valued"]).sum())))
    table = _by_period(kept, groups, every, measure, pd.Timestamp(p.as_of), p.process.calendar)
    scope = make_scope(p, int(kept["n"].sum()), left_out, start, end)
    options = (("measure", measure), ("every", every), ("stage", stage), ("resolved", RESOLVED))
    return Trend(table, scope, p.process, tuple(groups), options, p.synthetic)


def _counted(p: Pipeline, measure: str, stage: str | None, groups: list[str]) -> tuple[
    ir.Table, ir.TimestampValue, ir.BooleanValue, ir.BooleanValue, ir.FloatingValue
]:  # fmt: skip
    """Return deals, the moment that places each, success, whether its end is known, size."""
    deals = p.deals
    won, over = deals.outcome == "won", deals.outcome != "open"
    one = ibis.literal(1.0)
    if measure in ("win_rate", "value_rate"):
        p.need("closed_at", what=f"trend({measure!r})")
        if measure == "value_rate":
            p.need("amount", what="trend('value_rate')")
            p.need_open_amounts("trend('value_rate')")
            single_currency(p, groups)
        closed = deals.filter(over)
        size = closed.amount if measure == "value_rate" else one
        return closed, closed.closed_at, closed.outcome == "won", ibis.literal(True), size
    if measure == "won_share":
        p.need("created_at", what="trend('won_share')")
        return deals, deals.created_at, won, over, one
    p.need("stage_history", "closed_at", what="trend('step_rate')")
    assert stage is not None
    rank, top = p.process.rank(stage), len(p.process.open_ids)
    deals = deals.left_join(first_entries(p), "deal_id").drop("deal_id_right")
    won = deals.outcome == "won"
    later = [deals[f"at_{k}"] for k in range(rank + 1, top)]
    on = ibis.least(*later) if later else ibis.null("timestamp(6)")
    won_at = won.ifelse(deals.closed_at, ibis.null("timestamp(6)"))
    begin = ibis.least(deals[f"at_{rank}"], on, won_at)
    deals = deals.mutate(begin=begin, went_on=on.notnull() | won)
    deals = deals.filter(deals.begin.notnull() | deals.went_on)
    return deals, deals.begin, deals.went_on, deals.went_on | (deals.outcome != "open"), one


def _by_period(
    counts: pd.DataFrame,
    groups: list[str],
    every: str,
    measure: str,
    as_of: pd.Timestamp,
    calendar: Calendar,
) -> pd.DataFrame:
    """Return one row a period, the empty ones in between included."""
    columns = ["n", "k", "resolved", "valued", "x", "y", "xx", "xy", "yy"]
    if counts.empty:
        counts = counts.assign(period=pd.to_datetime(counts["period"]))
        spans = pd.PeriodIndex([], freq=frequency(every, calendar))
    else:
        counts["period"] = pd.to_datetime(counts["period"]).dt.to_period(frequency(every, calendar))
        spans = pd.period_range(counts["period"].min(), counts["period"].max())
    frame = pd.DataFrame({"period": spans})
    if groups:
        each = counts[groups].drop_duplicates().sort_values(groups)
        frame = each.merge(frame, how="cross")
    table = frame.merge(counts[[*groups, "period", *columns]], on=[*groups, "period"], how="left")
    table[columns] = table[columns].fillna(0)
    n, k = table["n"].astype("int64"), table["k"].astype("int64")
    out = table[groups].copy()
    out["period"] = [_period_label(s, every, calendar) for s in table["period"]]
    if measure == "value_rate":
        parts = (table[c].to_numpy(dtype=float) for c in ("valued", "x", "y", "xx", "xy", "yy"))
        out["won"], out["of"] = table["y"].astype(float), table["x"].astype(float)
        out["rate"], out["low"], out["high"] = ratio_of_sums(*parts, share=True)
    else:
        out["won"], out["of"] = k, n
        out["rate"] = k / n.where(n > 0)
        out["low"], out["high"] = wilson(k.to_numpy(), n.to_numpy())
    out["resolved_share"] = table["resolved"].astype(float) / n.where(n > 0)
    # the data end with a tick before midnight: that day counts
    seen = as_of + pd.Timedelta(microseconds=1)
    over = pd.Series([(s + 1).start_time <= seen for s in table["period"]], dtype=bool)
    enough = out["resolved_share"].fillna(0.0) >= RESOLVED
    if measure in ("won_share", "step_rate"):
        enough &= (k + n - table["resolved"]) / n.where(n > 0) <= out["high"]
    out["mature"] = over & enough
    return out


def _period_label(span: pd.Period, every: str, calendar: Calendar) -> str:
    return date(span.start_time.date()) if every == "week" else name_of(span, calendar)


__all__ = ["MEASURES", "RESOLVED", "Trend", "trend"]
