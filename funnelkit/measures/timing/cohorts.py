"""Cohorts: deals created in the same period, followed by age, with their maturity."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import ibis
import numpy as np
import pandas as pd

from funnelkit.data.pipeline import Pipeline
from funnelkit.measures.behind import because, dated
from funnelkit.measures.engine import (
    MICROSECONDS_A_DAY,
    deals_in,
    group_columns,
    groups_first,
    microseconds,
    outside,
    period,
)
from funnelkit.measures.fiscal import begin_of, name_of, said, span_of
from funnelkit.measures.result import Result, choose
from funnelkit.measures.scope import make_scope
from funnelkit.process.model import Calendar
from funnelkit.stats.intervals import wilson
from funnelkit.words import say

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from matplotlib.axes import Axes

    from funnelkit.charts import Chart

EVERY = ("month", "quarter", "year")
#: Length of an age step in days: a twelfth of 365.25 and its multiples, so that every cohort
#: is measured with the same yardstick.
STEP_DAYS = {"month": 30.4375, "quarter": 91.3125, "year": 365.25}


@dataclass(frozen=True, eq=False, repr=False)
class Cohorts(Result):
    """Won share of each creation cohort by age; immature ages are marked."""

    name: ClassVar[str] = "cohorts"
    counts: ClassVar = ("deals", "won")
    keys: ClassVar = ("cohort", "age")

    def _behind(self, p: Pipeline) -> pd.DataFrame:
        every, calendar = str(self.option("every")), p.process.calendar
        rows = _aged(p.deals, ["deal_id"], every, calendar)
        why = ibis.coalesce(
            dated(rows, "created_at", self.scope),
            because(
                (rows.cohort.isnull(), "no_creation"),
                (rows.undated, "undated"),
                (rows.backwards, "ends_before_start"),
            ),
        )
        found: pd.DataFrame = rows.select("deal_id", "cohort", came="age", why=why).to_pandas()
        named = {
            b: name_of(span_of(b, every, calendar), calendar)
            for b in found["cohort"].dropna().unique()
        }
        found["cohort"] = found["cohort"].map(named)
        ages = self.table[["cohort", "age"]].drop_duplicates()
        found = found.merge(ages, on="cohort", how="left")
        return found.assign(deals=1, won=(found["came"] <= found["age"]).astype(int))

    def summary(self) -> str:
        """Compare the oldest and the youngest cohort at the same, mature age."""
        mature = self.table[self.table["mature"]]
        if mature.empty:
            return say("measures.nothing" if self.table.empty else "measures.cohorts_young")
        ages = mature.groupby("age")["cohort"].nunique()
        wide = ages[ages >= 2]
        age = int(wide.index.max()) if len(wide) else int(ages.index.max())
        same = mature[mature["age"] == age]
        first, last = same.iloc[0], same.iloc[-1]
        return say(
            "measures.cohorts_summary",
            age=age, unit=say(f"measures.unit_{dict(self.options)['every']}"),
            first=said(first["cohort"]), last=said(last["cohort"]),
            first_rate=f"{first['rate']:.1%}", last_rate=f"{last['rate']:.1%}",
            n=int((~self.table.drop_duplicates("cohort", keep="last")["mature"]).sum()),
        )  # fmt: skip

    def plot(self, ax: Axes | None = None, links: Sequence[str] = ()) -> Chart:
        """Draw cohorts by age; immature cells are hollow.

        Parameters
        ----------
        links : sequence of str
            The parts of a page that the cells open.
        """
        from funnelkit.charts.cohort_triangle import cohort_triangle

        every = self.option("every")
        table = self.table.assign(cohort=self.table["cohort"].map(said))
        if links:
            table["link"] = list(links)
        alt = say("measures.alt_cohorts", text=self.summary())
        return cohort_triangle(
            table.rename(columns={"deals": "n"}),
            age_label=say(f"measures.chart_age_{every}"),
            number_label="n =",
            **self._around(ax, say("measures.chart_hollow_cohort"), alt=alt, drawn=["rate"]),
        )


def cohorts(
    p: Pipeline,
    every: str = "month",
    by: str | list[str] | None = None,
    *,
    since: dt.date | str | None = None,
    until: dt.date | str | None = None,
) -> Cohorts:
    """Follow the deals created in the same period: what share was won by each age.

    Parameters
    ----------
    every : {"month", "quarter", "year"}
        Length of a cohort and of an age step.

    Returns
    -------
    Cohorts
        ``table``: [by], ``cohort, age, deals, won, rate, low, high, mature``. ``won`` counts
        deals won within ``age`` steps of 30.4375 days (months) after their creation; ``rate``
        is a share of all ``deals`` of the cohort, the open ones included. ``mature`` is true
        when the youngest deal the cohort can have has been followed for that long; an
        immature rate can still only rise.
    """
    choose(every, EVERY, "every")
    groups = group_columns(p, by, "mature")
    p.need("created_at", "closed_at", "outcome", what="cohorts")
    start, end = period(since, until)
    deals = deals_in(p, start, end)
    shape = _aged(deals, groups, every, p.process.calendar).drop("created_at")
    counts = shape.group_by(list(shape.columns)).agg(n=shape.count()).to_pandas()
    counts = groups_first(counts, groups)
    left_out = (
        [] if start or end else [("no_creation", int(counts["n"][counts["cohort"].isna()].sum()))]
    )
    counts = counts.dropna(subset=["cohort"])
    undated, backwards = counts["undated"].astype(bool), counts["backwards"].astype(bool)
    left_out += outside(p.deals, "created_at", start, end)
    left_out += [("undated", int(counts["n"][undated].sum()))]
    left_out += [("ends_before_start", int(counts["n"][backwards].sum()))]
    counts = counts[~undated & ~backwards]
    table = _triangle(counts, groups, every, pd.Timestamp(p.as_of), p.process.calendar)
    scope = make_scope(p, int(counts["n"].sum()), left_out, start, end)
    return Cohorts(table, scope, p.process, tuple(groups), (("every", every),), p.synthetic)


def _aged(deals: ir.Table, extra: list[str], every: str, calendar: Calendar) -> ir.Table:
    """Return one row a deal: the first day of its cohort and the age at which it was won."""
    won = deals.outcome == "won"
    took = microseconds(deals.created_at, deals.closed_at)
    # exactly one step after the creation is still within the first
    steps = (took / int(STEP_DAYS[every] * MICROSECONDS_A_DAY)).ceil().cast("int64")
    return deals.select(
        *extra,
        "created_at",
        cohort=begin_of(deals.created_at, every, calendar),
        age=won.ifelse((steps < 1).ifelse(1, steps), ibis.null("int64")),
        undated=won & deals.closed_at.isnull(),
        backwards=(won & (took < 0)).fill_null(False),
    )


def _triangle(
    counts: pd.DataFrame, by: list[str], every: str, as_of: pd.Timestamp, calendar: Calendar
) -> pd.DataFrame:
    """Return one row a cohort and age up to the age its oldest deal can have."""
    rows = []
    step = pd.Timedelta(days=STEP_DAYS[every])
    for key, part in counts.groupby([*by, "cohort"], sort=True):
        *group, cohort = key
        begins = pd.Timestamp(str(cohort))
        span = span_of(begins, every, calendar)
        deals = int(part["n"].sum())
        oldest = max(1, int(np.ceil((as_of - begins) / step)))
        for age in range(1, oldest + 1):
            won = int(part["n"][part["age"] <= age].sum())
            # the cohort closes a tick before midnight, and so may the last day of the data
            full = bool(span.end_time + age * step <= as_of + pd.Timedelta(seconds=1))
            rows.append((*group, name_of(span, calendar), age, deals, won, won / deals, full))
    table = pd.DataFrame(rows, columns=[*by, "cohort", "age", "deals", "won", "rate", "mature"])
    mature = table.pop("mature")
    table["low"], table["high"] = wilson(table["won"].to_numpy(), table["deals"].to_numpy())
    return table.assign(mature=mature)
