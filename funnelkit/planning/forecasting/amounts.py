"""What a win brings: the deal's own amount as far as it is known, else what past wins brought."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from funnelkit.planning.forecasting.book import DAY, WON, Known
from funnelkit.stats.checks import floats

Floats = NDArray[np.float64]

_YEAR = 365 * DAY
_MANY = 4_000_000
_NOT_MANY_WINS = 30


@dataclass(frozen=True, eq=False)
class Amounts:
    """Amounts of the open deals when they are won.

    Attributes
    ----------
    own : ndarray
        The deal's amount times what past wins of its stage kept of theirs; 0 if unknown.
    noise : ndarray
        Variance around it.
    unknown : ndarray of bool
        Deals without an amount: the amount of a past win stands in.
    past : ndarray
        Amounts of past wins.
    """

    own: Floats
    noise: Floats
    unknown: NDArray[np.bool_]
    past: Floats

    @property
    def expected(self) -> Floats:
        """Expected amount of each deal if it is won."""
        mean = float(self.past.mean()) if self.past.size else 0.0
        return np.where(self.unknown, mean, self.own)


def amounts_of(known: Known, which: NDArray[np.bool_], while_open: bool, kept: bool) -> Amounts:
    """Return the amounts of some open deals.

    Parameters
    ----------
    which : ndarray of bool
        The deals, among those known.
    while_open : bool
        Whether amounts are known before the close.
    kept : bool
        Scale by the share that past wins kept of the amount they had in the same stage.
    """
    amount, place = known.amount[which], known.place[which]
    unknown = ~np.isfinite(amount) | (not while_open)
    own = np.where(unknown, 0.0, amount)
    noise = np.zeros(own.size)
    if kept and known.has_history:
        won = (known.outcome[known.deal] == WON) & (known.asked > 0)
        won &= np.isfinite(known.amount[known.deal])
        got, asked, stage = known.amount[known.deal][won], known.asked[won], known.stage[won]
        if (got != asked).any():
            for s in range(known.stages):
                there = stage == s
                if there.sum() < _NOT_MANY_WINS:
                    continue
                share = got[there].sum() / asked[there].sum()
                spread = float(np.average((got[there] / asked[there] - share) ** 2))
                here = place == s
                noise[here] = own[here] ** 2 * spread
                own[here] *= share
    return Amounts(own, noise, unknown, past_wins(known))


def past_wins(known: Known) -> Floats:
    """Return the amounts won in the last year, or all of them when those are few."""
    won = known.won & np.isfinite(known.amount)
    recent = won & (known.closed > known.moment - _YEAR)
    return known.amount[recent if recent.sum() >= _NOT_MANY_WINS else won]


def sums_of_past(past: Floats, wins: NDArray[np.int64], rng: np.random.Generator) -> Floats:
    """Draw, for each number of wins, the sum of so many past amounts.

    Beyond some millions of amounts the sum is drawn from a gamma distribution with the same
    mean, variance and skewness: with so many terms the two cannot be told apart.
    """
    if not past.size or not wins.any():
        return np.zeros(wins.size)
    if past.min() == past.max():
        return floats(wins * float(past[0]))
    if wins.sum() <= _MANY:
        drawn = past[rng.integers(0, past.size, int(wins.sum()))]
        ends = np.cumsum(wins)
        running = np.r_[0.0, np.cumsum(drawn)]
        return floats(running[ends] - running[ends - wins])
    mean, spread = float(past.mean()), past - past.mean()
    terms = floats(wins)
    return shifted_gamma(
        terms * mean, terms * float((spread**2).mean()), terms * float((spread**3).mean()), rng
    )


def shifted_gamma(
    mean: Floats, variance: Floats, third: Floats, rng: np.random.Generator
) -> Floats:
    """Draw from the distribution of Pearson's third kind with these central moments."""
    sd = np.sqrt(np.maximum(variance, 0.0))
    safe = np.where(sd > 0, sd, 1.0)
    skew = np.where(sd > 0, third / safe**3, 0.0)
    bent = np.abs(skew) > 1e-3
    shape = np.where(bent, 4 / np.where(bent, skew, 1.0) ** 2, 1.0)
    gamma = (rng.gamma(shape) - shape) / np.sqrt(shape) * np.sign(skew)
    return floats(mean + sd * np.where(bent, gamma, rng.standard_normal(mean.size)))


__all__ = ["Amounts", "amounts_of", "past_wins", "shifted_gamma", "sums_of_past"]
