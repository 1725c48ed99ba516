"""Which days are worked: the week, the holidays, and a country's moved days."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from funnelkit.process.lunar import LUNAR_NEW_YEAR

if TYPE_CHECKING:
    from funnelkit.process.model import Calendar

_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = dt.timedelta(days=1)


def closed_days(calendar: Calendar, first: dt.date, last: dt.date) -> npt.NDArray[np.datetime64]:
    """Return every day from ``first`` to ``last`` that is not worked.

    In China a weekend day may be worked for a longer holiday (调休): the State Council says which.
    For years it has not spoken of yet, weekends and the eight days of the Spring Festival are
    taken.

    Examples
    --------
    >>> from funnelkit.process import Calendar
    >>> days = closed_days(Calendar(country="CN"), dt.date(2025, 10, 1), dt.date(2025, 10, 12))
    >>> [d.item().day for d in days]
    [1, 2, 3, 4, 5, 6, 7, 8, 12]
    """
    span = np.arange(np.datetime64(first), np.datetime64(last) + 1)
    worked = np.array([day in calendar.workdays for day in _WEEK])
    closed = ~worked[(span.astype("datetime64[D]").astype(int) + 3) % 7]
    if calendar.country == "CN":
        holidays, moved = _china(first.year, last.year)
        closed = (closed | np.isin(span, holidays)) & ~np.isin(span, moved)
    own = np.array(sorted(calendar.holidays), dtype="datetime64[D]")
    found: npt.NDArray[np.datetime64] = span[closed | np.isin(span, own)]
    return found


def _china(first: int, last: int) -> tuple[npt.NDArray[np.datetime64], npt.NDArray[np.datetime64]]:
    """Return the published holidays of some years, and the weekend days worked for them."""
    from chinese_calendar import constants

    published = {day.year for day in constants.holidays}
    free = [day for day in constants.holidays if first <= day.year <= last]
    for year, day in LUNAR_NEW_YEAR.items():
        if first <= year <= last and year not in published:
            free += [day + d * _DAY for d in range(-1, 7)]
    moved = [day for day in constants.workdays if first <= day.year <= last]
    return np.array(free, dtype="datetime64[D]"), np.array(moved, dtype="datetime64[D]")
