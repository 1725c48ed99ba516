"""Deals that are not created yet: how many come, where they start, how their number varies."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from funnelkit.planning.forecasting.answers import Span
from funnelkit.planning.forecasting.book import DAY, NEVER, Known
from funnelkit.stats.checks import floats

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_YEAR = 365
_SHORTEST, _LONGEST = 14, 91


@dataclass(frozen=True, eq=False)
class Newcomers:
    """Creation of deals in a period to come.

    Attributes
    ----------
    per_day : float
        Deals created a day.
    counted : float
        Deals behind it.
    spread : float
        Squared coefficient of variation of the number in a period, beyond chance.
    starts : ndarray
        Share of deals that start in each stage.
    part : float
        Mean part of the day that has gone when a deal is created.
    season : ndarray
        Factor of each calendar month.
    """

    per_day: float
    counted: float
    spread: float
    starts: Floats
    part: float
    season: Floats


@dataclass(frozen=True, eq=False)
class Arrivals:
    """Deals as they were created.

    Attributes
    ----------
    created, stage : ndarray
        When, in order of time, and in which stage each deal began; -1 where that is not known.
    stages : int
        How many stages there are.
    """

    created: Ints
    stage: Ints
    stages: int

    @classmethod
    def of(cls, known: Known, by_stage: bool) -> Arrivals:
        """Read the deals; without stages all begin in the same place."""
        stage = np.full(known.created.size, -1 if by_stage else 0)
        if by_stage:
            first = np.r_[True, known.deal[1:] != known.deal[:-1]][: known.deal.size]
            stage[known.deal[first]] = known.stage[first]
        order = np.argsort(known.created, kind="stable")
        dated = order[known.created[order] != NEVER]
        return cls(known.created[dated], stage[dated], known.stages if by_stage else 1)

    def at(self, moment: int) -> Arrivals:
        """Return the deals created by a moment."""
        n = int(np.searchsorted(self.created, moment, side="right"))
        return Arrivals(self.created[:n], self.stage[:n], self.stages)

    def count(self, after: float, until: float) -> int:
        """Count the deals created after one moment and not after another."""
        first, last = np.searchsorted(self.created, [after, until], side="right")
        return int(last - first)

    def expected(self, span: Span, now: int, half_life: float | None = None) -> Newcomers:
        """Expect the creation of deals in a period from what was known at a moment.

        Parameters
        ----------
        half_life : float, optional
            Days after which a deal counts half; the last year alike if not given.

        Notes
        -----
        The number of a period varies as that of spans of its length did, or of shorter ones
        where the data do not hold four of them.
        """
        seen = self.created[: np.searchsorted(self.created, now, side="right")]
        if not seen.size:
            return Newcomers(0.0, 0, 0.0, np.zeros(self.stages), 0.5, np.ones(12))
        past = (now - int(seen[0])) / DAY
        year = min(past, float(_YEAR))
        recent = seen > now - year * DAY if past >= _YEAR else seen > 0
        age = (now - seen[recent]) / DAY
        counted, per_day = float(age.size), age.size / max(year, 1.0)
        if half_life is not None and past >= 1:
            weight = 2.0 ** -((now - seen) / DAY / half_life)
            time = half_life / np.log(2) * (1 - 2.0 ** (-past / half_life))
            per_day, counted = weight.sum() / time, weight.sum() ** 2 / (weight**2).sum()
        stage = self.stage[: seen.size][recent]
        starts = np.bincount(stage[stage >= 0], minlength=self.stages)
        return Newcomers(
            per_day=per_day,
            counted=counted,
            spread=spread_of(age, year, span.days - span.wait),
            starts=starts / max(starts.sum(), 1),
            part=float(((seen[recent] % DAY) / DAY).mean()) if age.size else 0.5,
            season=self.season(now),
        )

    def season(self, now: int) -> Floats:
        """Return by how much each calendar month lies above or below the year around it.

        1 where the data do not hold two whole years. Drawn towards 1 by as much as chance makes
        of the differences between months.
        """
        first = int(self.created[0]) if self.created.size else now
        if now - first < 2 * _YEAR * DAY:
            return np.ones(12)
        half = _YEAR * DAY // 2
        months = pd.date_range(
            pd.Timestamp(first + half, unit="us").normalize() + pd.offsets.MonthBegin(),
            pd.Timestamp(now - half, unit="us"), freq="MS",
        )  # fmt: skip
        edges = months.as_unit("us").asi8.tolist()
        ratio, numbers = np.ones(months.size - 1), np.zeros(months.size - 1)
        for k, (begin, end) in enumerate(pairwise(edges)):
            middle = (begin + end) // 2
            mean = self.count(middle - half, middle + half) * (end - begin) / (_YEAR * DAY)
            numbers[k] = self.count(begin, end)
            ratio[k] = numbers[k] / mean if mean else 1.0
        noise = 1 / max(numbers.mean(), 1.0)
        between = max(float(ratio.var(ddof=1)) - noise, 0.0)
        factors = np.ones(12)
        for month in range(12):
            same = ratio[months[:-1].month == month + 1]
            if same.size and between:
                held = between / (between + noise / same.size)
                factors[month] = 1 + held * (same.mean() - 1)
        return floats(factors / factors.mean())


def wins_of_newcomers(entrants: Newcomers, on_entry: Floats, span: Span) -> Floats:
    """Return how many deals created from now on are won in the period, by world."""
    # a deal created on a day has that day's rest before it
    late = entrants.part
    within = np.einsum("hws,s->hw", on_entry, entrants.starts)
    steps = (1 - late) * within[1:] + late * within[:-1]
    days = pd.Timestamp(span.now, unit="us") + pd.to_timedelta(np.arange(1, span.days + 1), "D")
    factor = entrants.season[days.month.to_numpy() - 1]

    def by(day: int) -> Floats:  # the deals of the first day have the longest time
        return floats((factor[:day][::-1, None] * steps[:day]).sum(axis=0))

    return floats(entrants.per_day * (by(span.days) - by(span.wait)))


def spread_of(age: Floats, span: float, days: int) -> float:
    """Return by how much counts of equal spans vary beyond chance (squared, relative)."""
    width = min(max(min(days, span / 4), _SHORTEST), _LONGEST)
    times = int(span // width)
    if times < 2:
        return 0.0
    counts = np.bincount((age // width).astype(np.int64), minlength=times)[:times].astype(float)
    mean = counts.mean()
    return max(float(counts.var(ddof=1) - mean) / mean**2, 0.0) if mean > 0 else 0.0
