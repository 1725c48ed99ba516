"""Numbers, dates and lists as a reader of the current language writes them."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from funnelkit.words.language import language

_MISSING = {"en": "not available", "zh": "无数据"}
_LONGEST_LIST = 5
_CURRENCIES = {
    "CNY": "元", "EUR": "欧元", "USD": "美元", "GBP": "英镑", "JPY": "日元", "HKD": "港元",
    "TWD": "新台币", "SGD": "新加坡元", "AUD": "澳元", "CAD": "加元", "CHF": "瑞士法郎",
}  # fmt: skip
#: The currency of a page's amounts while it is written; None elsewhere.
_counted: ContextVar[str | None] = ContextVar("funnelkit_currency", default=None)
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
    text = f"{value:,.{digits}f}"
    return text if text.strip("-0.,") else text.lstrip("-")  # nobody says "minus nought"


def signed(value: float, digits: int = 0) -> str:
    """Write a change with its sign; nought has none.

    Examples
    --------
    >>> signed(1.25, 1), signed(-3.0, 1), signed(-0.04, 1)
    ('+1.3', '−3.0', '0.0')
    """
    text = rounded(abs(value), digits)
    return text if not text.strip("0.,") else f"{'−' if value < 0 else '+'}{text}"


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
    if currency is None and (counted := _counted.get()) is not None:
        return amount(value, counted)
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
    if language() == "zh":
        return f"{text}{'' if text[-1] in '亿万' else ' '}{currency_name(currency or '')}".rstrip()
    return f"{currency} {text}" if currency else text


def money_signed(value: float) -> str:
    """Write an amount as `money` does, with its sign; nought has none.

    Examples
    --------
    >>> money_signed(73_400), money_signed(-1_000_000)
    ('+73.4k', '−1m')
    """
    if (counted := _counted.get()) is not None:
        return amount(value, counted, signed=True)
    return f"{'+' if value > 0 else '−' if value < 0 else ''}{money(abs(value))}"


def counted() -> str | None:
    """Return the currency of the block that `counted_in` opened; None outside any."""
    return _counted.get()


@contextmanager
def counted_in(currency: str) -> Iterator[None]:
    """Write the amounts of sentences inside the block as a page does, with their currency."""
    token = _counted.set(currency)
    try:
        yield
    finally:
        _counted.reset(token)


def amount(value: float | None, currency: str = "", *, signed: bool = False) -> str:
    """Write an amount as a page does: its currency, millions to the second place, else whole.

    Examples
    --------
    >>> amount(944_300, "EUR"), amount(19_684_900, "EUR"), amount(-250_500, "EUR")
    ('EUR 944k', 'EUR 19.68m', 'EUR −251k')
    """
    if value is None or _missing(value):
        return _MISSING[language()]
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    steps = _STEPS[language()]
    size, unit, digits = next((s for s in steps if abs(value) >= s[0]), (1.0, "", 0))
    if unit == "k":
        size = 1e3
        if abs(value) >= 999_500:
            size, unit, digits = steps[1]  # a million, not 1,000 thousand
    text = rounded(abs(value) / size, digits)
    nought = not text.strip("0.,")
    sign = "" if nought else "−" if value < 0 else "+" if signed else ""
    if language() == "zh":
        return f"{sign}{text} {unit}{_CURRENCIES.get(currency, currency)}".rstrip()
    return f"{currency} {sign}{text}{unit}".lstrip()


#: From how much on an amount is written in which unit, to how many places.
_STEPS: dict[str, tuple[tuple[float, str, int], ...]] = {
    "en": ((1e9, "bn", 2), (1e6, "m", 2), (1e4, "k", 0), (1e3, "k", 1)),
    "zh": ((1e8, "亿", 2), (1e4, "万", 1)),
}


#: What a table in English counts amounts in.
_COUNTED_IN = {"thousand": 1e3, "hundred_thousand": 1e5, "million": 1e6}


def unit_of(english: str) -> float:
    """Return what the amounts of a table are counted in: as English does, or 万 in Chinese.

    Examples
    --------
    >>> unit_of("thousand"), unit_of("million")
    (1000.0, 1000000.0)
    """
    return 1e4 if language() == "zh" else _COUNTED_IN[english]


def in_unit(value: float, english: str) -> float:
    """Return an amount counted in thousands or millions in the unit of the language's tables.

    The unit is one of thousand, hundred_thousand and million.

    Examples
    --------
    >>> in_unit(340, "thousand")
    340
    """
    if language() != "zh":
        return value
    told = round(value * _COUNTED_IN[english] / unit_of(english), 6)
    return int(told) if told == int(told) else told


def step_of(most: float) -> tuple[float, str, int]:
    """Return the one unit for a block of amounts: its size, its name, its places.

    Examples
    --------
    >>> step_of(5_484_000), step_of(120_000)
    ((1000000.0, 'm', 2), (1000.0, 'k', 0))
    """
    size, unit, digits = next((s for s in _STEPS[language()] if abs(most) >= s[0]), (1.0, "", 0))
    return (1e3 if unit == "k" else size), unit, digits


def currency_name(currency: str) -> str:
    """Return what a currency is called in the current language: its code, or its name."""
    return _CURRENCIES.get(currency, currency) if language() == "zh" else currency


def rounded(value: float, digits: int = 0) -> str:
    """Write a number, halves rounded up: 250.5 is 251, as people who check it expect.

    Examples
    --------
    >>> rounded(250.5), rounded(25.05, 1), rounded(1234.5678, 2), rounded(-0.04, 1)
    ('251', '25.1', '1,234.57', '0.0')
    """
    exact = Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    return f"{exact or abs(exact):,}"  # nobody says "minus nought"


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
    return ("" if language() == "zh" else " ").join(filter(None, parts))
