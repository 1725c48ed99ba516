"""What is already on its way: booked, open deals, new deals at the usual pace."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np

from funnelkit.data.pipeline import Pipeline
from funnelkit.measures.engine import within
from funnelkit.planning.forecasting import Forecast
from funnelkit.planning.forecasting import forecast as forecast_of
from funnelkit.planning.targets.basis import FloatArray
from funnelkit.planning.targets.lags import StageLags
from funnelkit.stats import Total

_YEAR = 365


@dataclass(frozen=True, eq=False)
class Outlook:
    """Amounts that a period will see: the parts of its forecast, and the pace behind the new ones.

    Attributes
    ----------
    booked : float
        Won in the period so far.
    open_in_period : float
        Expected of the open deals inside the period.
    open_sd : float
        Spread of what they bring, a standard deviation (from the middle 80% of the draws).
    new_in_period, new_whenever : float
        Expected of deals created from now on at the usual pace: inside the period, and whenever.
    new_deals : float
        Deals created from now to the period's end at the usual pace.
    inside : float
        Share of the new deals' wins that land inside the period; above 1 where the forecast
        expects more of new deals than the past's rates.
    total : Total
        The distribution of the period's total.
    draws : ndarray
        Draws of it.
    """

    booked: float
    open_in_period: float
    open_sd: float
    new_in_period: float
    new_whenever: float
    new_deals: float
    inside: float
    total: Total
    draws: FloatArray

    @property
    def expected(self) -> float:
        """Booked, open and new together."""
        return self.booked + self.open_in_period + self.new_in_period

    @property
    def interval(self) -> tuple[float, float]:
        """The middle 80% of the period's result."""
        return self.total.quantile(0.1), self.total.quantile(0.9)


def outlook(
    p: Pipeline,
    lags: StageLags,
    start: dt.datetime,
    end: dt.datetime,
    *,
    amounts: FloatArray,
    forecast: Any = None,
    draws: int = 10_000,
    seed: int = 0,
) -> Outlook:
    """Say what the period [start, end) will bring, as its forecast does.

    Parameters
    ----------
    lags : StageLags
        Rates of the past: what new deals bring whenever they are won.
    forecast : Forecast, optional
        Of the same period, one that tells its parts apart; by simulation if not given.

    Notes
    -----
    New deals come at the pace of the last 365 days. Where the forecast expects more or fewer
    wins of them, it is the share in time that differs: how many are created, and how many of
    them are won in the end, is counted, not foretold.
    """
    last = (end - dt.timedelta(days=1)).date()
    begins = (start - dt.timedelta(days=1)).date()
    found = forecast if _tells_parts(forecast) else None
    if found is None:
        since = None if begins == p.as_of.date() else begins
        found = forecast_of(p, last, since=since, draws=draws, seed=seed)
    assert found.distribution is not None
    parts = found.table.set_index("part")
    mean, low, high = (parts[f"{c}_amount"].astype(float) for c in ("mean", "p10", "p90"))
    ahead = max(0, (end - p.as_of).days + 1)
    new_deals = _created(p) / _YEAR * ahead
    whenever = new_deals * lags.win_rate(lags.stages[0]) * float(amounts.mean())
    new = float(mean["not_yet_created"])
    return Outlook(
        booked=float(mean["won_so_far"]),
        open_in_period=float(mean["open_deals"]),
        open_sd=float(high["open_deals"] - low["open_deals"]) / _MIDDLE,
        new_in_period=new,
        new_whenever=whenever,
        new_deals=new_deals,
        inside=new / whenever if whenever > 0 else 0.0,
        total=found.distribution,
        draws=np.asarray(found.draws, dtype=float),
    )


# Width of the middle 80% of a normal distribution, in standard deviations.
_MIDDLE = 2.563


def _tells_parts(found: Any) -> bool:
    if not isinstance(found, Forecast) or not found.table["part"].is_unique:
        return False
    return not bool(found.table["mean_amount"].isna().any())


def _created(p: Pipeline) -> float:
    """Count the deals created in the last 365 days (fewer, scaled up, in a younger pipeline)."""
    since = p.as_of - dt.timedelta(days=_YEAR)
    first = p.deals.created_at.min().execute()
    n = int(p.deals.filter(within(p.deals.created_at, since, None)).count().execute())
    seen = min(_YEAR, max(1, (p.as_of - first).days))
    return float(n * _YEAR / seen)


__all__ = ["Outlook", "outlook"]
