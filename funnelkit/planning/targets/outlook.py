"""What is already on its way: booked, open deals by stage and age, new deals at the usual pace."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
import pandas as pd

from funnelkit.data.pipeline import Pipeline
from funnelkit.measures.engine import first_entries, within
from funnelkit.planning.targets.basis import FloatArray
from funnelkit.planning.targets.lags import StageLags

_YEAR = 365
# Draws times deals held in memory at once.
_BLOCK = 4_000_000


@dataclass(frozen=True, eq=False)
class Outlook:
    """Amounts that a period will see, with their distribution.

    Attributes
    ----------
    booked : float
        Won in the period so far.
    open_amount : float
        Expected of the open deals inside the period.
    open_sd : float
        Its standard deviation, deals independent of each other.
    new_amount, new_eventual : float
        Expected of deals created from now on at the usual pace: inside the period, and whenever.
    new_deals : float
        Deals created from now to the period's end at the usual pace.
    inside : float
        Share of the new deals' wins that land inside the period.
    open_unknown : int
        Open deals that could not be counted: no amount, or no stage in the history.
    draws : ndarray
        Draws of the period's total.
    """

    booked: float
    open_amount: float
    open_sd: float
    new_amount: float
    new_eventual: float
    new_deals: float
    inside: float
    open_unknown: int
    draws: FloatArray

    @property
    def expected(self) -> float:
        """Booked, open and new together."""
        return self.booked + self.open_amount + self.new_amount

    @property
    def interval(self) -> tuple[float, float]:
        """The middle 80 % of the draws."""
        low, high = np.quantile(self.draws, [0.1, 0.9])
        return float(low), float(high)


def told_by(forecast: Any, own: Outlook) -> Outlook:
    """Return the plan's outlook with the parts of a forecast of the same period in their place.

    So that a plan and a forecast on one page say the same of the same deals.  Where the forecast
    expects more or fewer wins of new deals, it is the share in time that differs: how many are
    created, and how many of them are won in the end, is counted, not foretold.
    """
    table = getattr(forecast, "table", None)
    if not isinstance(table, pd.DataFrame) or "part" not in table or not table["part"].is_unique:
        return own
    mean = table.set_index("part")["mean_amount"]
    if mean.isna().any():
        return own
    new = float(mean["not_yet_created"])
    scale = new / own.new_amount if own.new_amount > 0 else 1.0
    return replace(
        own,
        booked=float(mean["won_so_far"]),
        open_amount=float(mean["open_deals"]),
        new_amount=new,
        inside=min(own.inside * scale, 1.0),
        draws=np.asarray(forecast.draws, dtype=float),
    )


def outlook(
    p: Pipeline,
    lags: StageLags,
    start: dt.datetime,
    end: dt.datetime,
    *,
    amounts: FloatArray,
    draws: int = 4000,
    seed: int = 0,
) -> Outlook:
    """Estimate what the period [start, end) will bring.

    Each open deal is won inside it with the chance of the past deals that stayed in its stage as
    long as it has (semi-Markov). New deals come at the pace of the last 365 days. The draws hold
    the chance of each deal, the number and the amounts of new wins and the uncertainty of the
    rates; deals are independent of each other.
    """
    rng = np.random.default_rng(seed)
    begin = max(0, (start - p.as_of).days)
    horizon = max(0, (end - p.as_of).days + 1)
    booked, value = _booked(p, start, end), float(amounts.mean())
    deals, unknown = _open_deals(p, lags)
    chance = np.zeros(len(deals))
    for key, rows in deals.groupby(["stage", "age"]).indices.items():
        stage, age = cast("tuple[str, int]", key)
        days = lags.to_won(stage, int(age))
        chance[rows] = days[begin:horizon].sum()
    chance = np.clip(chance, 0, 1)
    worth = deals["amount"].to_numpy(dtype=float)
    first = lags.to_won(lags.stages[0])
    pace = _created(p) / _YEAR
    came = np.cumsum(first)
    ahead = np.arange(float(horizon))  # created that many days from now
    landed = _at(came, horizon - 1 - ahead) - _at(came, begin - 1 - ahead)
    wins_inside = float(pace * landed.sum())
    wins = float(pace * horizon * came[-1])
    total = np.full(draws, booked)
    block = max(1, _BLOCK // max(draws, 1))
    for k in range(0, len(worth), block):
        hit = rng.random((draws, len(worth[k : k + block]))) < chance[k : k + block]
        total += hit @ worth[k : k + block]
    if wins_inside > 0:
        table = lags.rates
        error = np.sqrt(float(((table["std_error"] / table["step_rate"]) ** 2).sum()))
        rate = wins_inside * np.exp(rng.normal(0, error, draws) - error**2 / 2)
        n = rng.poisson(rate)
        drawn = rng.choice(amounts, n.sum())
        ends = np.cumsum(np.append(0.0, drawn))
        edges = np.append(0, np.cumsum(n))
        total += ends[edges[1:]] - ends[edges[:-1]]
    return Outlook(
        booked=booked,
        open_amount=float((chance * worth).sum()),
        open_sd=float(np.sqrt((worth**2 * chance * (1 - chance)).sum())),
        new_amount=wins_inside * value,
        new_eventual=wins * value,
        new_deals=float(pace * horizon),
        inside=wins_inside / wins if wins > 0 else 0.0,
        open_unknown=unknown,
        draws=total,
    )


def _at(curve: FloatArray, day: FloatArray) -> FloatArray:
    """Return the curve at these days: 0 before it starts, its last value after it ends."""
    found: FloatArray = np.where(day < 0, 0.0, curve[np.clip(day.astype(int), 0, curve.size - 1)])
    return found


def _booked(p: Pipeline, start: dt.datetime, end: dt.datetime) -> float:
    won = p.deals.filter((p.deals.outcome == "won") & within(p.deals.closed_at, start, end))
    found = won.amount.sum().execute()
    return 0.0 if found is None or found != found else float(found)


def _created(p: Pipeline) -> float:
    """Count the deals created in the last 365 days (fewer, scaled up, in a younger pipeline)."""
    since = p.as_of - dt.timedelta(days=_YEAR)
    first = p.deals.created_at.min().execute()
    n = int(p.deals.filter(within(p.deals.created_at, since, None)).count().execute())
    seen = min(_YEAR, max(1, (p.as_of - first).days))
    return float(n * _YEAR / seen)


def _open_deals(p: Pipeline, lags: StageLags) -> tuple[pd.DataFrame, int]:
    """Return the open deals with furthest stage, days since they came to it, and amount."""
    facts = p.deals.filter(p.deals.outcome == "open").select("deal_id", "amount")
    rows = facts.left_join(first_entries(p), "deal_id").to_pandas()
    # a join has no order of its own, and the draws go deal by deal
    rows = rows.sort_values("deal_id", ignore_index=True)
    entered = rows[[f"at_{k}" for k in range(len(lags.stages))]].to_numpy(dtype="datetime64[us]")
    there = ~np.isnat(entered)
    place = np.where(there.any(axis=1), there.shape[1] - 1 - there[:, ::-1].argmax(axis=1), -1)
    known = (place >= 0) & rows["amount"].notna().to_numpy()
    moment = entered[np.arange(len(rows)), place]
    age = (np.datetime64(p.as_of, "us") - moment) // np.timedelta64(1, "D")
    deals = pd.DataFrame(
        {
            "stage": [lags.stages[k] for k in place[known]],
            "age": age[known].astype("int64"),
            "amount": rows["amount"].to_numpy(dtype=float)[known],
        }
    )
    return deals[deals["age"] >= 0].reset_index(drop=True), int((~known).sum())


__all__ = ["Outlook", "outlook", "told_by"]
