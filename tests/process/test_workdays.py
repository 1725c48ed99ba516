"""Working days of China against the calendars the State Council published for 2025 and 2026."""

from __future__ import annotations

import datetime as dt

import pytest

from funnelkit.process import Calendar
from funnelkit.process.workdays import closed_days

# 国办发明电〔2024〕12号 (2025), 国办发明电〔2025〕7号 (2026): first and last day off; days worked.
PUBLISHED = {
    2025: (
        {
            "元旦": ("01-01", "01-01"), "春节": ("01-28", "02-04"), "清明节": ("04-04", "04-06"),
            "劳动节": ("05-01", "05-05"), "端午节": ("05-31", "06-02"),
            "国庆节、中秋节": ("10-01", "10-08"),
        },
        ("01-26", "02-08", "04-27", "09-28", "10-11"),
    ),
    2026: (
        {
            "元旦": ("01-01", "01-03"), "春节": ("02-15", "02-23"), "清明节": ("04-04", "04-06"),
            "劳动节": ("05-01", "05-05"), "端午节": ("06-19", "06-21"),
            "中秋节": ("09-25", "09-27"), "国庆节": ("10-01", "10-07"),
        },
        ("01-04", "02-14", "02-28", "05-09", "09-20", "10-10"),
    ),
}  # fmt: skip


def days_of(year: int) -> set[dt.date]:
    """The days off of a year, from the notice and the weekends alone."""
    holidays, worked = PUBLISHED[year]
    day, off = dt.date(year, 1, 1), set()
    while day.year == year:
        if day.weekday() >= 5:
            off.add(day)
        day += dt.timedelta(days=1)
    for first, last in holidays.values():
        day = dt.date.fromisoformat(f"{year}-{first}")
        while day <= dt.date.fromisoformat(f"{year}-{last}"):
            off.add(day)
            day += dt.timedelta(days=1)
    return off - {dt.date.fromisoformat(f"{year}-{d}") for d in worked}


@pytest.mark.parametrize("year", PUBLISHED)
def test_the_days_off_are_those_of_the_notice(year: int) -> None:
    found = closed_days(Calendar(country="CN"), dt.date(year, 1, 1), dt.date(year, 12, 31))
    assert {d.item() for d in found} == days_of(year)


def test_the_notices_give_the_known_number_of_working_days() -> None:
    assert 365 - len(days_of(2025)) == 248
    assert 365 - len(days_of(2026)) == 248


def test_a_company_adds_days_of_its_own() -> None:
    own = Calendar(country="CN", holidays=(dt.date(2025, 10, 9),))
    found = closed_days(own, dt.date(2025, 10, 9), dt.date(2025, 10, 10))
    assert [d.item().day for d in found] == [9]


def test_years_without_a_notice_have_weekends_and_the_spring_festival() -> None:
    found = closed_days(Calendar(country="CN"), dt.date(2030, 2, 1), dt.date(2030, 2, 10))
    # new year's day is 3 February 2030
    assert [d.item().day for d in found] == [2, 3, 4, 5, 6, 7, 8, 9, 10]


def test_elsewhere_the_week_and_the_sheet_say_it() -> None:
    found = closed_days(Calendar(), dt.date(2025, 10, 1), dt.date(2025, 10, 12))
    assert [d.item().day for d in found] == [4, 5, 11, 12]
