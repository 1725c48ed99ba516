"""Amounts as people write them: ``$22,700.00``, ``1.234,56``, ``¥3.5万``, ``(1,200)``."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

from funnelkit.data.dates import MISSING

_SYMBOLS = {
    "$": "USD", "us$": "USD", "a$": "AUD", "c$": "CAD", "hk$": "HKD", "nt$": "TWD", "s$": "SGD",
    "€": "EUR", "£": "GBP", "¥": "CNY", "rmb": "CNY", "元": "CNY", "人民币": "CNY", "円": "JPY",
    "₹": "INR", "₩": "KRW", "r$": "BRL", "zł": "PLN", "美元": "USD", "欧元": "EUR", "港元": "HKD",
}  # fmt: skip
_CODES = frozenset(
    "USD EUR GBP CNY JPY CHF AUD CAD HKD TWD SGD INR KRW BRL MXN SEK NOK DKK PLN CZK ZAR RUB TRY "
    "THB VND IDR MYR PHP NZD AED SAR ILS".split()
)
_UNITS = {
    "亿": 1e8, "千万": 1e7, "百万": 1e6, "万": 1e4, "千": 1e3, "k": 1e3, "m": 1e6, "mn": 1e6,
    "mio": 1e6, "mm": 1e6, "bn": 1e9, "b": 1e9,
}  # fmt: skip
_SHAPE = re.compile(
    r"^(?P<lead>[^\d\-+.,(]*)(?P<sign>[-+]?)(?P<num>[\d.,'’ ]*\d[.,]?)(?P<tail>.*)$"
)


@dataclass
class AmountColumn:
    """Numbers for the texts given, the currency written beside each, and what could not be read."""

    values: list[float | None]
    currencies: list[str | None]
    problems: dict[int, str] = field(default_factory=dict)
    decimal: str = "."
    ambiguous: int | None = None
    as_text: int | None = None


def _decimal_mark(numbers: Sequence[str]) -> tuple[str, int | None]:
    """The decimal mark of a column, and the place of a value that would fit both."""
    point = comma = 0
    unsure: dict[str, int] = {}
    for i, n in enumerate(numbers):
        last_p, last_c = n.rfind("."), n.rfind(",")
        if last_p >= 0 and last_c >= 0:
            point, comma = point + (last_p > last_c), comma + (last_c > last_p)
        elif last_p >= 0 or last_c >= 0:
            mark = "." if last_p >= 0 else ","
            after = len(n) - 1 - max(last_p, last_c)
            if n.count(mark) > 1:  # a mark that comes twice groups thousands
                point, comma = point + (mark == ","), comma + (mark == ".")
            elif after != 3 or n.startswith("0"):
                point, comma = point + (mark == "."), comma + (mark == ",")
            else:
                unsure.setdefault(mark, i)
    if point or comma:
        return ("." if point >= comma else ","), None
    # "1,234" alone reads as thousands; "1.234" alone fits both and is told
    return (".", unsure["."]) if "." in unsure else (".", None)


def parse_amounts(texts: Sequence[str | None]) -> AmountColumn:
    """Read the distinct texts of one column of money.

    Examples
    --------
    >>> parse_amounts(["$22,700.00", "(1,200)"]).values
    [22700.0, -1200.0]
    >>> parse_amounts(["1.234,56"]).values, parse_amounts(["¥3.5万"]).values
    ([1234.56], [35000.0])
    """
    size = len(texts)
    column = AmountColumn([None] * size, [None] * size)
    parts: dict[int, tuple[str, float]] = {}
    for i, raw in enumerate(texts):
        text = unicodedata.normalize("NFKC", raw or "").strip()
        if text.lower() in MISSING:
            continue
        try:
            column.values[i] = _plain(text)
            continue
        except ValueError:
            pass
        sign = 1.0
        if text.startswith("(") and text.endswith(")"):
            sign, text = -1.0, text[1:-1].strip()
        if text.endswith("-"):
            sign, text = -sign, text[:-1]
        text = re.sub(r"^([-+])\s*(?=\D)", lambda m: "" if m[1] == "+" else "\x00", text)
        if text.startswith("\x00"):
            sign, text = -sign, text[1:]
        m = _SHAPE.match(text)
        if not m:
            column.problems[i] = "unparsable_amount"
            continue
        factor = -sign if m["sign"] == "-" else sign
        good = True
        for piece in (m["lead"], m["tail"]):
            for word in _words(piece):
                if word in _UNITS:
                    factor *= _UNITS[word]
                elif word in _SYMBOLS:
                    column.currencies[i] = _SYMBOLS[word]
                elif word.upper() in _CODES:
                    column.currencies[i] = word.upper()
                else:
                    good = False
        if not good:
            column.problems[i] = "unparsable_amount"
            continue
        parts[i] = (re.sub(r"['’\s]", "", m["num"]), factor)
        column.as_text = i if column.as_text is None else column.as_text
    places = list(parts)
    numbers = [parts[i][0] for i in places]
    plain = [t for t, v in zip(texts, column.values, strict=True) if v is not None and t]
    mark, unsure = _decimal_mark([*numbers, *(t for t in plain if "." in t)])
    column.decimal = mark
    if unsure is not None and unsure < len(places):
        column.ambiguous = places[unsure]
    other = "," if mark == "." else "."
    for i, (digits, factor) in parts.items():
        try:
            column.values[i] = float(digits.replace(other, "").replace(mark, ".")) * factor
        except ValueError:
            column.problems[i] = "unparsable_amount"
    if mark == ",":
        # a plain "1.234" in a column with decimal commas is a number with a thousands point
        for i, written in enumerate(texts):
            if i not in parts and column.values[i] is not None and "." in (written or ""):
                column.values[i] = float((written or "").replace(".", ""))
    return column


def _plain(text: str) -> float:
    """A number a program wrote (no grouping, no currency)."""
    if not re.fullmatch(r"[-+]?\d+(\.\d+)?([eE][-+]?\d+)?", text):
        raise ValueError
    return float(text)


def _words(piece: str) -> list[str]:
    piece = piece.strip().lower().rstrip(".")
    if not piece:
        return []
    if piece in _SYMBOLS or piece in _UNITS or piece.upper() in _CODES:
        return [piece]
    found = []
    names = sorted({*_SYMBOLS, *_UNITS, *(c.lower() for c in _CODES)}, key=len, reverse=True)
    while piece:
        for name in names:
            if piece.startswith(name):
                found.append(name)
                piece = piece[len(name) :].strip()
                break
        else:
            return [piece]
    return found
