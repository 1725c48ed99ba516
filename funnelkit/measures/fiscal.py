"""Quarters and years as the company counts them: the process sheet has the month they start.

A fiscal year is named after the calendar year in which it ends; where it starts in January the
names are the calendar's own.
"""

from __future__ import annotations

import datetime as dt
import re

import ibis
import ibis.expr.types as ir
import pandas as pd

from funnelkit.errors import FunnelkitError
from funnelkit.process.model import Calendar
from funnelkit.words import language, say

_UNITS = {"week": "W", "month": "M", "quarter": "Q", "year": "Y"}
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


def frequency(every: str, calendar: Calendar) -> str:
    """Return what pandas calls a week, month, fiscal quarter or fiscal year.

    Examples
    --------
    >>> frequency("quarter", Calendar(fiscal_year_start=4)), frequency("year", Calendar())
    ('Q-MAR', 'Y-DEC')
    """
    if every in ("quarter", "year"):
        return f"{_UNITS[every]}-{_MONTHS[calendar.fiscal_year_start - 2]}"
    return {"week": "W-SUN", "month": "M"}[every]


def span_of(day: dt.date | dt.datetime, every: str, calendar: Calendar) -> pd.Period:
    """Return the week, month, fiscal quarter or year that a day lies in.

    Examples
    --------
    >>> quarter = span_of(dt.date(2026, 5, 12), "quarter", Calendar(fiscal_year_start=2))
    >>> str(quarter.start_time.date()), str(quarter.end_time.date())
    ('2026-05-01', '2026-07-31')
    """
    return pd.Timestamp(day).to_period(frequency(every, calendar))


def days_of(label: str, calendar: Calendar) -> tuple[dt.date, dt.date]:
    """Return the first day of a month or fiscal quarter, and of the one after it.

    Examples
    --------
    >>> [str(d) for d in days_of("2026-Q4", Calendar())]
    ['2026-10-01', '2027-01-01']
    >>> [str(d) for d in days_of("2026-Q4", Calendar(fiscal_year_start=4))]
    ['2026-01-01', '2026-04-01']
    """
    match = re.fullmatch(r"(\d{4})-(?:(\d{2})|Q([1-4]))", label)
    if not match or (match[2] and not 1 <= int(match[2]) <= 12):
        raise FunnelkitError("targets.bad_period", found=label)
    every = "month" if match[2] else "quarter"
    span = pd.Period(label.replace("-Q", "Q"), frequency(every, calendar))
    return span.start_time.date(), (span + 1).start_time.date()


def begin_of(moment: ir.TimestampValue, every: str, calendar: Calendar) -> ir.TimestampValue:
    """Return the first day of the week, month, fiscal quarter or year of a moment."""
    months = (calendar.fiscal_year_start - 1) % {"quarter": 3, "year": 12}.get(every, 1)
    if not months:
        return moment.truncate(_UNITS[every])
    moved = ibis.interval(months=months)
    # from the first of a month no day is lost by going back to a shorter one
    return (moment.truncate("M") - moved).truncate(_UNITS[every]) + moved


def name_of(span: pd.Period, calendar: Calendar) -> str:
    """Return the name of a period in a table.

    Examples
    --------
    >>> april = Calendar(fiscal_year_start=4)
    >>> [name_of(span_of(dt.date(2026, 5, 12), e, april), april)
    ...  for e in ("month", "quarter", "year")]
    ['2026-05', 'FY2027Q1', 'FY2027']
    """
    fiscal = calendar.fiscal_year_start != 1 and span.freqstr[0] in "QY"
    return f"FY{span}" if fiscal else str(span)


def said(name: str) -> str:
    """Return the name of a fiscal period for a reader; any other text as it stands.

    Examples
    --------
    >>> said("FY2027Q1"), said("2026Q2")
    ('Q1 FY27', '2026Q2')
    """
    match = re.fullmatch(r"FY(\d{4})(?:Q([1-4]))?", name)
    if not match:
        return name
    key = "measures.fiscal_quarter" if match[2] else "measures.fiscal_year"
    year = match[1] if language() == "zh" else match[1][2:]
    return say(key, year=year, quarter=match[2])


def last_quarter(day: dt.date, calendar: Calendar) -> tuple[dt.date, dt.date]:
    """Return the first and last day of the last quarter that was over at the end of ``day``.

    Examples
    --------
    >>> [str(d) for d in last_quarter(dt.date(2026, 6, 30), Calendar())]
    ['2026-04-01', '2026-06-30']
    >>> [str(d) for d in last_quarter(dt.date(2026, 5, 12), Calendar(fiscal_year_start=2))]
    ['2026-02-01', '2026-04-30']
    """
    return _days(span_of(day + dt.timedelta(days=1), "quarter", calendar) - 1)


def next_quarter(day: dt.date, calendar: Calendar) -> tuple[dt.date, dt.date]:
    """Return the first and last day of the quarter that runs, or begins the day after ``day``.

    Examples
    --------
    >>> [str(d) for d in next_quarter(dt.date(2026, 6, 30), Calendar())]
    ['2026-07-01', '2026-09-30']
    """
    return _days(span_of(day + dt.timedelta(days=1), "quarter", calendar))


def _days(span: pd.Period) -> tuple[dt.date, dt.date]:
    return span.start_time.date(), span.end_time.date()


__all__ = [
    "begin_of", "frequency", "last_quarter", "name_of", "next_quarter", "said", "span_of",
]  # fmt: skip
