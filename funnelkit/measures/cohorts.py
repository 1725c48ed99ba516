"""Cohorts: deals created in the same period, followed by age, with their maturity."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import ibis
import numpy as np
import pandas as pd

from funnelkit.data.pipeline import Pipeline
from funnelkit.measures.engine import SECONDS_A_DAY, deals_in, period, seconds_between
from funnelkit.measures.result import Result, choose, make_scope
from funnelkit.stats.intervals import wilson
from funnelkit.words import say

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from funnelkit.charts import Chart

EVERY = ("month", "quarter", "year")
#: Length of an age step in days: a twelfth of 365.25 and its multiples, so that every cohort
#: is measured with the same yardstick.
STEP_DAYS = {"month": 30.4375, "quarter": 91.3125, "year": 365.25}
_PANDAS = {"month": "M", "quarter": "Q", "year": "Y"}
_IBIS = {"month": "M", "quarter": "Q", "year": "Y"}


@dataclass(frozen=True, eq=False, repr=False)
class Cohorts(Result):
    """Won share of each creation cohort by age; immature ages are marked."""

    name: ClassVar[str] = "cohorts"

    def summary(self) -> str:
        """Compare the oldest and the youngest cohort at the same, mature age."""
        mature = self.table[self.table["mature"]]
        if mature.empty:
            return say("measures.nothing")
        ages = mature.groupby("age")["cohort"].nunique()
        wide = ages[ages >= 2]
        age = int(wide.index.max()) if len(wide) else int(ages.index.max())
        same = mature[mature["age"] == age]
        first, last = same.iloc[0], same.iloc[-1]
        return say(
            "measures.cohorts_summary",
            age=age, unit=say(f"measures.unit_{dict(self.options)['every']}"),
            first=first["cohort"], last=last["cohort"],
            first_rate=f"{first['rate']:.1%}", last_rate=f"{last['rate']:.1%}",
            n=int((~self.table.drop_duplicates("cohort", keep="last")["mature"]).sum()),
        )  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Chart:
        """Draw cohorts by age; immature cells are hollow."""
        from funnelkit.measures.pictures import draw_cohorts

        return draw_cohorts(self, ax)


def cohorts(
    p: Pipeline,
    every: str = "month",
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
        ``table``: ``cohort, age, deals, won, rate, low, high, mature``. ``won`` counts deals
        won within ``age`` steps of 30.4375 days (months) after their creation; ``rate`` is a
        share of all ``deals`` of the cohort, the open ones included. ``mature`` is true when
        the youngest deal the cohort can have has been followed for that long; an immature
        rate can still only rise.
    """
    choose(every, EVERY, "every")
    p.need("created_at", "closed_at", "outcome", what="cohorts")
    start, end = period(since, until)
    deals = deals_in(p, start, end)
    created = deals.created_at.truncate(_IBIS[every])
    days = seconds_between(deals.created_at, deals.closed_at) / SECONDS_A_DAY
    won = (deals.outcome == "won") & deals.closed_at.notnull()
    age = won.ifelse((days / STEP_DAYS[every]).floor().cast("int64") + 1, None)
    shape = deals.select(
        cohort=created,
        age=ibis.greatest(age, 1),
        undated=(deals.outcome == "won") & deals.closed_at.isnull(),
    )
    counts = shape.group_by(["cohort", "age", "undated"]).agg(n=shape.count()).to_pandas()
    no_date = int(counts.loc[counts["cohort"].isna(), "n"].sum())
    undated = int(counts.loc[counts["undated"].astype(bool), "n"].sum())
    counts = counts.dropna(subset=["cohort"])
    table = _triangle(counts, every, pd.Timestamp(p.as_of))
    scope = make_scope(
        p, int(counts["n"].sum()), [("no_creation", no_date), ("undated", undated)], start, end
    )
    return Cohorts(table, scope, p.process, options=(("every", every),), synthetic=p.synthetic)


def _triangle(counts: pd.DataFrame, every: str, as_of: pd.Timestamp) -> pd.DataFrame:
    """Return one row a cohort and age up to the age its oldest deal can have."""
    columns = ["cohort", "age", "deals", "won", "rate", "low", "high", "mature"]
    rows = []
    step = pd.Timedelta(days=STEP_DAYS[every])
    for cohort, part in counts.groupby("cohort", sort=True):
        begins = pd.Timestamp(str(cohort))
        span = begins.to_period(_PANDAS[every])
        closes = span.end_time
        deals = int(part["n"].sum())
        oldest = max(1, int(np.ceil((as_of - begins) / step)))
        for age in range(1, oldest + 1):
            won = int(part.loc[part["age"] <= age, "n"].sum())
            mature = bool(closes + age * step <= as_of + pd.Timedelta(seconds=1))
            rows.append((str(span), age, deals, won, won / deals, mature))
    table = pd.DataFrame(rows, columns=["cohort", "age", "deals", "won", "rate", "mature"])
    table["low"], table["high"] = wilson(table["won"].to_numpy(), table["deals"].to_numpy())
    return table[columns]
