"""Deals that are not created yet: how many come, where they start, how their number varies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from funnelkit.planning.forecasting.book import DAY, Known

Floats = NDArray[np.float64]

_YEAR = 365
_SHORTEST, _LONGEST = 14, 91


@dataclass(frozen=True, eq=False)
class Newcomers:
    """Creation of deals, from the last year.

    Attributes
    ----------
    per_day : float
        Deals created a day.
    counted : int
        Deals behind it.
    spread : float
        Squared coefficient of variation of the number in a period, beyond chance.
    starts : ndarray
        Share of deals that start in each stage.
    part : float
        Mean part of the day that has gone when a deal is created.
    """

    per_day: float
    counted: int
    spread: float
    starts: Floats
    part: float


def newcomers(known: Known, days: int, single: bool) -> Newcomers:
    """Measure the creation of deals over the last year.

    Parameters
    ----------
    days : int
        Length of the period to forecast: the variation is measured over spans of that length
        where the data hold four of them, else over shorter ones.
    single : bool
        All deals start in the same place (no stages).
    """
    created = known.created
    starts = np.ones(1)
    if not created.size:
        return Newcomers(0.0, 0, 0.0, starts if single else np.zeros(known.stages), 0.5)
    span = min((known.moment - int(created.min())) / DAY, float(_YEAR))
    recent = created > known.moment - span * DAY if span >= _YEAR else created > 0
    counted = int(recent.sum())
    age = (known.moment - created[recent]) / DAY
    if not single:
        starts = np.zeros(known.stages)
        first = np.r_[True, known.deal[1:] != known.deal[:-1]]
        ours = first & recent[known.deal]
        counts = np.bincount(known.stage[ours], minlength=known.stages)
        starts = counts / max(counts.sum(), 1)
    return Newcomers(
        per_day=counted / max(span, 1.0),
        counted=counted,
        spread=spread_of(age, span, days),
        starts=starts,
        part=float(((created[recent] % DAY) / DAY).mean()),
    )


def spread_of(age: Floats, span: float, days: int) -> float:
    """Return by how much counts of equal spans vary beyond chance (squared, relative)."""
    width = min(max(min(days, span / 4), _SHORTEST), _LONGEST)
    times = int(span // width)
    if times < 2:
        return 0.0
    counts = np.bincount((age // width).astype(np.int64), minlength=times)[:times].astype(float)
    mean = counts.mean()
    return max(float(counts.var(ddof=1) - mean) / mean**2, 0.0) if mean > 0 else 0.0
