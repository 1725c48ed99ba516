"""Working time: deals move in working days and hours; dates are made of them at the end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from funnelkit.process import Calendar
from funnelkit.process.lunar import LUNAR_NEW_YEAR
from funnelkit.process.workdays import closed_days

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_TAIL = 12_000  # working days after the cut in which open deals come to their end
_MICRO = 1_000_000


def spring_festival() -> list[dt.date]:
    """Return the closed days of every festival: from its eve for eight days."""
    return [day + dt.timedelta(days=d) for day in LUNAR_NEW_YEAR.values() for d in range(-1, 7)]


class Clock:
    """Turns moments in working days since the start into dates, and back."""

    def __init__(
        self,
        start: dt.date,
        as_of: dt.date,
        calendar: Calendar,
        holidays: Iterable[dt.date],
        hours: tuple[int, int],
    ) -> None:
        worked = len(calendar.workdays)
        end_of_tail = start + dt.timedelta(days=int(_TAIL * 7 / worked) + 15_000)
        closed = closed_days(calendar, start - dt.timedelta(days=40), end_of_tail)
        more = np.array(sorted(set(holidays)), dtype="datetime64[D]")
        self.calendar = np.busdaycalendar(weekmask=[True] * 7, holidays=np.union1d(closed, more))
        first = np.busday_offset(np.datetime64(start), 0, "forward", busdaycal=self.calendar)
        end = np.datetime64(as_of) + 1
        #: working days up to the cut: what happens at or after ``last`` is not known yet
        self.last = int(np.busday_count(first, end, busdaycal=self.calendar))
        self.days = np.busday_offset(
            first, np.arange(self.last + _TAIL), "forward", busdaycal=self.calendar
        )
        #: working days in a calendar day
        self.share = worked / 7
        self.start, self.as_of, self.hours = start, as_of, hours
        self.quarter_start = (calendar.fiscal_year_start - 1) % 3
        months = self.days.astype("datetime64[M]").astype(int)
        base = np.datetime64(start, "M").astype(int)
        self._month = (months - base + 1).astype(np.int64)

    def day(self, moment: Floats) -> Ints:
        """Return the number of the working day."""
        day: Ints = np.clip(moment, 0, len(self.days) - 1).astype(np.int64)
        return day

    def micro(self, moment: Floats) -> Ints:
        """Return microseconds since 1970, on whole seconds within working hours."""
        day = self.day(moment)
        opens, closes = self.hours
        seconds = np.floor((moment - day) * ((closes - opens) * 3600)) + opens * 3600
        seconds = np.minimum(seconds, closes * 3600 - 1)
        dates = self.days[day].astype("datetime64[s]").astype(np.int64)
        found: Ints = (dates + seconds.astype(np.int64)) * _MICRO
        return found

    def date(self, moment: Floats) -> npt.NDArray[np.datetime64]:
        """Return the date of a moment."""
        found: npt.NDArray[np.datetime64] = self.days[self.day(moment)]
        return found

    def month(self, moment: Floats) -> Ints:
        """Return the month of a moment, the plan's first one is 1."""
        found: Ints = self._month[self.day(moment)]
        return found

    def of(self, date: npt.NDArray[np.datetime64] | np.datetime64 | dt.date) -> Ints:
        """Return the first working day that is not before a date."""
        days = np.asarray(date, dtype="datetime64[D]")
        found: Ints = np.searchsorted(self.days, days).astype(np.int64)
        return found

    def month_start(self, month: int) -> int:
        """Return the first working day of a month of the plan (from 1)."""
        return int(np.searchsorted(self._month, month))

    @property
    def months(self) -> int:
        """Number of months up to the cut, the last one perhaps cut short."""
        return int(self._month[max(self.last - 1, 0)])

    def quarter_end(self, moment: Floats) -> Floats:
        """Return the end of the fiscal quarter a moment lies in, in working days."""
        month = self.date(moment).astype("datetime64[M]").astype(int) - self.quarter_start
        after = ((month // 3 + 1) * 3 + self.quarter_start).astype("datetime64[M]")
        found: Floats = self.of(after.astype("datetime64[D]")).astype(float)
        return found

    def month_end(self, moment: Floats) -> Floats:
        """Return the end of the calendar month a moment lies in, in working days."""
        after = self.date(moment).astype("datetime64[M]") + 1
        found: Floats = self.of(after.astype("datetime64[D]")).astype(float)
        return found
