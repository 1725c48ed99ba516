"""Seasonality: a month's share of the year, with a Spring Festival that moves."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd
from scipy import stats

from funnelkit.data.kept import kept
from funnelkit.data.pipeline import Pipeline
from funnelkit.errors import FunnelkitError
from funnelkit.measures.columns import RATIO, ends
from funnelkit.measures.engine import microseconds
from funnelkit.measures.result import choose
from funnelkit.measures.scope import Scope, make_scope
from funnelkit.measures.winning import single_currency
from funnelkit.planning.targets.basis import ASSUMED, FloatArray, Plan, not_negative
from funnelkit.process import Process, load_process
from funnelkit.process.lunar import LUNAR_NEW_YEAR
from funnelkit.words import number, say, sentences

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from funnelkit.charts import Chart

SPRING = ("ignore", "joint", "flag")

# The public holiday: the festival and the six days after it.
_HOLIDAY = 7
_MONTH = re.compile(r"^(\d{4})-(\d{2})$")


@dataclass(frozen=True, eq=False, repr=False)
class SeasonIndex(Plan):
    """Each month against the mean month of its year; twelve indices sum to 12."""

    name: ClassVar[str] = "season"
    units: ClassVar = ends(RATIO)

    @property
    def weights(self) -> dict[str, float]:
        """Index by month, ``"01"`` to ``"12"``: weights to break a year's target down."""
        return {
            f"{m:02d}": float(i)
            for m, i in zip(self.table["month"], self.table["index"], strict=True)
        }

    @property
    def definition(self) -> str:
        """How the index is counted and what is done about the Spring Festival."""
        said = dict(self.options)
        return "\n".join(
            [
                say("targets.season_definition", years=said["years"]),
                say(f"targets.spring_{said['spring']}", year=said["for_year"]),
                say("targets.season_years", n=len(said["years"])),
                *(
                    [say("targets.season_dropped", years=said["dropped"])]
                    if said["dropped"]
                    else []
                ),
            ]
        )

    def summary(self) -> str:
        """Name the strongest and the weakest month and how many years stand behind them."""
        top = self.table.iloc[int(self.table["index"].argmax())]
        low = self.table.iloc[int(self.table["index"].argmin())]
        said = dict(self.options)
        return sentences(
            [
                say(
                    "targets.season_summary",
                    top=int(top["month"]), high=number(top["index"], 2),
                    bottom=int(low["month"]), low=number(low["index"], 2),
                ),
                say("targets.season_years", n=len(said["years"])),
            ]
        )  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Chart:
        """Draw the index month by month with its interval."""
        from funnelkit.charts.trend import trend

        frame = self.table[["low", "high"]].assign(
            period=[say("targets.month_short", month=int(m)) for m in self.table["month"]],
            value=self.table["index"],
            n=self.table["years"],
            mature=True,
        )
        return trend(
            frame,
            axis_label=say("targets.column_index"),
            write=lambda v: number(v, 2),
            target=1.0,
            target_label=say("targets.mean_month"),
            **self._around(ax, say("targets.season_years", n=int(self.table["years"].iloc[0]))),
        )


def season_index(
    history: Pipeline | pd.Series[Any] | Mapping[str, float],
    *,
    for_year: int | None = None,
    spring: str = "ignore",
    partial: str = "refuse",
    min_years: int = 2,
    process: Process | str | None = None,
) -> SeasonIndex:
    """Estimate how a year's amount spreads over its months.

    Parameters
    ----------
    history : Pipeline, Series or mapping
        Amounts by month, ``{"2024-01": ..., ...}``; a pipeline gives its won amounts by the
        month they were closed in, from one cycle (P80 of its won deals) after its first deal
        on.
    for_year : int, optional
        The year the index is for (where the Spring Festival lies); the year after the last.
    spring : {"ignore", "joint", "flag"}
        *ignore*: January and February as in any other month. *joint*: one index for the two
        together, split by the days of the target year outside the holiday. *flag*: January's
        part of the two as in past years with the festival in the same month, else as joint.
    partial : {"refuse", "drop"}
        What to do about years that lack a month.
    min_years : int
        Fewer whole years are refused; at least 2.

    Returns
    -------
    SeasonIndex
        ``table``: ``month, index, low, high, years``. The index is the mean over the years of
        month / mean month of the year; low and high its 95% t interval (two years: very wide).

    Raises
    ------
    FunnelkitError
        A month missing or negative, too few years, a year with nothing in it.

    Examples
    --------
    >>> flat = {f"{y}-{m:02d}": 2.0 + (m == 12) * 2 for y in (2024, 2025) for m in range(1, 13)}
    >>> season_index(flat).table["index"].round(3).tolist()[-2:]
    [0.923, 1.846]
    """
    choose(spring, SPRING, "spring")
    choose(partial, ("refuse", "drop"), "partial")
    scope: Scope = ASSUMED
    sheet, synthetic = load_process(process), False
    if isinstance(history, Pipeline):
        sheet, synthetic = history.process, history.synthetic
        amounts, scope = _won_by_month(history)
    else:
        amounts = {str(k): float(v) for k, v in dict(history).items()}
    years, dropped = _whole_years(amounts, partial)
    if len(years) < max(min_years, 2):
        raise FunnelkitError("targets.few_years", found=len(years), allowed=max(min_years, 2))
    ratios = np.array([row / row.mean() for row in years.values()])
    n = len(years)
    index = ratios.mean(axis=0)
    half = stats.t.ppf(0.975, n - 1) * ratios.std(axis=0, ddof=1) / np.sqrt(n)
    year = for_year if for_year is not None else max(years) + 1
    if spring != "ignore":
        index[:2] = _spring(ratios, list(years), year, spring)
        both = ratios[:, :2].sum(axis=1)
        wide = stats.t.ppf(0.975, n - 1) * both.std(ddof=1) / np.sqrt(n)
        half[:2] = wide * index[:2] / index[:2].sum()
    table = pd.DataFrame(
        {
            "month": range(1, 13),
            "index": index,
            "low": np.maximum(index - half, 0),
            "high": index + half,
            "years": n,
        }
    )
    options = (
        ("years", [str(y) for y in years]), ("dropped", dropped), ("spring", spring),
        ("for_year", str(year)),
    )  # fmt: skip
    return SeasonIndex(table, scope, sheet, (), options, synthetic)


def _whole_years(
    amounts: Mapping[str, float], partial: str
) -> tuple[dict[int, FloatArray], list[str]]:
    by_year: dict[int, dict[int, float]] = {}
    for label, value in amounts.items():
        match = _MONTH.match(label)
        if not match or not 1 <= int(match[2]) <= 12:
            raise FunnelkitError("targets.bad_month", found=label)
        by_year.setdefault(int(match[1]), {})[int(match[2])] = not_negative(label, value)
    missing = {
        year: [f"{year}-{m:02d}" for m in range(1, 13) if m not in months]
        for year, months in sorted(by_year.items())
    }
    short = [year for year, gaps in missing.items() if gaps]
    if short and partial == "refuse":
        raise FunnelkitError("targets.month_missing", year=str(short[0]), missing=missing[short[0]])
    whole = {
        year: np.array([by_year[year][m] for m in range(1, 13)])
        for year in sorted(by_year)
        if year not in short
    }
    for year, row in whole.items():
        if not row.sum() > 0:
            raise FunnelkitError("targets.empty_year", year=str(year))
    return whole, [str(y) for y in short]


def _festival(year: int) -> dt.date:
    if year not in LUNAR_NEW_YEAR:
        raise FunnelkitError(
            "targets.no_lunar_year", found=str(year),
            first=str(min(LUNAR_NEW_YEAR)), last=str(max(LUNAR_NEW_YEAR)),
        )  # fmt: skip
    return LUNAR_NEW_YEAR[year]


def _spring(ratios: FloatArray, years: list[int], year: int, rule: str) -> FloatArray:
    """Return the indices of January and February for a year."""
    joint = float(ratios[:, :2].sum(axis=1).mean())
    if rule == "flag":
        month = _festival(year).month
        alike = np.array([_festival(y).month == month for y in years])
        if alike.any():
            first = ratios[alike, 0].sum() / max(ratios[alike, :2].sum(), 1e-12)
            return joint * np.array([first, 1 - first])
    days = _days_outside(year)
    split: FloatArray = joint * days / days.sum()
    return split


def _days_outside(year: int) -> FloatArray:
    """Return the days of January and February outside the Spring Festival holiday.

    Examples
    --------
    >>> _days_outside(2026).tolist(), _days_outside(2025).tolist()
    ([31.0, 21.0], [28.0, 24.0])
    """
    start = _festival(year)
    off = [start + dt.timedelta(days=k) for k in range(_HOLIDAY)]
    return np.array(
        [float(calendar.monthrange(year, m)[1] - sum(d.month == m for d in off)) for m in (1, 2)]
    )


@kept
def _won_by_month(p: Pipeline) -> tuple[dict[str, float], Scope]:
    """Return the won amounts by month of closing, whole months only."""
    p.need("amount", "outcome", "closed_at", what="season_index")
    single_currency(p)
    won = p.deals.filter(p.deals.outcome == "won")
    usable = won.filter(won.closed_at.notnull() & won.amount.notnull())
    found = usable.select(month=usable.closed_at.strftime("%Y-%m"), amount=usable.amount)
    sums = found.group_by("month").agg(amount=found.amount.sum(), n=found.count()).to_pandas()
    first = p.deals.created_at.min().execute()
    # Before one cycle has passed a young pipeline cannot have won what a whole one would have:
    # its first months would pass for weak ones.
    cycle = microseconds(usable.created_at, usable.closed_at).quantile(0.8).execute()
    if cycle is None or cycle != cycle:
        raise FunnelkitError("targets.few_years", found=0, allowed=2)
    at = pd.Period(first + dt.timedelta(microseconds=float(cycle)), "M") + 1
    # a month is known once the pipeline runs through all of it; nothing won in it is a 0
    known = pd.Period(p.as_of, "M")
    ends = (p.as_of + dt.timedelta(microseconds=1)).day == 1
    months = pd.period_range(at, known if ends else known - 1, freq="M").astype(str)
    amounts = dict(zip(sums["month"], sums["amount"], strict=True))
    left = int((won.count().execute()) - sums.loc[sums["month"].isin(months), "n"].sum())
    scope = make_scope(
        p, int(sums.loc[sums["month"].isin(months), "n"].sum()), [("targets.no_month", left)]
    )
    return {m: float(amounts.get(m, 0.0)) for m in months}, scope


__all__ = ["LUNAR_NEW_YEAR", "SPRING", "SeasonIndex", "season_index"]
