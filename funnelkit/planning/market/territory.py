"""Territories: what there is to sell, who has how much of it, and who can serve it."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

import pandas as pd

from funnelkit.data.pipeline import NO_GROUP, Pipeline
from funnelkit.errors import FunnelkitError
from funnelkit.measures.columns import RATIO, Named
from funnelkit.planning.market.plain import (
    PlainResult,
    columns,
    fraction,
    numbers,
    process_of,
    scope_of,
    won_by,
)
from funnelkit.show.column import Number, Unit
from funnelkit.stats.rounding import largest_remainder
from funnelkit.words import money, number, percent, say

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from funnelkit.charts import Chart

#: Loads may be this far from their mean.
TOLERANCE = 0.15


@dataclass(frozen=True, eq=False, repr=False)
class Territories(PlainResult):
    """Potential of each territory and how much of it is sold."""

    name: ClassVar[str] = "territories"

    def summary(self) -> str:
        """Give potential and penetration of the whole and the territory with most unsold."""
        table = self.table
        if table.empty or not table["potential_amount"].sum():
            return say("territory.nothing")
        potential, sales = (float(table[c].sum()) for c in ("potential_amount", "sales_amount"))
        top = table.iloc[int(table["unsold_amount"].argmax())]
        return say(
            "territory.territories_summary",
            potential=money(potential), sales=money(sales), share=percent(sales / potential, 1),
            top=self._where(top), unsold=money(top["unsold_amount"]),
        )  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Chart:
        """Draw potential with penetration beside it."""
        return self._bars(ax, self.table[self.by[0]], "potential_amount", "penetration_share")


def territories(
    frame: pd.DataFrame | None = None,
    p: Pipeline | None = None,
    *,
    by: str = "region",
    since: dt.date | str | None = None,
    until: dt.date | str | None = None,
) -> Territories:
    """Potential (prospects times spend) and penetration (own sales / potential).

    Parameters
    ----------
    frame : DataFrame, optional
        One row a territory: ``by, prospects, spend`` (a prospect's yearly spend) and, without
        a pipeline, ``sales``. Left out, the pipeline's accounts are counted.
    p : Pipeline, optional
        Gives the sales: won amounts by ``by``, closed in [since, until).

    Returns
    -------
    Territories
        ``table``: by, ``prospects, spend_amount, potential_amount, sales_amount,
        penetration_share, unsold_amount, potential_share, sales_share``.

    Examples
    --------
    >>> frame = pd.DataFrame({"region": ["N", "S"], "prospects": [200, 50], "spend": [4e4, 1e5],
    ...                       "sales": [2e6, 1e6]})
    >>> territories(frame).table["penetration_share"].tolist()
    [0.25, 0.2]
    """
    left_out: list[tuple[str, int]] = []
    limits: tuple[dt.datetime | None, dt.datetime | None] = (None, None)
    if frame is None:
        if p is None:
            raise FunnelkitError("territory.frame_or_pipeline", what="territories")
        p.need("accounts", what="territories")
        frame = _from_accounts(p, by)
    given = [] if p is not None else ["sales"]
    base = numbers(frame, "prospects", "spend", *given, what="territories")
    columns(base, by, what="territories")
    if p is not None:
        won, left_out, limits = won_by(p, by, since, until, "territories")
        sums = won.groupby(by)["amount"].sum()
        base["sales"] = base[by].map(sums.to_dict()).astype(float).fillna(0.0)
        elsewhere = int((~won[by].isin(base[by])).sum())
        left_out.append(("territory.elsewhere", elsewhere))
    table = pd.DataFrame({by: base[by], "prospects": base["prospects"].round().astype("int64")})
    table["spend_amount"] = base["spend"]
    table["potential_amount"] = base["prospects"] * base["spend"]
    table["sales_amount"] = base["sales"]
    potential = table["potential_amount"].where(table["potential_amount"] > 0)
    table["penetration_share"] = table["sales_amount"] / potential
    table["unsold_amount"] = (table["potential_amount"] - table["sales_amount"]).clip(lower=0.0)
    for name in ("potential", "sales"):
        whole = float(table[f"{name}_amount"].sum())
        table[f"{name}_share"] = table[f"{name}_amount"] / (whole or math.nan)
    scope = scope_of(len(table), p, left_out, *limits)
    synthetic = p.synthetic if p is not None else False
    return Territories(table, scope, process_of(p), (by,), (), synthetic)


def _from_accounts(p: Pipeline, by: str) -> pd.DataFrame:
    accounts = p.tables["accounts"].to_pandas()
    accounts = columns(accounts, by, "potential", what="territories")
    accounts[by] = accounts[by].astype("object").where(accounts[by].notna(), NO_GROUP)
    known = accounts[accounts["potential"].notna()]
    grouped = known.groupby(by, sort=True)["potential"]
    return pd.DataFrame({"prospects": grouped.size(), "spend": grouped.mean()}).reset_index()


@dataclass(frozen=True, eq=False, repr=False)
class Balance(PlainResult):
    """How evenly a load is spread over territories."""

    name: ClassVar[str] = "balance"

    def summary(self) -> str:
        """Say which loads lie outside the tolerance."""
        out = self.table[~self.table["within"]]
        if self.table["index"].isna().all():
            return say("territory.balance_nothing")
        if out.empty:
            return say("territory.balance_even", n=len(self.table), **self._said())
        label = [f"{r[self.by[0]]} {number(r['index'], 2)}" for r in out.to_dict("records")]
        return say(
            "territory.balance_summary", n=len(self.table), out=len(out), names=label,
            **self._said(),
        )  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Chart:
        """Draw the loads; those outside the tolerance take the accent."""
        outside = ~self.table["within"]
        return self._bars(
            ax, self.table[self.by[0]], "index", write=partial(number, digits=2), mark=outside
        )


def balance(
    frame: pd.DataFrame, load: str, *, by: str = "region", tolerance: float = TOLERANCE
) -> Balance:
    """Compare each territory's load with the mean: within 15% counts as balanced.

    Returns
    -------
    Balance
        ``table``: by, ``load, index, within``; the index is load / mean load.

    Examples
    --------
    >>> frame = pd.DataFrame({"region": list("abc"), "hours": [115, 100, 85]})
    >>> balance(frame, "hours").table["within"].tolist()
    [True, True, True]
    """
    base = numbers(frame, load, what="balance")
    columns(base, by, what="balance")
    mean = float(base[load].mean()) if len(base) else math.nan
    index = base[load] / (mean or math.nan)
    within = (index - 1).abs() <= fraction(tolerance, "tolerance") + 1e-9
    table = pd.DataFrame({by: base[by], "load": base[load], "index": index, "within": within})
    options = (("tolerance", tolerance), ("load", load))
    return Balance(table, scope_of(len(table)), process_of(None), (by,), options)


@dataclass(frozen=True, eq=False, repr=False)
class Allocation(PlainResult):
    """A total shared out by history and potential, exactly."""

    name: ClassVar[str] = "allocation"

    def _said(self) -> dict[str, Any]:
        given = dict(self.options)
        total = float(given["total"])
        return given | {"total": number(total, 0 if total == int(total) else 2)}

    def summary(self) -> str:
        """Give the parts; they add up to the total."""
        write = self.unit("allotted").write
        parts = [f"{r[self.by[0]]} {write(r['allotted'])}" for r in self.table.to_dict("records")]
        return say("territory.allocation_summary", parts=parts, **self._said())

    def plot(self, ax: Axes | None = None) -> Chart:
        """Draw the parts with their share."""
        write = self.unit("allotted").write
        return self._bars(ax, self.table[self.by[0]], "allotted", "share", write=write)

    def unit(self, column: str) -> Unit | Named:
        """Return what a column is: parts have the decimals of the smallest step."""
        if column in ("exact", "allotted"):
            digits = 0 if float(self.option("unit")) >= 1 else 2
            return Number(digits + 2 if column == "exact" else digits)
        return super().unit(column)


def allocate(
    total: float,
    frame: pd.DataFrame,
    *,
    by: str = "region",
    weight: float = 0.5,
    unit: float = 0.01,
) -> Allocation:
    """Share a target out by last year's sales and by potential.

    Parameters
    ----------
    frame : DataFrame
        ``by, history, potential``, as amounts or shares; each is brought to a sum of 1.
    weight : float
        Weight of the potential; the history has the rest.
    unit : float
        Smallest step of a part. Rounded parts add exactly to the total: largest remainders.

    Returns
    -------
    Allocation
        ``table``: by, ``history_share, potential_share, share, exact, allotted``.

    Examples
    --------
    >>> frame = pd.DataFrame({"region": list("abc"), "history": [1, 1, 1],
    ...                       "potential": [1, 1, 1]})
    >>> allocate(100, frame, unit=1).table["allotted"].tolist()
    [34.0, 33.0, 33.0]
    """
    base = numbers(frame, "history", "potential", what="allocate")
    columns(base, by, what="allocate")
    weight = fraction(weight, "weight")
    table = pd.DataFrame({by: base[by]})
    for name in ("history", "potential"):
        whole = float(base[name].sum())
        if not whole > 0:
            raise FunnelkitError("territory.no_total", column=name, what="allocate")
        table[f"{name}_share"] = base[name] / whole
    table["share"] = weight * table["potential_share"] + (1 - weight) * table["history_share"]
    table["exact"] = table["share"] * total
    table["allotted"] = largest_remainder(table["share"].to_numpy(), total, unit)
    options = (("total", total), ("weight", weight), ("unit", unit))
    return Allocation(table, scope_of(len(table)), process_of(None), (by,), options)


@dataclass(frozen=True, eq=False, repr=False)
class Workload(PlainResult):
    """Hours of service a customer base asks for, and the persons they amount to."""

    name: ClassVar[str] = "workload"
    units: ClassVar = {"persons": RATIO, "visits": Number(1)}

    @property
    def hours(self) -> float:
        """Hours a year over all tiers."""
        return float(self.table["hours"].sum())

    @property
    def persons(self) -> float:
        """Persons they amount to, as a fraction: 1.84."""
        return float(self.hours / self.option("hours_a_person"))

    def summary(self) -> str:
        """Give hours and persons."""
        return say(
            "territory.workload_summary", hours=number(self.hours),
            persons=number(self.persons, 2), whole=math.ceil(round(self.persons, 9)),
            a_person=number(self.option("hours_a_person")),
        )  # fmt: skip


def workload(
    customers: pd.DataFrame | Mapping[str, tuple[float, float, float]],
    *,
    hours_a_person: float = 1000.0,
) -> Workload:
    """Add up the hours that customers of each tier ask for in a year.

    Parameters
    ----------
    customers : DataFrame or mapping
        ``tier, customers, visits, hours_a_visit``, visits a year; or ``{tier: (customers,
        visits, hours)}``.
    hours_a_person : float
        Selling hours a person has in a year.

    Examples
    --------
    >>> result = workload({"A": (20, 24, 1.5), "B": (60, 12, 1), "C": (200, 4, 0.5)})
    >>> result.hours, result.persons
    (1840.0, 1.84)
    """
    names = ["tier", "customers", "visits", "hours_a_visit"]
    if not isinstance(customers, pd.DataFrame):
        rows = [(tier, *values) for tier, values in customers.items()]
        customers = pd.DataFrame(rows, columns=names)
    base = numbers(customers, *names[1:], what="workload")
    table = columns(base, "tier", what="workload")[names].copy()
    if not hours_a_person > 0:
        raise FunnelkitError("territory.not_positive", found=hours_a_person, name="hours_a_person")
    table["hours"] = table["customers"] * table["visits"] * table["hours_a_visit"]
    table["persons"] = table["hours"] / hours_a_person
    options = (("hours_a_person", hours_a_person),)
    return Workload(table, scope_of(len(table)), process_of(None), ("tier",), options)


__all__ = [
    "TOLERANCE",
    "Allocation",
    "Balance",
    "Territories",
    "Workload",
    "allocate",
    "balance",
    "territories",
    "workload",
]
