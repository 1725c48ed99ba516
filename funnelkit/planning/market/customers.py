"""Customers: who brings the sales, who bought lately, and the hours it takes to serve them."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from funnelkit.data.pipeline import NO_GROUP, Pipeline
from funnelkit.errors import FunnelkitError
from funnelkit.measures.columns import MONEY
from funnelkit.measures.result import choose
from funnelkit.planning.market.plain import (
    PlainResult,
    columns,
    fraction,
    numbers,
    process_of,
    scope_of,
    won_by,
)
from funnelkit.planning.market.territory import Workload, workload
from funnelkit.show.column import COUNT
from funnelkit.words import count, say, sentences

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from funnelkit.charts import Chart

CUT_RULES = ("before", "strict")
_COLUMN = "customer"


def _sales(
    source: Pipeline | pd.DataFrame,
    since: dt.date | str | None,
    until: dt.date | str | None,
    by: str,
    what: str,
) -> tuple[pd.DataFrame, Any, Pipeline | None]:
    """Return sales as ``customer, date, amount`` from won deals or a frame, with their scope."""
    if isinstance(source, Pipeline):
        frame, left_out, limits = won_by(source, by, since, until, what)
        frame = frame.rename(columns={by: _COLUMN, "closed_at": "date"})
        unknown = frame[_COLUMN] == NO_GROUP
        left_out.append(("territory.no_customer", int(unknown.sum())))
        frame = frame[~unknown]
        return frame, scope_of(len(frame), source, left_out, *limits), source
    frame = columns(numbers(source, "amount", what=what), _COLUMN, what=what)
    return frame, scope_of(len(frame)), None


@dataclass(frozen=True, eq=False, repr=False)
class CustomerTiers(PlainResult):
    """Customers in tiers A, B and C by their share of the sales."""

    name: ClassVar[str] = "abc"

    @property
    def definition(self) -> str:
        """How customers come into a tier, in the current language."""
        rule = self.option("rule")
        keys = ("territory.abc_definition", f"territory.abc_{rule}")
        return sentences(say(key, **self._said()) for key in keys)

    def summary(self) -> str:
        """Give the number of customers and the share of sales of each tier."""
        if self.table.empty:
            return say("territory.nothing")
        parts = []
        for tier in ("A", "B", "C"):
            part = self.table[self.table["tier"] == tier]
            parts.append(
                say("territory.abc_part", tier=tier, n=len(part), share=part["share"].sum())
            )
        return say("territory.abc_summary", parts=parts, n=len(self.table))

    def plot(self, ax: Axes | None = None) -> Chart:
        """Draw the customers in order of their sales."""
        names = self.table["tier"] + " · " + self.table["customer"].astype("str")
        return self._bars(ax, names, "amount", "cumulative_share")


def abc(
    source: Pipeline | pd.DataFrame,
    *,
    rule: str = "before",
    cuts: tuple[float, float] = (0.8, 0.95),
    by: str = "account",
    since: dt.date | str | None = None,
    until: dt.date | str | None = None,
) -> CustomerTiers:
    """Sort customers into tiers A, B and C by their share of the sales.

    Parameters
    ----------
    source : Pipeline or DataFrame
        Won deals by ``by``, or a frame with ``customer, amount`` (rows of a customer add up).
    rule : {"before", "strict"}
        Where the cut falls inside a customer. *before*, the default: A while the share of the
        customers before it is below the first cut. *strict*: A while the cumulative share, the
        customer included, does not exceed it.
    cuts : (float, float)
        Where A and B end.

    Returns
    -------
    CustomerTiers
        ``table``: ``customer, amount, share, cumulative_share, tier``, largest first; equal
        amounts in the order of the names.

    Examples
    --------
    >>> frame = pd.DataFrame({"customer": list("abcdefghij"),
    ...     "amount": [900, 520, 300, 150, 110, 80, 60, 40, 25, 15]})
    >>> [int((abc(frame, rule=r).table["tier"] == "A").sum()) for r in ("before", "strict")]
    [4, 3]
    """
    choose(rule, CUT_RULES, "rule")
    first, second = (fraction(c, "cuts") for c in cuts)
    if second < first:
        raise FunnelkitError("territory.cuts_order", found=list(cuts))
    sales, scope, p = _sales(source, since, until, by, "abc")
    sums = sales.groupby(_COLUMN)["amount"].sum().reset_index()
    table = sums.sort_values(
        ["amount", _COLUMN], ascending=[False, True], kind="stable"
    ).reset_index(drop=True)
    whole = float(table["amount"].sum())
    table["share"] = table["amount"] / (whole or math.nan)
    # sums are compared, not sums of rounded shares
    up_to = table["amount"].cumsum()
    table["cumulative_share"] = up_to / (whole or math.nan)
    reached = up_to if rule == "strict" else up_to - table["amount"]
    slack = 1e-9 * whole
    tiers = []
    for value in reached:
        inside = [
            value <= cut * whole + slack if rule == "strict" else value < cut * whole - slack
            for cut in (first, second)
        ]
        tiers.append("A" if inside[0] else "B" if inside[1] else "C")
    table["tier"] = tiers
    options = (("rule", rule), ("first", first), ("second", second))
    synthetic = p.synthetic if p is not None else False
    return CustomerTiers(table, scope, process_of(p), (_COLUMN,), options, synthetic)


@dataclass(frozen=True, eq=False, repr=False)
class Rfm(PlainResult):
    """Customers by recency, frequency and amount, scored 1 to 5."""

    name: ClassVar[str] = "rfm"
    units: ClassVar = {"recency_days": COUNT, "amount": MONEY}

    def summary(self) -> str:
        """Give the number of customers of each kind."""
        if self.table.empty:
            return say("territory.nothing")
        sizes = self.table["kind"].value_counts()
        parts = [
            f"{say(f'territory.kind_{kind}')} {sizes[kind]}"
            for kind in ("best", "at_risk", "new", "asleep", "middle")
            if kind in sizes
        ]
        return say("territory.rfm_summary", n=len(self.table), parts=parts)

    def plot(self, ax: Axes | None = None) -> Chart:
        """Draw how many customers have each recency and frequency."""
        from funnelkit.charts.matrix import matrix

        sizes = self.table.groupby(["r", "f"]).size().to_dict()
        cells = [
            (str(r), str(f), float(n), count(n) if n else "")
            for r in range(5, 0, -1)
            for f in range(1, 6)
            for n in [sizes.get((r, f), 0)]
        ]
        return matrix(
            pd.DataFrame(cells, columns=["row", "column", "value", "text"]),
            row_label=say("territory.chart_recency"),
            column_label=say("territory.chart_frequency"),
            **self._around(
                ax,
                say("territory.chart_rfm"),
                alt=say("hygiene.alt_text", title=self.title, text=self.summary()),
            ),
        )


def rfm(
    source: Pipeline | pd.DataFrame,
    *,
    as_of: dt.date | str | None = None,
    by: str = "account",
    since: dt.date | str | None = None,
    until: dt.date | str | None = None,
) -> Rfm:
    """Score customers by how recently, how often and for how much they bought.

    Parameters
    ----------
    source : Pipeline or DataFrame
        Won deals by ``by``, or a frame with ``customer, date, amount``, one row a purchase.
    as_of : date, optional
        Recency is counted to here; by default the pipeline's date or the latest purchase.

    Returns
    -------
    Rfm
        ``table``: ``customer, recency_days, frequency, amount, r, f, m, kind``. A score is
        1 + 5 times the share of customers that are strictly worse, cut down: fifths of the
        customers where no two are equal, and equal values always have the same score.
    """
    sales, scope, p = _sales(source, since, until, by, "rfm")
    columns(sales, "date", what="rfm")
    sales = sales.assign(date=pd.to_datetime(sales["date"]))
    undated = int(sales["date"].isna().sum())
    sales = sales.dropna(subset=["date"])
    if as_of is not None:
        end = pd.Timestamp(as_of)
    elif p is not None:
        end = pd.Timestamp(p.as_of)
    else:
        end = sales["date"].max()
    later = int((sales["date"] > end).sum())
    sales = sales[sales["date"] <= end]
    set_aside = [("territory.later", later), ("territory.undated", undated)]
    left_out = (*scope.left_out, *((why, n) for why, n in set_aside if n))
    scope = replace(scope, used=len(sales), left_out=left_out)
    grouped = sales.groupby(_COLUMN, sort=True)
    table = pd.DataFrame(
        {
            "recency_days": (end - grouped["date"].max()).dt.days,
            "frequency": grouped.size(),
            "amount": grouped["amount"].sum(),
        }
    ).reset_index()
    table["r"] = _score(-table["recency_days"])
    table["f"] = _score(table["frequency"])
    table["m"] = _score(table["amount"])
    late, often = table["r"], table["f"]
    kinds = [
        (late >= 4) & (often >= 4), (late <= 2) & (often >= 4), (late >= 4) & (often <= 2),
        (late <= 2) & (often <= 2),
    ]  # fmt: skip
    table["kind"] = np.select(kinds, ["best", "at_risk", "new", "asleep"], "middle")
    synthetic = p.synthetic if p is not None else False
    options = (("as_of", end.to_pydatetime() if len(sales) else None),)
    return Rfm(table, scope, process_of(p), (_COLUMN,), options, synthetic)


def _score(values: pd.Series[Any]) -> pd.Series[Any]:
    """Return 1 + the number of whole fifths of the values that are strictly lower."""
    lower = values.rank(method="min") - 1
    return (5 * lower / max(len(values), 1) + 1e-9).astype("int64") + 1


def service_hours(
    tiers: CustomerTiers | pd.DataFrame,
    plan: Mapping[str, tuple[float, float]],
    *,
    hours_a_person: float = 1000.0,
) -> Workload:
    """Return the hours a year that serving each tier takes.

    Parameters
    ----------
    tiers : CustomerTiers or DataFrame
        Customers with their ``tier``.
    plan : mapping
        ``{tier: (visits a year, hours a visit)}``, for every tier there is.
    """
    frame = tiers.table if isinstance(tiers, CustomerTiers) else tiers
    sizes = columns(frame, "tier", what="service_hours")["tier"].value_counts()
    missing = sorted(str(t) for t in set(sizes.index) - set(plan))
    if missing:
        raise FunnelkitError("territory.tier_without_plan", found=missing, allowed=list(plan))
    return workload(
        {tier: (int(sizes.get(tier, 0)), *each) for tier, each in plan.items()},
        hours_a_person=hours_a_person,
    )


__all__ = [
    "CUT_RULES",
    "CustomerTiers",
    "Rfm",
    "abc",
    "rfm",
    "service_hours",
]
