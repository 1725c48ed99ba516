"""Numbers, dates and lists as a reader of the current language writes them."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable
from typing import Any

from funnelkit.words.language import language

_MISSING = {"en": "not available", "zh": "无数据"}
_LONGEST_LIST = 5
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _missing(value: Any) -> bool:
    if value is None:
        return True
    try:
        return bool(math.isnan(value))
    except TypeError:
        return bool(value != value)  # NaT is not equal to itself


def number(value: float | None, digits: int = 0) -> str:
    """Write a number with thousands separators.

    Examples
    --------
    >>> number(12345.678, 1)
    '12,345.7'
    """
    if value is None or _missing(value):
        return _MISSING[language()]
    return f"{value:,.{digits}f}"


def count(value: float | None) -> str:
    """Write a whole number: ``4238`` becomes ``4,238``."""
    return number(value, 0)


def percent(value: float | None, digits: int = 0) -> str:
    """Write a fraction as a percentage: ``0.6315`` becomes ``63%``."""
    if value is None or _missing(value):
        return _MISSING[language()]
    return f"{100 * value:.{digits}f}%"


def days(value: float | None, digits: int = 1) -> str:
    """Write a duration in days with its unit."""
    if value is None or _missing(value):
        return _MISSING[language()]
    text = number(value, digits)
    if language() == "zh":
        return f"{text} 天"
    one = float(text.replace(",", "")) == 1
    return f"{text} day" if one else f"{text} days"


def money(value: float | None, currency: str | None = None) -> str:
    """Write an amount, short enough to read: thousands and millions, or 万 and 亿.

    Examples
    --------
    >>> money(10005534, "USD")
    'USD 10.01m'
    """
    if value is None or _missing(value):
        return _MISSING[language()]
    steps: tuple[tuple[float, str], ...] = ((1e9, "bn"), (1e6, "m"), (1e3, "k"))
    if language() == "zh":
        steps = ((1e8, "亿"), (1e4, "万"))
    text = number(value, 0)
    for size, unit in steps:
        if abs(value) >= size:
            text = f"{value / size:,.2f}".rstrip("0").rstrip(".") + (
                f" {unit}" if language() == "zh" else unit
            )
            break
    return f"{currency} {text}" if currency else text


def date(value: dt.date | dt.datetime | None) -> str:
    """Write a calendar day: ``31 Dec 2026`` or ``2026年12月31日``."""
    if value is None or _missing(value):
        return _MISSING[language()]
    if language() == "zh":
        return f"{value.year}年{value.month}月{value.day}日"
    month = _MONTHS[value.month - 1]
    return f"{value.day} {month} {value.year}"


def options(values: Iterable[Any]) -> str:
    """Write the first few of a list in quotes, and how many follow."""
    items = [str(v) for v in values]
    quote, comma = ("“{}”", "、") if language() == "zh" else ('"{}"', ", ")
    text = comma.join(quote.format(v) for v in items[:_LONGEST_LIST])
    rest = len(items) - _LONGEST_LIST
    if rest > 0:
        text += f"（另有 {rest} 个）" if language() == "zh" else f" and {rest} more"
    return text or ("（无）" if language() == "zh" else "none")


def sentences(parts: Iterable[str]) -> str:
    """Join sentences: with a space in English, without one in Chinese."""
    return ("" if language() == "zh" else " ").join(parts)
