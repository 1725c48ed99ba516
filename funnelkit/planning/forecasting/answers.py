"""What a method says of a period: the parts of the total, drawn or exact."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from funnelkit.planning.forecasting.book import DAY, Known
from funnelkit.stats.convolution import Total

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Span:
    """The period (start, end], seen from ``now``; all in microseconds."""

    now: int
    start: int
    end: int

    @property
    def days(self) -> int:
        """Whole days from now to the end."""
        return max(round((self.end - self.now) / DAY), 0)

    @property
    def wait(self) -> int:
        """Whole days from now to the start of a period that has not begun."""
        return max(round((self.start - self.now) / DAY), 0)

    @property
    def begun(self) -> int:
        """From when on something can still come: now, or the start of a later period."""
        return max(self.now, self.start)


@dataclass(frozen=True, eq=False)
class Answer:
    """A method's answer for one period.

    Attributes
    ----------
    won, wins : float
        Amount and number won so far.
    rest : ndarray
        Draws of what is still to come.
    rest_wins, open_wins, new_wins : float
        Expected numbers: of what is still to come, of its parts.
    open, new : ndarray or None
        The parts of ``rest`` from open deals and from deals not yet created; None where the
        method does not tell them apart.
    chance : ndarray or None
        Chance of each open deal to be won in the period, in the order of ``Known``.
    exact : Total or None
        The distribution of the total where it is known better than from its draws.
    said : tuple of (reason, number)
        What was left out or filled in.
    """

    won: float
    wins: int
    rest: Floats
    rest_wins: float
    open: Floats | None = None
    new: Floats | None = None
    open_wins: float = np.nan
    new_wins: float = np.nan
    chance: Floats | None = None
    exact: Total | None = None
    said: tuple[tuple[str, int], ...] = field(default=())

    @property
    def total(self) -> Floats:
        """Draws of the whole period's amount."""
        return self.won + self.rest


def won_so_far(known: Known, span: Span) -> tuple[float, int]:
    """Return amount and number won from the start of the period to now."""
    won = known.won_between(span.start, min(span.now, span.end))
    return float(np.nansum(known.amount[won])), int(won.sum())


def total_of(draws: Floats, mean: float | None = None) -> Total:
    """Return draws as a distribution."""
    values, times = np.unique(draws, return_counts=True)
    centre = float(draws.mean()) if mean is None else mean
    return Total(values, times / draws.size, centre, float(draws.std()), False, draws.size)
