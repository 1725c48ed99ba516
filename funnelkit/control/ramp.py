"""Onboarding: how fast a new seller comes to what a full one wins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd
from scipy import stats as distributions

from funnelkit.data.pipeline import Pipeline
from funnelkit.errors import FunnelkitError, nearest
from funnelkit.measures.result import Result
from funnelkit.measures.scope import make_scope
from funnelkit.words import percent, say

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from funnelkit.charts import Chart

#: Share of a full seller in the first months, then 1.
PLAN = (0.0, 0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True, eq=False, repr=False)
class RampCurve(Result):
    """Wins of a seller by month since the start, as a share of a full seller's."""

    name: ClassVar[str] = "ramp_curve"
    room: ClassVar[str] = "control"

    def summary(self) -> str:
        """Compare the months so far with the plan."""
        said = dict(self.options)
        whole = self.table[self.table["whole"]]
        if whole.empty:
            return say("control.ramp_curve_none", owner=said["owner"])
        won, full = int(whole["won"].sum()), float(said["full"])
        planned = float(whole["plan_share"].sum() * full)
        low, high = _poisson(won)
        state = "behind" if high < planned else "ahead" if low > planned else "on"
        return say(
            "control.ramp_curve_summary",
            owner=said["owner"], months=len(whole), won=won, planned=planned, low=low, high=high,
            full=full, state=say(f"control.ramp_{state}"),
        )  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Chart:
        """Draw the share by month with its interval, and the plan."""
        from funnelkit.charts.trend import trend

        own, plan = str(self.option("owner")), say("control.column_plan_share")
        rows = [
            {
                "period": str(r["month"]), "value": r["share"], "low": r["low"],
                "high": min(r["high"], 2.0), "n": r["won"], "mature": bool(r["whole"]),
                "series": own,
            }
            for r in self.table.to_dict("records")
        ]  # fmt: skip
        rows += [
            {
                "period": str(r["month"]), "value": r["plan_share"], "low": np.nan,
                "high": np.nan, "n": 0, "mature": True, "series": plan,
            }
            for r in self.table.to_dict("records")
        ]  # fmt: skip
        return trend(
            pd.DataFrame(rows),
            number_label=say("control.chart_won"),
            axis_label=say("control.column_share"),
            write=percent,
            **self._around(ax),
        )


def ramp_curve(
    p: Pipeline,
    owner: str,
    *,
    plan: Sequence[float] = PLAN,
    full_after: int = 12,
    full: float | None = None,
) -> RampCurve:
    """Show the wins of a seller month by month since the start, against a ramp plan.

    Parameters
    ----------
    owner : str
        A rep_id or a name of the ``reps`` table, as in ``deals.owner``.
    plan : sequence of float
        Share of a full seller month by month; after the last one it stays there.
    full_after : int
        Months since the start after which a seller counts as full.
    full : float, optional
        Wins of a full seller a month; the mean of the full sellers in the months the curve
        covers when not given.

    Returns
    -------
    RampCurve
        ``table``: ``month`` (1 is the first), ``since, until, won, share, low, high,
        plan_share, whole``. The interval is Poisson's on the wins; ``whole`` is false while a
        month still runs.

    Raises
    ------
    FunnelkitError
        No reps table with start dates, unknown owner, nobody is full yet.
    """
    p.need("reps", "owner", "outcome", "closed_at", what="ramp_curve")
    reps = p.tables["reps"].to_pandas()
    deals = p.deals.select("deal_id", "owner", "outcome", "closed_at").to_pandas()
    deals = deals[(deals["outcome"] == "won") & deals["closed_at"].notna()]
    owners = set(p.deals.select("owner").distinct()["owner"].to_pandas().dropna())
    key = "rep_id" if set(reps["rep_id"].astype("str")) & owners else "name"
    starts = pd.to_datetime(reps.set_index(reps[key].astype("str"))["start_date"])
    if owner not in starts.index:
        also = dict(zip(reps["name"].astype("str"), reps["rep_id"].astype("str"), strict=True))
        if also.get(owner) in starts.index:
            owner = also[owner]
        else:
            raise FunnelkitError(
                "control.unknown_rep", found=owner, allowed=nearest(owner, starts.index)
            )
    began = starts[owner]
    if pd.isna(began):
        raise FunnelkitError("control.no_start", found=owner)
    as_of = pd.Timestamp(p.as_of)
    edges = [began + pd.DateOffset(months=k) for k in range(1000)]
    edges = [e for e in edges if e <= as_of]
    if full is None:
        full = _full(starts.drop(owner), deals, edges[0] if edges else as_of, as_of, full_after)
    own = deals.loc[deals["owner"] == owner, "closed_at"]
    rows = []
    for k, since in enumerate(edges):
        until = began + pd.DateOffset(months=k + 1)
        won = int(((own >= since) & (own < until)).sum())
        low, high = _poisson(won)
        rows.append(
            (k + 1, since, until, won, won / full, low / full, high / full,
             float(plan[min(k, len(plan) - 1)]), bool(until <= as_of))
        )  # fmt: skip
    columns = ["month", "since", "until", "won", "share", "low", "high", "plan_share", "whole"]
    table = pd.DataFrame(rows, columns=columns)
    scope = make_scope(p, int(table["won"].sum()))
    options = (("owner", owner), ("full", full), ("full_after", full_after))
    return RampCurve(table, scope, p.process, (), options, p.synthetic)


def _full(
    starts: pd.Series[pd.Timestamp],
    deals: pd.DataFrame,
    since: pd.Timestamp,
    until: pd.Timestamp,
    after: int,
) -> float:
    """Return the wins a month of sellers past their ramp, while the curve runs."""
    won, months = 0, 0.0
    for name, start in starts.dropna().items():
        begin = max(start + pd.DateOffset(months=after), since)
        if begin >= until:
            continue
        own = deals.loc[deals["owner"] == name, "closed_at"]
        won += int(((own >= begin) & (own <= until)).sum())
        months += (until - begin).total_seconds() / 86400 / 30.4375
    if not won:
        raise FunnelkitError("control.nobody_full", months=after)
    return won / months


def _poisson(k: int) -> tuple[float, float]:
    """Return the exact 95% interval of a Poisson mean (Garwood 1936)."""
    low = float(distributions.chi2.ppf(0.025, 2 * k) / 2) if k else 0.0
    return low, float(distributions.chi2.ppf(0.975, 2 * k + 2) / 2)


__all__ = ["PLAN", "RampCurve", "ramp_curve"]
