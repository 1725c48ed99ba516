"""What a spreadsheet holds where a page shows a number, a duration, an amount or a day."""

from __future__ import annotations

import datetime as dt
import re

from funnelkit.words.formats import _MONTHS, Written

_NUMBER = re.compile(r"([+\-−]?)(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?\s?(%?)", re.ASCII)
_DAYS = re.compile(r"([+\-−]?[\d,]+(?:\.\d+)?)( days?| 天)", re.ASCII)
_AMOUNT = re.compile(
    r"(?:([A-Z]{3}) )?([+\-−]?)([\d,]+(?:\.\d+)?)( ?(?:k|m|bn|万|亿))?(/[^\d]+)?", re.ASCII
)
_COMMAS = {"k": ",", "m": ",,", "bn": ",,,"}
_DATES = (
    (re.compile(r"(?P<d>\d{1,2}) (?P<m>[A-Z][a-z]{2}) (?P<y>\d{4})"), "d mmm yyyy"),
    (re.compile(r"(?P<y>\d{4})年(?P<m>\d{1,2})月(?P<d>\d{1,2})日"), 'yyyy"年"m"月"d"日"'),
    (re.compile(r"(?P<y>\d{4})-(?P<m>\d\d)-(?P<d>\d\d)"), "yyyy-mm-dd"),
)
Cell = tuple[float | dt.date, str]


def cell_of(text: str) -> Cell | None:
    """Return what a cell holds and the format that shows it as the page does; None for a text.

    Parameters
    ----------
    text : str
        What the page shows; one that knows its full value (`funnelkit.words.formats.Written`)
        is held in full.

    Examples
    --------
    >>> cell_of(Written("EUR 1.23m", 1234567.0))
    (1234567.0, '"EUR "#,##0.00,,"m"')
    >>> cell_of("30 days"), cell_of("North")
    ((30.0, '#,##0" days"'), None)
    """
    value = text.value if isinstance(text, Written) else None
    exact = number_in(text)
    if exact is not None:
        return (exact[0] if value is None else value), exact[1]
    if match := _DAYS.fullmatch(text):
        shown, unit = match.groups()
        return (_plain(shown) if value is None else value), f'{_digits(shown)}"{unit}"'
    if value is not None:
        match = _AMOUNT.fullmatch(text)
        return (value, _money(match)) if match else None
    return _day(text)


def _money(match: re.Match[str]) -> str:
    """Return a format: k, m and bn as on the page; 万 and 亿, which no format knows, in full."""
    currency, sign, number, unit, rest = match.groups()
    unit = (unit or "").strip()
    form = "#,##0" if unit in ("万", "亿") else _digits(number) + _COMMAS.get(unit, "")
    if unit in _COMMAS:
        form += f'"{unit}"'
    form = (f'"{currency} "' if currency else "") + form + (f'"{rest}"' if rest else "")
    return f"+{form};-{form};{form}" if sign == "+" else form


def _digits(number: str) -> str:
    places = len(number.partition(".")[2])
    return "#,##0" + ("." + "0" * places if places else "")


def _plain(number: str) -> float:
    return float(number.replace(",", "").replace("−", "-"))


def _day(text: str) -> Cell | None:
    for pattern, form in _DATES:
        match = pattern.fullmatch(text)
        if match is None:
            continue
        month = match["m"]
        if not month.isdigit() and month not in _MONTHS:
            return None
        number = int(month) if month.isdigit() else _MONTHS.index(month) + 1
        try:
            return dt.date(int(match["y"]), number, int(match["d"])), form
        except ValueError:
            return None
    return None


def number_in(text: str) -> tuple[float, str] | None:
    """Return the number a text is, with the spreadsheet format that shows it the same way.

    Examples
    --------
    >>> number_in("28.6%"), number_in("1,234"), number_in("16 deals")
    ((0.286, '0.0%'), (1234.0, '#,##0'), None)
    """
    match = _NUMBER.fullmatch(text.strip())
    if match is None:
        return None
    sign, whole, fraction, percent = match.groups()
    if len(whole) > 15 or (len(whole) > 1 and whole[0] == "0"):
        return None  # an account number, not a quantity
    places = len(fraction) - 1 if fraction else 0
    value = float(whole.replace(",", "") + (fraction or "")) * (-1 if sign in ("-", "−") else 1)
    grouped = "#,##0" if "," in whole or percent == "" else "0"
    form = grouped + ("." + "0" * places if places else "")
    if sign == "+":
        form = f"+{form};-{form};{form}"
    if percent:
        value, form = round(value / 100, places + 2), ";".join(f"{f}%" for f in form.split(";"))
    return value, form
