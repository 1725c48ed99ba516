"""Sales velocity: deals x win rate x mean won amount / cycle days, each term defined."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from funnelkit.data.pipeline import Pipeline
from funnelkit.measures.behind import because, dated, ones
from funnelkit.measures.clustered import EACH_DEAL, cluster_column, design_effects, in_clusters
from funnelkit.measures.columns import MONEY, ends
from funnelkit.measures.drawn import listed, row_name
from funnelkit.measures.engine import (
    MICROSECONDS_A_DAY,
    group_columns,
    groups_first,
    microseconds,
    outside,
    period,
    within,
)
from funnelkit.measures.result import Result
from funnelkit.measures.scope import make_scope
from funnelkit.measures.winning import single_currency
from funnelkit.words import count, days, money, percent, say, sentences

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from funnelkit.charts import Chart

#: The four terms of the equation, in its order.
DRIVERS = ("open_deals", "win_rate", "mean_won_amount", "mean_cycle_days")


def velocity_equation(deals: float, win_rate: float, amount: float, cycle_days: float) -> float:
    """Return deals x win rate x mean won amount / cycle days: money a day.

    Examples
    --------
    >>> velocity_equation(120, 0.25, 80_000, 75)
    32000.0
    """
    return deals * win_rate * amount / cycle_days


@dataclass(frozen=True, eq=False, repr=False)
class Velocity(Result):
    """Money a day, with the four terms it is made of."""

    name: ClassVar[str] = "velocity"
    units: ClassVar = ends(MONEY)
    counts: ClassVar = ("open_deals",)  # the other terms are shares and means

    def _behind(self, p: Pipeline) -> ir.Table:
        deals = p.deals
        is_open = deals.outcome == "open"
        rows = deals.select("deal_id", open_deals=ones(is_open), why=ibis.null("string"))
        closed = deals.filter(~is_open)
        since, until = self.scope.since, self.scope.until
        won = (closed.outcome == "won") & within(closed.closed_at, since, until)
        took = microseconds(closed.created_at, closed.closed_at)
        whys = (
            dated(closed, "closed_at", self.scope),
            because((won & closed.amount.isnull(), "no_amount")),
            because((won & took.isnull(), "undated"), (won & (took < 0), "ends_before_start")),
        )
        out = [
            closed.select("deal_id", open_deals=ibis.literal(0, "int64"), why=why) for why in whys
        ]
        return ibis.union(rows, *out)

    def summary(self) -> str:
        """Spell the equation out."""
        table = self.table.dropna(subset=["amount_per_day"])
        if table.empty:
            return say("measures.velocity_none" if len(self.table) else "measures.nothing")
        row = table.iloc[int(table["amount_per_day"].argmax())] if self.by else table.iloc[0]
        told = say(
            "measures.velocity_summary"
            + ("_groups" if self.by else "")
            + ("" if row["low"] == row["low"] else "_bare"),
            group=self._where(row) if self.by else "",
            per_day=row["amount_per_day"], low=row["low"], high=row["high"],
            n=row["open_deals"], rate=row["win_rate"], amount=row["mean_won_amount"],
            cycle=row["mean_cycle_days"],
        )  # fmt: skip
        return sentences([told, say("measures.order_only")]) if self.by else told

    def plot(self, ax: Axes | None = None) -> Chart:
        """Draw what each driver adds to or takes from each group's velocity."""
        from funnelkit.charts.drivers import drivers

        table = self.table.dropna(subset=["amount_per_day"])
        writers: dict[str, Callable[[float], str]] = {
            "open_deals": count,
            "win_rate": lambda v: percent(v, 1),
            "mean_won_amount": money,
            "mean_cycle_days": days,
        }
        names = [row_name(self, row) for row in table.to_dict("records")]
        totals = [money(v) for v in table["amount_per_day"]]
        labels = [f"{name}\n{total}" for name, total in zip(names, totals, strict=True)]
        parts = []
        for driver, write in writers.items():
            divides = driver == "mean_cycle_days"
            # the geometric mean of the groups: factors then multiply to each group's own
            factor = table[driver] / _geometric_mean(table[driver])
            parts.append(
                pd.DataFrame(
                    {
                        "label": labels,
                        "driver": say(f"measures.column_{driver}"),
                        "factor": 1 / factor.where(factor != 0) if divides else factor,
                        "text": table[driver].map(write),
                        "divides": divides,
                    }
                )
            )
        alt = say("measures.alt_velocity", parts=listed(names, totals))
        return drivers(
            pd.concat(parts).sort_index(kind="stable"),
            axis_label=say("measures.chart_drivers_axis"),
            **self._around(ax, alt=alt),
        )


def _geometric_mean(values: pd.Series[Any]) -> float:
    """Return the geometric mean of what is above 0; nan where nothing is."""
    positive = values[values > 0].astype(float)
    return float(np.exp(np.log(positive).mean()))


def velocity(
    p: Pipeline,
    by: str | list[str] | None = None,
    *,
    since: dt.date | str | None = None,
    until: dt.date | str | None = None,
    cluster: str | None = None,
) -> Velocity:
    """Estimate how much money the pipeline turns into won deals a day.

    Parameters
    ----------
    since, until : date, optional
        Win rate, amount and cycle come from deals closed in [since, until).
    cluster : str, optional
        Deals of one value hang together, and the interval is wider for it; the account where
        the source has it, and always the months in which deals closed. ``deal_id``: every deal
        for itself.

    Returns
    -------
    Velocity
        ``table``: [by], ``open_deals, win_rate, mean_won_amount, mean_cycle_days,
        amount_per_day, low, high``. ``open_deals`` are open at ``as_of``; ``win_rate`` is won
        over closed deals; amount and cycle are means over won deals. The 95% interval
        treats the number of open deals as known and the three others as estimates.

    Raises
    ------
    FunnelkitError
        Missing column; several currencies.
    """
    groups = group_columns(p, by, *DRIVERS, "amount_per_day")
    p.need("outcome", "amount", "created_at", "closed_at", what="velocity")
    single_currency(p, groups)
    start, end = period(since, until)
    deals = p.deals
    won = (deals.outcome == "won") & within(deals.closed_at, start, end)
    closed = (deals.outcome != "open") & within(deals.closed_at, start, end)
    days = microseconds(deals.created_at, deals.closed_at) / MICROSECONDS_A_DAY
    cycle = (won & (days >= 0)).ifelse(days, None)
    amount = won.ifelse(deals.amount, None)
    sums = {
        "open_deals": (deals.outcome == "open").sum(),
        "won": won.sum(),
        "closed": closed.sum(),
        "n_amount": amount.count(), "x": amount.sum(), "xx": (amount * amount).sum(),
        "n_cycle": cycle.count(), "d": cycle.sum(), "dd": (cycle * cycle).sum(),
        "xd": (amount * cycle).sum(),
        "backwards": (won & (days < 0)).sum(),
    }  # fmt: skip
    raw = (deals.group_by(groups) if groups else deals).agg(**sums).to_pandas()
    raw = groups_first(raw, groups).sort_values(groups or ["won"]).reset_index(drop=True)
    raw = raw.fillna(0)
    number = {c: raw[c].to_numpy(dtype=float) for c in sums}
    table = raw[groups].copy()
    table["open_deals"] = raw["open_deals"].astype("int64")
    with np.errstate(invalid="ignore", divide="ignore"):
        table["win_rate"] = number["won"] / number["closed"]
        table["mean_won_amount"] = number["x"] / number["n_amount"]
        table["mean_cycle_days"] = number["d"] / number["n_cycle"]
    table["amount_per_day"] = (
        table["open_deals"] * table["win_rate"] * table["mean_won_amount"]
    ) / table["mean_cycle_days"].where(table["mean_cycle_days"] > 0)  # no speed without a time
    rows = deals.mutate(was_won=won, was_closed=closed, cycle_days=cycle, won_amount=amount)
    design = _design(p, rows.filter(closed), number, cluster)
    per_day = table["amount_per_day"].to_numpy(dtype=float)
    table["low"], table["high"] = _interval(per_day, number, design)
    left_out = [
        *outside(deals.filter(deals.outcome != "open"), "closed_at", start, end),
        ("no_amount", int((number["won"] - number["n_amount"]).sum())),
        ("undated", int((number["won"] - number["n_cycle"] - number["backwards"]).sum())),
        ("ends_before_start", int(number["backwards"].sum())),
    ]
    scope = make_scope(p, int(number["closed"].sum()), left_out, start, end)
    return Velocity(table, scope, p.process, tuple(groups), synthetic=p.synthetic)


def _design(
    p: Pipeline, closed: ir.Table, sums: dict[str, NDArray[np.float64]], cluster: str | None
) -> float:
    """Return how much wider the interval is for deals that hang together.

    Each deal's part in the log of the velocity, all groups together, is added up by cluster.
    """
    whose = cluster_column(p, cluster)
    clusters = [*([whose] if whose else []), *([] if cluster == EACH_DEAL else ["ended"])]
    total = {name: float(values.sum()) for name, values in sums.items()}
    if not clusters or min(total[n] for n in ("won", "x", "d", "n_amount", "n_cycle")) <= 0:
        return 1.0
    rows = closed.mutate(
        one=0, ended=(closed.closed_at.year() * 12 + closed.closed_at.month()).cast("int32")
    )
    won = rows.was_won.ifelse(1, 0).cast("float64")
    rate = (won - total["won"] / total["closed"]) / total["won"]
    amount = (rows.won_amount / total["x"] - 1 / total["n_amount"]).fill_null(0.0)
    cycle = (rows.cycle_days / total["d"] - 1 / total["n_cycle"]).fill_null(0.0)
    parts = in_clusters(rows, rate + amount - cycle, clusters, "one")
    return design_effects(parts).get(0, 1.0)


def _interval(
    per_day: NDArray[np.float64], sums: dict[str, NDArray[np.float64]], design: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the 95% interval by the delta method on the log scale.

    The variances of the logs add up: (1 - rate) / won for the rate, var / (n mean^2) for the
    two means, less twice their covariance, since large deals take longer.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        won, closed, n, m = sums["won"], sums["closed"], sums["n_amount"], sums["n_cycle"]
        amount, cycle = sums["x"] / n, sums["d"] / m
        rate = (1 - won / closed) / won
        spread_x = (sums["xx"] / n - amount**2) / (n - 1) / amount**2
        spread_d = (sums["dd"] / m - cycle**2) / (m - 1) / cycle**2
        together = (sums["xd"] / m - amount * cycle) / (m - 1) / (amount * cycle)
        error = np.sqrt(np.maximum(rate + spread_x + spread_d - 2 * together, 0) * design)
        half = np.exp(1.959963984540054 * error)
    few = (n < 2) | (m < 2)
    return np.where(few, np.nan, per_day / half), np.where(few, np.nan, per_day * half)


__all__ = ["DRIVERS", "Velocity", "velocity", "velocity_equation"]
