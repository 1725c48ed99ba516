"""Deals that are not created yet: how many come, where they start, how their number varies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from funnelkit.planning.forecasting.answers import Span
from funnelkit.planning.forecasting.book import DAY, NEVER, Known
from funnelkit.stats.checks import floats

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_YEAR, _MONTH = 365.25, 30.4375
#: So many months back, and a growth goes on for one quarter: then it is not to be relied on.
_MOST_MONTHS, _TWO_YEARS, _QUARTER = 36, 24, 3.0
#: What is thought likely beforehand (sd of the log): growth a month, yearly wave, single month.
_GROWTH, _WAVE, _MONTHS = 0.03, 0.3, 0.15


@dataclass(frozen=True, eq=False)
class Newcomers:
    """Creation of deals in a time to come.

    Attributes
    ----------
    daily : ndarray
        Deals created on each day from now to the end of the period.
    spread : float
        Squared relative spread of their number in the period, beyond a count's own.
    starts : ndarray
        Share of deals that start in each stage.
    part : float
        Mean part of the day that has gone when a deal is created.
    """

    daily: Floats
    spread: float
    starts: Floats
    part: float


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

    def between(self, start: int, end: int) -> Arrivals:
        """Return the deals created after one moment and not after another."""
        first, last = np.searchsorted(self.created, [start, end], side="right")
        return Arrivals(self.created[first:last], self.stage[first:last], self.stages)

    def expected(self, span: Span, now: int) -> Newcomers:
        """Expect the creation of deals up to the end of a period from what is known by now."""
        seen = self.at(now)
        if not seen.created.size:
            return Newcomers(np.zeros(span.days), 0.0, np.zeros(self.stages), 0.5)
        recent = seen.created > now - _YEAR * DAY
        recent = recent if recent.any() else ~recent
        stage = seen.stage[recent]
        starts = np.bincount(stage[stage >= 0], minlength=self.stages)
        daily, spread = foreseen(seen.created, now, span.days, span.wait)
        return Newcomers(
            daily, spread, starts / max(starts.sum(), 1),
            float(((seen.created[recent] % DAY) / DAY).mean()),
        )  # fmt: skip


def foreseen(created: Ints, now: int, days: int, wait: int) -> tuple[Floats, float]:
    """Foresee the number of deals a day from their growth and their season.

    Parameters
    ----------
    created : ndarray
        In order of time; not empty.
    days, wait : int
        How far to look, and after how many days the period begins.

    Returns
    -------
    daily : ndarray, (days,)
        Expected number of each day.
    spread : float
        Squared relative spread of the period's number, beyond a count's own.

    Notes
    -----
    Counts of the months back from now: a Poisson regression on growth, with a year a yearly
    wave, with two the calendar month, each drawn towards nothing as far as it is not seen (a
    Gaussian prior, the mode by Newton's method), with as much over-dispersion as there was.
    """
    past = max((now - int(created[0])) / DAY, 1.0)
    width = min(_MONTH, past / 4)
    n = min(int(past // width), _MOST_MONTHS)
    edges = now - np.arange(n, -1, -1) * width * DAY
    counts = floats(np.diff(np.searchsorted(created, edges, side="right")))
    if not counts.any():
        return np.zeros(days), 0.0
    prior = np.r_[1e-6, _GROWTH**-2, np.full(2, _WAVE**-2), np.full(12, _MONTHS**-2)]
    # a wave is seen in a year; whether a month is always so, or was so once, in two
    prior = prior[: 2 if n < _TWO_YEARS // 2 else 4 if n < _TWO_YEARS else prior.size]
    x = _design((edges[1:] + edges[:-1]) / 2, now)[:, : prior.size]
    beta, dispersion = np.zeros(prior.size), 1.0
    beta[0] = np.log(counts.mean())
    for step in range(30):
        mean = np.exp(np.clip(x @ beta, -20, 20))
        inner = x.T @ (x * (mean / dispersion)[:, None])
        inverse = np.linalg.inv(inner + np.diag(prior))
        pull = prior * beta
        pull[0] = 0.0
        move = inverse @ (x.T @ ((counts - mean) / dispersion) - pull)
        beta = beta + np.clip(move, -2, 2)
        if step in (4, 8):
            left = max(n - float(np.trace(inverse @ inner)), 1.0)
            dispersion = max(
                float(((counts - mean) ** 2 / np.maximum(mean, 0.5)).sum()) / left, 1.0
            )
        elif step > 8 and np.abs(move).max() < 1e-6:
            break
    ahead = _design(floats(now + (np.arange(days) + 0.5) * DAY), now)[:, : prior.size]
    daily = np.exp(np.clip(ahead @ beta, -20, 20)) / width
    asked = ahead[wait:]
    if not asked.size:
        return daily, 0.0
    weight = daily[wait:] / daily[wait:].sum()
    middle = weight @ asked
    return daily, float(
        middle @ inverse @ middle + (dispersion - 1) / max(daily[wait:].sum(), 1e-9)
    )


def _design(moments: Floats, now: int) -> Floats:
    """Return level, growth in months from now, yearly wave and calendar month of some moments."""
    when = pd.to_datetime(moments.astype(np.int64), unit="us")
    turn = 2 * np.pi * (when.day_of_year.to_numpy() - 1) / _YEAR
    months = (moments - now) / (_MONTH * DAY)
    month = when.month.to_numpy()[:, None] == np.arange(1, 13)
    waves = [np.ones(turn.size), np.minimum(months, _QUARTER), np.sin(turn), np.cos(turn)]
    return np.column_stack([*waves, month]).astype(float)


def wins_of_newcomers(
    entrants: Newcomers, by_end: Floats, by_start: Floats | None, span: Span
) -> Floats:
    """Return how many deals created from now on are won in the period, by world.

    Parameters
    ----------
    by_end, by_start : ndarray, (days + 1, worlds, stages)
        Chances of a deal that enters a stage 0, 1, 2, ... days before the end of the period, and
        before its start where it has not begun.
    """
    # a deal created on a day has that day's rest before it
    late = entrants.part

    def by(on_entry: Floats, days: int) -> Floats:  # those of the first day have the longest time
        within = np.einsum("hws,s->hw", on_entry[: days + 1], entrants.starts)
        steps = (1 - late) * within[1:] + late * within[:-1]
        return floats((entrants.daily[:days][::-1, None] * steps).sum(axis=0))

    whole = by(by_end, span.days)
    return whole if by_start is None else floats(whole - by(by_start, span.wait))
