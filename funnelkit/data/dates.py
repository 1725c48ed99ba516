"""Dates and times as people write them, the format decided over a whole column.

Every value with an offset is an instant and is moved to the one clock; a value without is taken as
it stands. ``03-01-17`` fits two orders: when nothing in the column or in the file decides, the
month comes first (the day with dots), and the choice is told.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

MISSING = frozenset(
    {"", "na", "n/a", "#n/a", "nan", "nat", "null", "none", "nil", "-", "--", "—", "无", "空"}
)
_TIME = (
    r"(?:[T\s]+(?P<ap1>上午|下午)?\s*(?P<h>\d{1,2})[:时](?P<mi>\d{1,2})(?:[:分](?P<s>\d{1,2}))?秒?分?"
    r"(?:[.,](?P<f>\d{1,9}))?\s*(?P<ap>[AaPp]\.?[Mm]\.?)?)?"
    r"\s*(?P<z>Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})?$"
)
_YMD = re.compile(r"(?P<y>\d{4})(?P<sep>[-/.年])(?P<m>\d{1,2})[-/.月](?P<d>\d{1,2})日?" + _TIME)
_COMPACT = re.compile(r"(?P<y>(?:19|20)\d{2})(?P<m>\d{2})(?P<d>\d{2})(?:T?(?P<rest>\d{6})Z?)?$")
_ABC = re.compile(r"(?P<a>\d{1,2})(?P<sep>[-/.])(?P<b>\d{1,2})[-/.](?P<c>\d{4}|\d{2})" + _TIME)
_MONTHS = {
    m: i + 1 for i, m in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split())
}
_DMON = re.compile(
    r"(?:[A-Za-z]{3,9},?\s+)?(?P<d>\d{1,2})[-\s./]+(?P<mon>[A-Za-z]{3,9})\.?[-\s,./]+(?P<y>\d{4}|\d{2})"
    + _TIME
)
_MOND = re.compile(
    r"(?:[A-Za-z]{3,9},\s+)?(?P<mon>[A-Za-z]{3,9})\.?\s+(?P<d>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<y>\d{4})"
    + _TIME
)
_NUMBER = re.compile(r"\d+(?:\.\d+)?$")
_SENTINEL_YEARS = {1753, 1899, 1900, 1901, 1970, 2050, 2099, 2100, 2199}
_EXCEL_ZERO = dt.datetime(1899, 12, 30)
_EPOCH = dt.datetime(1970, 1, 1)


def standard_offset(timezone: str) -> dt.timedelta:
    """Return the offset of a zone's standard time: the one clock all times are told in.

    Examples
    --------
    >>> standard_offset("Asia/Shanghai")
    datetime.timedelta(seconds=28800)
    """
    zone = ZoneInfo(timezone)
    sides = [dt.datetime(2024, month, 1, tzinfo=zone).utcoffset() for month in (1, 7)]
    return min(s for s in sides if s is not None)


@dataclass
class DateColumn:
    """What a column of dates turned out to be.

    ``values`` go with the texts given; ``problems`` maps the place of a text to its reason.
    """

    values: list[dt.datetime | None]
    problems: dict[int, str] = field(default_factory=dict)
    formats: tuple[str, ...] = ()
    order: str | None = None
    ambiguous: int | None = None
    offsets: int = 0
    naive: int = 0
    dates_only: bool = True


def _year(text: str) -> int:
    y = int(text)
    if len(text) == 2:
        return y + (2000 if y < 69 else 1900)
    return y


def _clock(m: re.Match[str]) -> tuple[int, int, int, int] | None:
    if m["h"] is None:
        return None
    h, half = int(m["h"]), (m["ap"] or m["ap1"] or "").lower()
    if half[:1] == "p" or half == "下午":
        h = h + 12 if h < 12 else h
    elif (half[:1] == "a" or half == "上午") and h == 12:
        h = 0
    micro = int((m["f"] or "0").ljust(6, "0")[:6])
    return h, int(m["mi"]), int(m["s"] or 0), micro


def _offset(text: str) -> dt.timedelta:
    if text in ("Z", "UTC", "GMT"):
        return dt.timedelta()
    sign = -1 if text[0] == "-" else 1
    digits = text[1:].replace(":", "").ljust(4, "0")
    return sign * dt.timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))


def _sentinel(when: dt.datetime) -> bool:
    """Dates a system writes for "never" or "unknown"."""
    year = when.year
    if year >= 2200 or year < 1753:
        return True
    return year in _SENTINEL_YEARS and (when.month, when.day) in ((1, 1), (12, 31), (12, 30))


def order_votes(texts: Sequence[str]) -> tuple[set[str], str | None]:
    """Return the orders (``mdy``, ``dmy``) that fit every numeric date, and the separator seen."""
    fits, sep = {"mdy", "dmy"}, None
    for text in texts:
        if text[:4].isdigit() or not (m := _ABC.match(text)):
            continue
        sep = sep or m["sep"]
        a, b = int(m["a"]), int(m["b"])
        if a > 12 >= b:
            fits.discard("mdy")
        elif b > 12 >= a:
            fits.discard("dmy")
    return fits, sep


def parse_dates(
    texts: Sequence[str | None],
    *,
    clock: dt.timedelta = dt.timedelta(),
    order: str | None = None,
    others: str | None = None,
    ahead: dt.timedelta = dt.timedelta(),
) -> DateColumn:
    """Read the distinct texts of one column.

    Parameters
    ----------
    texts : sequence of str
        Distinct values of the column.
    clock : timedelta
        Offset of the one clock; values with an offset are moved to it.
    order : {"mdy", "dmy"}, optional
        Order of numeric dates if the user told it.
    others : {"mdy", "dmy"}, optional
        Order that the file's other columns have settled.
    ahead : timedelta
        Added to times without an offset: how far the clock is ahead of theirs.

    Examples
    --------
    >>> parse_dates(["2024-05-20T19:50:06.000+0000"]).values
    [datetime.datetime(2024, 5, 20, 19, 50, 6)]
    >>> parse_dates(["03-01-17"]).order, parse_dates(["03-01-17", "25-01-17"]).order
    ('mdy', 'dmy')
    """
    cleaned = [
        "" if not t else t.strip() if t.isascii() else unicodedata.normalize("NFKC", t).strip()
        for t in texts
    ]
    column = DateColumn([None] * len(cleaned))
    fits, sep = order_votes(cleaned)
    numeric = sep is not None
    if numeric:
        if order in ("mdy", "dmy"):
            column.order = order
        elif len(fits) == 1:
            column.order = next(iter(fits))
        elif others in fits or (others and not fits):
            column.order = others
        else:
            halves = any(m and m["ap"] for m in map(_ABC.match, cleaned))
            column.order = "dmy" if sep == "." and not halves else "mdy"
        if order is None and others is None and len(fits) != 1:
            column.ambiguous = next(i for i, t in enumerate(cleaned) if _ABC.match(t))
    formats: dict[str, int] = {}
    for i, text in enumerate(cleaned):
        when: dt.datetime | str
        if plain := _iso(text):  # the commonest way to write it costs least
            when, shape = plain, "yyyy-mm-dd"
            if len(text) > 10:
                shape = "yyyy-mm-dd hh:mm"
                column.naive += 1
                when = plain + ahead if ahead and 1 < plain.year < 9999 else plain
        elif text.lower() in MISSING:
            continue
        else:
            when, shape = _one(text, column, clock, ahead)
        if isinstance(when, str):
            column.problems[i] = when
            continue
        formats[shape] = formats.get(shape, 0) + 1
        if _sentinel(when):
            column.problems[i] = "sentinel_date"
            continue
        if when.hour or when.minute or when.second or when.microsecond:
            column.dates_only = False
        column.values[i] = when
    column.formats = tuple(sorted(formats, key=lambda f: -formats[f]))
    return column


def _one(
    text: str, column: DateColumn, clock: dt.timedelta, ahead: dt.timedelta
) -> tuple[dt.datetime | str, str]:
    """One value: an instant on the clock, or the reason why there is none."""
    if _NUMBER.match(text):
        return _from_number(text, clock)
    if m := _YMD.match(text):
        day, shape = (_year(m["y"]), int(m["m"]), int(m["d"])), f"yyyy{m['sep']}mm{m['sep']}dd"
        shape = "yyyy年mm月dd日" if m["sep"] == "年" else shape
    elif m := _ABC.match(text):
        a, b, y = int(m["a"]), int(m["b"]), _year(m["c"])
        year = "yyyy" if len(m["c"]) == 4 else "yy"
        if column.order == "dmy":
            day, shape = (y, b, a), f"dd{m['sep']}mm{m['sep']}{year}"
        else:
            day, shape = (y, a, b), f"mm{m['sep']}dd{m['sep']}{year}"
    elif (m := _DMON.match(text)) or (m := _MOND.match(text)):
        month = _MONTHS.get(m["mon"][:3].lower())
        if month is None:
            return "unparsable_date", ""
        day, shape = (_year(m["y"]), month, int(m["d"])), "d mon yyyy"
    else:
        return "unparsable_date", ""
    clocked = _clock(m)
    try:
        if clocked and clocked[0] == 24 and clocked[1:] == (0, 0, 0):
            when = dt.datetime(*day) + dt.timedelta(days=1)
        else:
            when = dt.datetime(*day, *(clocked or ()))
    except (ValueError, OverflowError):
        return "impossible_date", shape
    if m["z"]:
        column.offsets += 1
        if 1 < when.year < 9999:
            when = when - _offset(m["z"]) + clock
    elif clocked:
        column.naive += 1
        if 1 < when.year < 9999:
            when = when + ahead
    return when, shape + (" hh:mm" if clocked else "")


def _iso(text: str) -> dt.datetime | None:
    """Read the commonest way to write a date or a time at once; None for any other."""
    if text[4:5] != "-" or text[7:8] != "-":
        return None
    if len(text) != 10 and not (
        len(text) == 19 and text[10] in " T" and text[13] == text[16] == ":"
    ):
        return None
    try:
        return dt.datetime.fromisoformat(text)
    except ValueError:
        return None


def _from_number(text: str, clock: dt.timedelta) -> tuple[dt.datetime | str, str]:
    """A bare number: compact date, Excel serial, or seconds or milliseconds since 1970."""
    if m := _COMPACT.match(text):
        try:
            when = dt.datetime(int(m["y"]), int(m["m"]), int(m["d"]))
        except ValueError:
            return "impossible_date", ""
        if rest := m["rest"]:
            when += dt.timedelta(hours=int(rest[:2]), minutes=int(rest[2:4]), seconds=int(rest[4:]))
        return when, "yyyymmdd"
    value = float(text)
    if 20_000 <= value < 80_000:
        seconds = round((value % 1) * 86_400)
        return _EXCEL_ZERO + dt.timedelta(days=int(value), seconds=seconds), "excel"
    if 1e12 <= value < 5e12:
        return _EPOCH + dt.timedelta(milliseconds=value) + clock, "epoch ms"
    if 5e8 <= value < 5e9 and len(text.partition(".")[0]) >= 9:
        return _EPOCH + dt.timedelta(seconds=value) + clock, "epoch s"
    if value in (0, 1, 2958465):
        return dt.datetime(1900, 1, 1), "excel"
    return "unparsable_date", ""
