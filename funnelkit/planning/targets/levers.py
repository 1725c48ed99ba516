"""Levers: what more deals, better steps, larger deals or a shorter cycle would bring, and when.

In a running pipeline every lever that multiplies gives the same share. They differ in time: a
deal saved at the last step is won at once, a new one only after the whole cycle. Both follow
from the times and step rates of the pipeline's own past.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from funnelkit.data.pipeline import Pipeline
from funnelkit.errors import FunnelkitError
from funnelkit.measures import Velocity, trend, velocity
from funnelkit.planning.targets.basis import FloatArray
from funnelkit.planning.targets.lags import StageLags, stage_lags
from funnelkit.planning.targets.reverse import won_amounts
from funnelkit.stats import product_interval

#: Days of the first year, and months the volume is taken from at most.
YEAR, MONTHS = 365, 12
_DRAWS = 4_000


@dataclass(frozen=True, eq=False)
class Levers:
    """The drivers of what is won, as the past shows them.

    Attributes
    ----------
    per_month, per_month_error : float
        New deals a month over the last complete months, and the standard error of that mean.
    months : DataFrame
        ``period, deals`` of those months.
    lags : StageLags
        Step rates and the times behind them, open deals censored.
    amount, amount_error : float
        Mean amount of a won deal.
    velocity : Velocity
        The equation as measured; its cycle is what the lever changes.
    noise : array
        Standard normal draws, one column a driver: new deals, each step, amount.
    """

    per_month: float
    per_month_error: float
    months: pd.DataFrame
    lags: StageLags
    amount: float
    amount_error: float
    velocity: Velocity
    noise: FloatArray

    @property
    def rates(self) -> dict[str, float]:
        """Step rates by stage."""
        return dict(zip(self.lags.stages, self.lags.rates["step_rate"], strict=True))

    @property
    def cycle_days(self) -> float:
        """Mean days from creation to the win."""
        return float(self.velocity.table["mean_cycle_days"].iloc[0])


def levers(p: Pipeline) -> Levers:
    """Measure the drivers of a pipeline.

    Raises
    ------
    FunnelkitError
        No history, no amounts, nothing won, or fewer than two complete months of new deals.
    """
    p.need("stage_history", "created_at", "closed_at", "amount", "outcome", what="levers")
    lags = stage_lags(p)
    created = trend(p, "won_share", "month").table
    # The month the data begin in and the one they end in are cut.
    whole = created.iloc[1:].loc[lambda t: t["period"].map(_end) <= pd.Timestamp(p.as_of)]
    months = pd.DataFrame({"period": whole["period"], "deals": whole["of"].astype(int)})
    months = months.tail(MONTHS).reset_index(drop=True)
    if len(months) < 2:
        raise FunnelkitError("targets.few_months", found=len(months))
    amounts = won_amounts(p)
    if amounts.size < 2:
        raise FunnelkitError("targets.no_won_amount")
    n = months["deals"].to_numpy(dtype=float)
    draws = np.random.default_rng(0).standard_normal((_DRAWS, len(lags.stages) + 2))
    return Levers(
        per_month=float(n.mean()),
        per_month_error=float(n.std(ddof=1) / np.sqrt(n.size)),
        months=months,
        lags=lags,
        amount=float(amounts.mean()),
        amount_error=float(amounts.std(ddof=1) / np.sqrt(amounts.size)),
        velocity=velocity(p),
        noise=draws,
    )


def _end(month: object) -> pd.Timestamp:
    return (pd.Period(month, "M") + 1).start_time  # type: ignore[arg-type]


@dataclass(frozen=True)
class Outcome:
    """What is won a month in a running pipeline, with its 95% interval."""

    deals: float
    amount: float
    low: float
    high: float
    per_day: float


def lever_outcome(
    base: Levers,
    per_month: float | None = None,
    rates: Mapping[str, float] | None = None,
    amount: float | None = None,
    cycle_days: float | None = None,
) -> Outcome:
    """Return what a running pipeline wins a month with these drivers.

    A driver that is changed keeps the relative error of the measured one: a plan is no surer
    than the past it is made from. ``per_day`` is the velocity equation with the open deals
    in proportion to the new ones.
    """
    per_month = base.per_month if per_month is None else per_month
    amount = base.amount if amount is None else amount
    cycle = base.cycle_days if cycle_days is None else cycle_days
    steps = base.rates | dict(rates or {})
    parts = {"deals": per_month, **steps, "amount": amount}
    errors = {
        "deals": base.per_month_error * per_month / base.per_month,
        **_step_errors(base, steps),
        "amount": base.amount_error * amount / base.amount,
    }
    found = product_interval(parts, errors)
    won = per_month * float(np.prod(list(steps.values())))
    row = base.velocity.table.iloc[0]
    better = won / (base.per_month * float(np.prod(list(base.rates.values()))))
    per_day = float(row["amount_per_day"]) * better * (amount / base.amount)
    return Outcome(won, found.value, found.low, found.high, per_day * base.cycle_days / cycle)


def _step_errors(base: Levers, steps: Mapping[str, float]) -> dict[str, float]:
    """Return the errors of the step rates, the same on the scale of the odds."""
    known = dict(zip(base.lags.stages, base.lags.rates["std_error"], strict=True))
    was = base.rates
    return {
        k: known[k] * _room(r) / _room(was[k]) if 0 < was[k] < 1 else 0.0 for k, r in steps.items()
    }


def _room(rate: float) -> float:
    return rate * (1 - rate)


def arrival(days: FloatArray, factor: float = 1.0, horizon: int = YEAR) -> float:
    """Return the share of a lasting gain that is won within the horizon.

    Parameters
    ----------
    days : array
        Weight of each whole day between the gain and the win.
    factor : float
        Stretches the times.

    Examples
    --------
    >>> arrival(np.array([1.0])), round(arrival(np.array([0.0] * 73 + [1.0])), 3)
    (1.0, 0.8)
    """
    day = np.arange(days.size) * factor
    inside = np.clip(horizon - day, 0, None)
    return float((days * inside).sum() / days.sum() / horizon)


def pulled_forward(
    days: FloatArray, change: float, factor: float = 1.0, horizon: int = YEAR
) -> float:
    """Return how many days' worth of wins a shorter cycle brings into the horizon.

    Every time from now on is shorter by ``change``, also of the deals under way. Wins come
    earlier once; the wins a day stay what the new deals make them.

    Examples
    --------
    >>> round(pulled_forward(np.array([0.0] * 100 + [1.0]), 0.1), 6)
    10.0
    """
    reach = horizon / (1 - change)
    day = np.arange(days.size) * factor
    return change * float((days * np.minimum(day, reach)).sum() / days.sum())


def lever_gains(
    base: Levers,
    effort: float,
    per_month: float | None = None,
    rates: Mapping[str, float] | None = None,
    amount: float | None = None,
    cycle_days: float | None = None,
) -> pd.DataFrame:
    """Compare the levers at the same relative effort.

    The effort is a share: that many more new deals, that much larger deals, a cycle shorter by
    it, and of the deals lost at a step that share saved.

    Returns
    -------
    DataFrame
        ``lever`` (``volume``, the stages, ``amount``, ``cycle``), ``now, changed``,
        ``year_one, low, high`` (amount won more in the first year, 95% interval),
        ``running`` (amount a year once all of it has arrived), ``best_share`` (part of the
        draws in which the lever brings the most in the first year). Most first.
    """
    if not 0 < effort < 1:
        raise FunnelkitError("targets.weight", found=f"{effort:g}")
    per_month = base.per_month if per_month is None else per_month
    amount = base.amount if amount is None else amount
    cycle = base.cycle_days if cycle_days is None else cycle_days
    steps, factor = base.rates | dict(rates or {}), cycle / base.cycle_days
    stages, lags = base.lags.stages, base.lags
    # one row a draw, the values themselves first
    noise = np.vstack([np.zeros(base.noise.shape[1]), base.noise])
    error = _step_errors(base, steps)
    new = per_month * np.exp(base.per_month_error / base.per_month * noise[:, 0])
    size = amount * np.exp(base.amount_error / base.amount * noise[:, -1])
    drawn = np.column_stack(
        [_moved(steps[s], error[s], noise[:, k + 1]) for k, s in enumerate(stages)]
    )
    year = YEAR / 365.25 * 12 * new * drawn.prod(axis=1) * size
    way = lags.to_won(stages[0])
    rows: list[tuple[str, float, float, FloatArray | float, float]] = [
        ("volume", per_month, per_month * (1 + effort), effort, arrival(way, factor))
    ]
    for k, s in enumerate(stages):
        r = steps[s]
        saved = effort * (1 - drawn[:, k]) / drawn[:, k]
        rows.append((s, r, r + effort * (1 - r), saved, arrival(lags.rest[s], factor)))
    rows.append(("amount", amount, amount * (1 + effort), effort, 1.0))
    once = pulled_forward(way, effort, factor) / YEAR
    rows.append(("cycle", cycle, cycle * (1 - effort), 0.0, once))
    gains = np.column_stack(
        [year * (once if name == "cycle" else more * there) for name, _, _, more, there in rows]
    )
    running = [float(np.broadcast_to(year * more, year.shape)[0]) for _, _, _, more, _ in rows]
    low, high = np.quantile(gains[1:], [0.025, 0.975], axis=0)
    best = np.bincount(gains[1:].argmax(axis=1), minlength=len(rows)) / (len(gains) - 1)
    table = pd.DataFrame(
        {
            "lever": [r[0] for r in rows], "now": [r[1] for r in rows],
            "changed": [r[2] for r in rows], "year_one": gains[0], "low": low, "high": high,
            "running": running, "best_share": best,
        }
    )  # fmt: skip
    return table.sort_values("year_one", ascending=False, kind="stable").reset_index(drop=True)


def _moved(rate: float, error: float, noise: FloatArray) -> FloatArray:
    """Draw a rate on the scale of its odds, so that it stays a rate."""
    if not 0 < rate < 1:
        return np.full(noise.size, rate)
    odds = np.log(rate / (1 - rate)) + error / _room(rate) * noise
    found: FloatArray = 1 / (1 + np.exp(-odds))
    return found


__all__ = [
    "YEAR", "Levers", "Outcome", "arrival", "lever_gains", "lever_outcome", "levers",
    "pulled_forward",
]  # fmt: skip
