"""Dates and times as people write them, the format decided over a whole column.

Every value with an offset is an instant and is moved to the one clock, unless the column holds
midnights alone: that is a column of days. A value without is taken as it stands. ``03-01-17`` fits
two orders: each way to write dates is decided by its own rows, then by the rest of the file; where
nothing decides, ``ambiguous`` says which value is open (with dots the day comes first).
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

MISSING = frozenset(
    {"", "na", "n/a", "#n/a", "nan", "nat", "null", "none", "nil", "-", "--", "—", "无", "空"}
)
_TIME = (
    r"(?:[T\s]+(?P<ap1>上午|下午)?\s*(?P<h>\d{1,2})[:时](?P<mi>\d{1,2})(?:[:分](?P<s>\d{1,2}))?秒?分?"
    r"(?:[.,](?P<f>\d{1,9}))?\s*(?P<ap>[AaPp]\.?[Mm]\.?)?)?"
    r"\s*(?P<z>Z|\(?(?:UTC|GMT)(?:[+-]\d{1,2}(?::?\d{2})?)?\)?|[+-]\d{2}:?\d{2}|[+-]\d{2})?$"
)
_YMD = re.compile(r"(?P<y>\d{4})(?P<sep>[-/.年])(?P<m>\d{1,2})[-/.月](?P<d>\d{1,2})日?" + _TIME)
_COMPACT = re.compile(r"(?P<y>(?:19|20)\d{2})(?P<m>\d{2})(?P<d>\d{2})(?:T?(?P<rest>\d{6})Z?)?$")
_ABC = re.compile(r"(?P<a>\d{1,2})(?P<sep>[-/.])(?P<b>\d{1,2})[-/.](?P<c>\d{4}|\d{2})" + _TIME)
# The first three letters of the months in English, German, French, Spanish and Portuguese.
_MONTHS = {
    name: i + 1
    for i, names in enumerate(
        "jan ene|feb fev|mar|apr avr abr|may mai|jun|jul|aug aou ago|sep set|oct okt out|nov|"
        "dec dez dic".split("|")
    )
    for name in names.split()
}
_WORD = r"[^\W\d_]"
_DMON = re.compile(
    rf"(?:{_WORD}{{2,10}}\.?,?\s+)?(?P<d>\d{{1,2}})(?:er|st|nd|rd|th|º)?[-\s./]+(?:(?:de|of)\s+)?"
    rf"(?P<mon>{_WORD}{{3,10}})\.?[-,\s./]+(?:(?:de|of)\s+)?(?P<y>\d{{4}}|\d{{2}}){_TIME}"
)
_MOND = re.compile(
    rf"(?:{_WORD}{{3,10}},\s+)?(?P<mon>{_WORD}{{3,10}})\.?\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?,?\s+"
    rf"(?P<y>\d{{4}}){_TIME}"
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
    orders: dict[str, str] = field(default_factory=dict)
    told: bool = False
    ambiguous: int | None = None
    offsets: int = 0
    naive: int = 0
    dates_only: bool = True
    # place of every instant, as it was written and in UTC
    instants: list[tuple[int, dt.datetime | None, dt.datetime]] = field(default_factory=list)


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


def _month(name: str) -> int | None:
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return 7 if letters.startswith("juil") else 6 if letters.startswith("juin") else (
        _MONTHS.get(letters[:3])
    )  # fmt: skip


def _offset(text: str) -> dt.timedelta:
    text = text.strip("()").removeprefix("UTC").removeprefix("GMT")
    if text in ("Z", ""):
        return dt.timedelta()
    sign = -1 if text[0] == "-" else 1
    hours, _, minutes = text[1:].partition(":")
    if len(hours) > 2:
        hours, minutes = hours[:-2], hours[-2:]
    return sign * dt.timedelta(hours=int(hours), minutes=int(minutes or 0))


def _sentinel(when: dt.datetime) -> bool:
    """Dates a system writes for "never" or "unknown"."""
    year = when.year
    if year >= 2200 or year < 1753:
        return True
    return year in _SENTINEL_YEARS and (when.month, when.day) in ((1, 1), (12, 31), (12, 30))


def order_votes(texts: Sequence[str]) -> dict[str, set[str]]:
    """Return for every separator the orders (``mdy``, ``dmy``) that fit all dates written with it.

    Examples
    --------
    >>> order_votes(["13/01/2025", "05/02/2025", "03-25-2025"])
    {'/': {'dmy'}, '-': {'mdy'}}
    """
    votes: dict[str, set[str]] = {}
    for text in texts:
        if text[:4].isdigit() or not (m := _ABC.match(text)):
            continue
        fits = votes.setdefault(m["sep"], {"mdy", "dmy"})
        a, b = int(m["a"]), int(m["b"])
        if a > 12 >= b:
            fits.discard("mdy")
        elif b > 12 >= a:
            fits.discard("dmy")
    return votes


def parse_dates(
    texts: Sequence[str | None],
    *,
    clock: dt.timedelta = dt.timedelta(),
    order: str | None = None,
    others: Mapping[str, str] | None = None,
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
    others : dict, optional
        Separator to the order that the file's other columns have settled for it.
    ahead : timedelta
        Added to times without an offset: how far the clock is ahead of theirs.

    Examples
    --------
    >>> parse_dates(["2024-05-20T19:50:06.000+0000"]).values
    [datetime.datetime(2024, 5, 20, 19, 50, 6)]
    >>> parse_dates(["03-01-17"]).order, parse_dates(["03-01-17", "25-01-17"]).order
    ('mdy', 'dmy')
    """
    cleaned = ["" if not t else t.strip() if t.isascii() else _folded(t) for t in texts]
    column = DateColumn([None] * len(cleaned))
    _decide(column, cleaned, order, others or {})
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
            when, shape = _one(text, i, column, clock, ahead)
        if isinstance(when, str):
            column.problems[i] = when
            continue
        formats[shape] = formats.get(shape, 0) + 1
        if _sentinel(when):
            column.problems[i] = "sentinel_date"
            continue
        column.values[i] = when
    _days(column)
    column.dates_only = all(
        v is None or not (v.hour or v.minute or v.second or v.microsecond) for v in column.values
    )
    column.formats = tuple(sorted(formats, key=lambda f: -formats[f]))
    return column


def _folded(text: str) -> str:
    """A text in the usual widths; of a span the first day."""
    return unicodedata.normalize("NFKC", text).partition("→")[0].strip()


def _decide(
    column: DateColumn, texts: Sequence[str], order: str | None, others: Mapping[str, str]
) -> None:
    """Decide the order of numeric dates, each way to write them by its own rows first."""
    settled = {*others.values()}
    column.told = order is not None
    for sep, fits in order_votes(texts).items():
        if order in ("mdy", "dmy"):
            column.orders[sep] = order
            continue
        if len(fits) == 1:
            column.orders[sep] = next(iter(fits))
            continue
        known = others.get(sep) or (next(iter(settled)) if len(settled) == 1 else None)
        if known is not None:
            column.orders[sep] = known
            continue
        mine = [i for i, t in enumerate(texts) if (m := _ABC.match(t)) and m["sep"] == sep]
        halves = any(m and m["ap"] for m in (_ABC.match(texts[i]) for i in mine))
        column.orders[sep] = "dmy" if sep == "." and not halves else "mdy"
        if column.ambiguous is None:
            column.ambiguous = mine[0]
    column.order = next(iter(column.orders.values()), None)


def _days(column: DateColumn) -> None:
    """A column of midnights holds days: they stay the days they were, whatever the clock."""
    instants = column.instants
    if not instants:
        return
    if all(written is not None and written.time() == dt.time() for _, written, _ in instants):
        for i, written, _ in instants:
            column.values[i] = written if column.values[i] is not None else None
    elif len(instants) >= 3 and all(at.time() == dt.time() for _, _, at in instants):
        for i, _, at in instants:
            column.values[i] = at if column.values[i] is not None else None


def _one(
    text: str, place: int, column: DateColumn, clock: dt.timedelta, ahead: dt.timedelta
) -> tuple[dt.datetime | str, str]:
    """One value: an instant on the clock, or the reason why there is none."""
    if _NUMBER.match(text):
        found = _from_number(text, clock)
        if isinstance(found[0], dt.datetime) and found[1].startswith("epoch"):
            column.instants.append((place, None, found[0] - clock))
        return found
    if m := _YMD.match(text):
        day, shape = (_year(m["y"]), int(m["m"]), int(m["d"])), f"yyyy{m['sep']}mm{m['sep']}dd"
        shape = "yyyy年mm月dd日" if m["sep"] == "年" else shape
    elif m := _ABC.match(text):
        a, b, y = int(m["a"]), int(m["b"]), _year(m["c"])
        year = "yyyy" if len(m["c"]) == 4 else "yy"
        chosen = column.orders.get(m["sep"])
        if (chosen if column.told else _order_of(a, b, chosen)) == "dmy":
            day, shape = (y, b, a), f"dd{m['sep']}mm{m['sep']}{year}"
        else:
            day, shape = (y, a, b), f"mm{m['sep']}dd{m['sep']}{year}"
    elif (m := _DMON.match(text)) or (m := _MOND.match(text)):
        month = _month(m["mon"])
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
    if m["z"] and clocked:
        column.offsets += 1
        if 1 < when.year < 9999:
            at = when - _offset(m["z"])
            column.instants.append((place, when, at))
            when = at + clock
    elif clocked:
        column.naive += 1
        if 1 < when.year < 9999:
            when = when + ahead
    return when, shape + (" hh:mm" if clocked else "")


def _order_of(a: int, b: int, order: str | None) -> str | None:
    """The order of one date: one that fits a single order has that one."""
    if a > 12 >= b:
        return "dmy"
    return "mdy" if b > 12 >= a else order


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
