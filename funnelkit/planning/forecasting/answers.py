"""What a method says of a period: the parts of the total, drawn or exact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

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
    open_mean, new_mean : float
        Expected amounts of these parts, whatever the draws; nan where only the draws tell.
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
    open_mean: float = np.nan
    new_mean: float = np.nan
    chance: Floats | None = None
    exact: Total | None = None
    said: tuple[tuple[str, int], ...] = field(default=())

    @property
    def total(self) -> Floats:
        """Draws of the whole period's amount."""
        return self.won + self.rest

    @property
    def rest_mean(self) -> float:
        """Expected amount still to come."""
        return self.distribution.mean - self.won

    def scaled(self, by: Mapping[str, float]) -> Answer:
        """Return the answer with its parts (or the rest as one) multiplied; won stays won."""
        if self.open is None or self.new is None:
            f = by["rest_mean"]
            mean = self.won + f * self.rest_mean
            exact = replace(self.distribution, values=self.won + f * (self.distribution.values
                            - self.won), mean=mean, sd=f * self.distribution.sd)  # fmt: skip
            return replace(self, rest=f * self.rest, rest_wins=by["rest_wins"] * self.rest_wins,
                           exact=exact)  # fmt: skip
        open_, new = by["open_mean"] * self.open, by["new_mean"] * self.new
        open_wins, new_wins = by["open_wins"] * self.open_wins, by["new_wins"] * self.new_wins
        return replace(
            self, rest=open_ + new, open=open_, new=new, exact=None,
            open_mean=by["open_mean"] * self.open_mean, new_mean=by["new_mean"] * self.new_mean,
            open_wins=open_wins, new_wins=new_wins, rest_wins=open_wins + new_wins,
        )  # fmt: skip

    @property
    def distribution(self) -> Total:
        """The distribution of the whole period's amount, its mean as exact as it is known."""
        if self.exact is not None:
            return self.exact
        return total_of(self.total, self.won + self.open_mean + self.new_mean)


def won_so_far(known: Known, span: Span) -> tuple[float, int]:
    """Return amount and number won from the start of the period to now."""
    won = known.won_between(span.start, min(span.now, span.end))
    return float(np.nansum(known.amount[won])), int(won.sum())


def total_of(draws: Floats, mean: float = np.nan) -> Total:
    """Return draws as a distribution; its mean is theirs if no better one is known."""
    values, times = np.unique(draws, return_counts=True)
    centre = float(draws.mean()) if np.isnan(mean) else mean
    return Total(values, times / draws.size, centre, float(draws.std()), False, draws.size)
