"""Lead time: when a deal has to be in each stage, and when what is created lands."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd
from scipy import stats

from funnelkit.data.pipeline import Pipeline, start_of
from funnelkit.errors import FunnelkitError
from funnelkit.measures.columns import ends
from funnelkit.measures.scope import Scope
from funnelkit.planning.targets.basis import (
    ASSUMED,
    FloatArray,
    Plan,
    not_negative,
    positive,
    rate,
    same_keys,
)
from funnelkit.planning.targets.lags import stage_lags
from funnelkit.process import Process, load_process
from funnelkit.show.column import DAYS
from funnelkit.words import date, number, say, sentences

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from funnelkit.charts import Chart


@dataclass(frozen=True, eq=False, repr=False)
class LeadDates(Plan):
    """The date by which a deal must enter each stage to be won by a date."""

    name: ClassVar[str] = "lead_dates"
    units: ClassVar = ends(DAYS)

    @property
    def definition(self) -> str:
        """How the dates follow from the times, in the current language."""
        return say(f"targets.lead_dates_{dict(self.options)['source']}")

    def summary(self) -> str:
        """Name the first stage's date, with half of the deals and with four in five."""
        row, said = self.table.iloc[0], dict(self.options)
        first = say(
            "targets.lead_dates_summary",
            stage=self.process.label(row["stage"]), by=said["close_by"],
            half=row["median_date"], half_days=row["median_days"],
        )  # fmt: skip
        if pd.isna(row["p80_days"]):
            return sentences([first, say("targets.lead_dates_no_p80")])
        most = say("targets.lead_dates_p80", most=row["p80_date"], days=row["p80_days"])
        return sentences([first, most])

    def plot(self, ax: Axes | None = None) -> Chart:
        """Draw how many days before the close each stage has to be entered."""
        from funnelkit.charts.bars import bars

        safe = self.table["p80_days"].notna().all()
        days, when = ("p80_days", "p80_date") if safe else ("median_days", "median_date")
        rows = self.table.to_dict("records")
        labels = [f"{self.process.label(r['stage'])} · {date(r[when])}" for r in rows]
        note = say(f"targets.{'p80' if safe else 'median'}_note")
        return bars(
            pd.DataFrame({"label": labels, "n": self.table[days]}),
            headings=[say(f"targets.column_{days}")],
            **self._around(ax, note, drawn=[days]),
        )


def lead_dates(
    close_by: dt.date | str,
    median_days: Mapping[str, float] | Sequence[float] | Pipeline | None = None,
    p80_days: Mapping[str, float] | Sequence[float] | None = None,
    *,
    process: Process | str | None = None,
) -> LeadDates:
    """Work out by which date a deal has to enter each stage to be won by ``close_by``.

    Parameters
    ----------
    close_by : date
    median_days : mapping, sequence or Pipeline, optional
        Median days in each open stage; the process sheet's if not given. A pipeline gives
        the whole distribution from its own history, open deals censored.
    p80_days : mapping or sequence, optional
        Days that four in five deals stay within, stage by stage. With them each stage's time
        is lognormal through both figures and the stages are joined by convolution.

    Returns
    -------
    LeadDates
        ``table``: ``stage, median_days, median_date, p80_days, p80_date`` from entering the
        stage to being won. Without a distribution the medians are added up, which is a
        rule of thumb only: half of the deals or more will be late, and there is no P80.

    Examples
    --------
    >>> dates = lead_dates("2026-12-31").table["median_date"]
    >>> [str(d) for d in dates]
    ['2026-10-01', '2026-10-06', '2026-10-18', '2026-11-11', '2026-12-11']
    """
    close = start_of(close_by).date()
    scope: Scope = ASSUMED
    synthetic = False
    halves: list[float]
    most: list[float]
    if isinstance(median_days, Pipeline):
        p, source = median_days, "pipeline"
        sheet, lags = p.process, stage_lags(p)
        curves = [lags.to_won(s) for s in sheet.open_ids]
        halves, most = ([_quantile(c, q) for c in curves] for q in (0.5, 0.8))
        scope, synthetic = lags.scope, p.synthetic
    else:
        sheet = load_process(process)
        middle = _days("median_days", median_days, sheet)
        if p80_days is None:
            source = "sum"
            halves = [float(x) for x in np.cumsum(middle[::-1])[::-1]]
            most = [np.nan] * len(halves)
        else:
            source = "lognormal"
            curves = _joined(middle, _days("p80_days", p80_days, sheet), sheet)
            halves, most = ([_quantile(c, q) for c in curves] for q in (0.5, 0.8))
    table = pd.DataFrame(
        {
            "stage": list(sheet.open_ids),
            "median_days": halves,
            "median_date": [_before(close, d) for d in halves],
            "p80_days": most,
            "p80_date": [_before(close, d) for d in most],
        }
    )
    options = (("close_by", close), ("source", source))
    return LeadDates(table, scope, sheet, (), options, synthetic)


def _days(
    name: str, given: Mapping[str, float] | Sequence[float] | None, sheet: Process
) -> FloatArray:
    stages = sheet.open_ids
    found: dict[str, Any]
    if given is None:
        found = {s.id: s.target.median_days for s in sheet.stages if s.id in stages}
        if missing := [sheet.label(s) for s, d in found.items() if d is None]:
            raise FunnelkitError("targets.no_sheet_days", missing=missing)
    elif isinstance(given, Mapping):
        same_keys(name, given, dict.fromkeys(stages))
        found = {s: given[s] for s in stages}
    else:
        if len(given) != len(stages):
            raise FunnelkitError(
                "targets.rates_count", found=len(given), allowed=len(stages),
                stages=[sheet.label(s) for s in stages],
            )  # fmt: skip
        found = dict(zip(stages, given, strict=True))
    return np.array([positive(sheet.label(s), d) for s, d in found.items()])


def _joined(middle: FloatArray, p80: FloatArray, sheet: Process) -> list[FloatArray]:
    """Return, stage by stage, the distribution of the days to won in steps of a day."""
    for stage, m, most in zip(sheet.open_ids, middle, p80, strict=True):
        if most <= m:
            raise FunnelkitError(
                "targets.p80_below", stage=sheet.label(stage), median=f"{m:g}", found=f"{most:g}"
            )
    spread = np.log(p80 / middle) / stats.norm.ppf(0.8)
    curves: list[FloatArray] = []
    whole = np.ones(1)
    for m, sigma in zip(middle[::-1], spread[::-1], strict=True):
        edges = np.arange(int(m * np.exp(4 * sigma)) + 2) - 0.5
        share = np.diff(stats.lognorm.cdf(np.maximum(edges, 0), sigma, scale=m))
        whole = np.convolve(whole, share / share.sum())
        curves.insert(0, whole)
    return curves


def _quantile(shares: FloatArray, q: float) -> float:
    """Return the first day by which a share q of those that come at all has come."""
    reached = np.cumsum(shares)
    return float(np.searchsorted(reached, q * reached[-1] - 1e-12))


def _before(close: dt.date, days: float) -> dt.date | None:
    return None if np.isnan(days) else close - dt.timedelta(days=round(days))


@dataclass(frozen=True, eq=False, repr=False)
class Landing(Plan):
    """Wins by the month they land in, of deals created month by month."""

    name: ClassVar[str] = "landing"

    @property
    def eventual(self) -> float:
        """Wins that all created deals bring, whenever."""
        return float(self.table["eventual_exact"].sum())

    @property
    def inside(self) -> float:
        """Wins that land inside the months of the plan."""
        return float(self.table["landed_exact"].sum())

    def summary(self) -> str:
        """Say how much of what is created lands inside."""
        late = 1 - self.inside / self.eventual if self.eventual else np.nan
        return say(
            "targets.landing_summary",
            created=float(self.table["created_deals"].sum()), months=len(self.table),
            eventual=self.eventual, inside=self.inside, late=late,
        )  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Chart:
        """Draw what the months' deals bring in the end, and what lands in each month."""
        from funnelkit.charts.trend import trend

        none = {"low": float("nan"), "high": float("nan"), "n": 0, "mature": True}
        frames = [
            pd.DataFrame({"period": self.table["month"], "value": self.table[column]}).assign(
                series=say(f"targets.short_{column}"), **none
            )
            for column in ("eventual_exact", "landed_exact")
        ]
        return trend(
            pd.concat(frames),
            axis_label=say("targets.wins"),
            write=lambda v: number(v, 1),
            **self._around(ax),
        )


def landing(
    created: Sequence[float] | Mapping[str, float],
    lag: Sequence[float] | Mapping[int, float],
    win_rate: float,
    *,
    process: Process | str | None = None,
) -> Landing:
    """Spread the wins of deals created month by month over the months they land in.

    Parameters
    ----------
    created : sequence or mapping
        Deals that enter the stage in each month of the plan.
    lag : sequence or mapping
        Share of the wins that come 1, 2, 3 ... months later (a mapping names the months, 0
        for the same month); shares sum to 1.
    win_rate : float
        Share of the deals that is won in the end.

    Returns
    -------
    Landing
        ``table``: ``month, created_deals, eventual_exact, landed_exact``.

    Examples
    --------
    >>> year = landing([76] * 12, [0.2, 0.4, 0.3, 0.1], 0.5 * 0.6 * 0.55)
    >>> round(year.eventual, 1), round(year.inside, 1)
    (150.5, 121.6)
    """
    months = list(created) if isinstance(created, Mapping) else range(1, len(created) + 1)
    values = list(created.values()) if isinstance(created, Mapping) else list(created)
    numbers = np.array(
        [not_negative(f"created {m}", n) for m, n in zip(months, values, strict=True)]
    )
    shares = _lag(lag)
    wins = numbers * rate("win_rate", win_rate)
    landed = np.convolve(wins, shares)[: wins.size]
    table = pd.DataFrame(
        {
            "month": [str(m) for m in months],
            "created_deals": numbers,
            "eventual_exact": wins,
            "landed_exact": landed,
        }
    )
    return Landing(table, ASSUMED, load_process(process), (), (("win_rate", win_rate),))


def _lag(lag: Sequence[float] | Mapping[int, float]) -> FloatArray:
    """Return the shares by months later, from 0."""
    if isinstance(lag, Mapping):
        shares = np.zeros(max(lag) + 1)
        for months, share in lag.items():
            shares[int(months)] = not_negative(f"lag {months}", share)
    else:
        shares = np.array([0.0, *(not_negative("lag", s) for s in lag)])
    if abs(shares.sum() - 1) > 1e-6:
        raise FunnelkitError("targets.lag_sum", found=f"{shares.sum():g}")
    return shares


@dataclass(frozen=True, eq=False, repr=False)
class CreationPlan(Plan):
    """Deals to create in each month so that the months' targets are won."""

    name: ClassVar[str] = "creation"

    def summary(self) -> str:
        """Name the busiest month, and what should have been created before the plan began."""
        busiest = self.table.iloc[int(self.table["create_exact"].argmax())]
        before = float(self.table.loc[self.table["month"] < 1, "create_exact"].sum())
        return say(
            "targets.creation_summary",
            month=int(busiest["month"]), n=float(busiest["create_exact"]),
            shift=self.option("shift"), before=before,
        )  # fmt: skip


def creation_plan(
    targets: Sequence[float],
    deal_value: float,
    win_rate: float,
    shift: int,
    *,
    process: Process | str | None = None,
) -> CreationPlan:
    """Work out how many deals to create in each month, ``shift`` months ahead of the wins.

    Returns
    -------
    CreationPlan
        ``table``: ``month, for_month, target_amount, create_exact``. Month 1 is the first of
        the plan; 0 and below lie before it: deals that have to be there already. In the
        last ``shift`` months what is created feeds the next plan.

    Examples
    --------
    >>> year = creation_plan([3, 2, 5], 0.4, 0.165, shift=2).table
    >>> year[year["month"] >= 1]["create_exact"].round(1).tolist()
    [75.8]
    """
    value, share = positive("deal_value", deal_value), rate("win_rate", win_rate)
    amounts = np.array([not_negative(f"month {k + 1}", t) for k, t in enumerate(targets)])
    if not isinstance(shift, int) or shift < 0:
        raise FunnelkitError("targets.shift", found=str(shift))
    months = np.arange(1, amounts.size + 1)
    table = pd.DataFrame(
        {
            "month": months - shift,
            "for_month": months,
            "target_amount": amounts,
            "create_exact": amounts / value / share,
        }
    )
    return CreationPlan(table, ASSUMED, load_process(process), (), (("shift", shift),))


__all__ = [
    "CreationPlan", "Landing", "LeadDates", "creation_plan", "landing",
    "lead_dates",
]  # fmt: skip
