"""When in a month deals are closed: towards its end more than in its middle, as a rule.

A quarter from one month end to the next holds the crowd of its last days, but few deals wait
for it on its first day. Chances by age alone know nothing of the calendar.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from funnelkit.planning.forecasting.book import DAY, NEVER, WON
from funnelkit.planning.forecasting.hazards import Stays
from funnelkit.stats.checks import floats

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

#: Weeks of a month, counted back from its end; the last is what is left of it.
WEEKS = 4
#: Closes of prior weight that hold a week at the mean, and one kind of close at that of all.
_PRIOR = 25.0


def week_of(days: Ints) -> Ints:
    """Return the week of its month a day is in, counted back from the month's end.

    Parameters
    ----------
    days : ndarray
        Whole days since 1970.
    """
    date = pd.to_datetime(days, unit="D")
    left = date.days_in_month.to_numpy() - date.day.to_numpy()
    week: Ints = np.minimum(left // 7, WEEKS - 1).astype(np.int64)
    return week


def closing_weeks(stays: Stays, moment: int) -> Floats:
    """Return by how much more deals are won, and lost, in each week of a month.

    Returns
    -------
    ndarray, (2, WEEKS)
        Of wins and of other closes: those that came over those that would have come if every
        day were alike, given how many deals were in each stage on each day.
    """
    if not stays.start.size:
        return np.ones((2, WEEKS))
    first = int(stays.start.min()) // DAY
    days = int(moment) // DAY - first + 1
    begin = stays.start // DAY - first
    end = np.where(stays.end == NEVER, moment, stays.end) // DAY - first
    shape = stays.stages * (days + 1)
    enters = np.bincount(stays.stage * (days + 1) + begin, minlength=shape)
    leaves = np.bincount(stays.stage * (days + 1) + np.minimum(end, days - 1) + 1, minlength=shape)
    there = np.cumsum((enters - leaves).reshape(stays.stages, days + 1), axis=1)[:, :days]
    week = week_of(np.arange(first, first + days))
    at_risk = np.stack([np.bincount(week, row, WEEKS) for row in there.astype(float)])
    won = stays.after == WON
    closed = (stays.after < 0) & (stays.end != NEVER)

    def held(closes: Flags, towards: Floats) -> Floats:
        of = np.bincount(stays.stage[closes], minlength=stays.stages)
        expected = of / np.maximum(at_risk.sum(axis=1), 1.0) @ at_risk
        came = np.bincount(week[np.minimum(end[closes], days - 1)], minlength=WEEKS)
        return floats((came + _PRIOR * towards) / (expected + _PRIOR))

    of_all = held(closed, np.ones(WEEKS))
    return np.stack([held(won, of_all), held(closed & ~won, of_all)])


def weeks_before(end: int, days: int) -> Ints:
    """Return the week of its month of each of so many days before a moment, the last one first."""
    return week_of((end - np.arange(1, days + 1) * DAY + DAY // 2) // DAY)
