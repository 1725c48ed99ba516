"""Amounts as people write them: ``$22,700.00``, ``1.234,56``, ``¥3.5万``, ``(1,200)``."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

from funnelkit.data.cells.dates import MISSING

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


def _decimal_mark(numbers: Sequence[str], comma_likely: bool) -> tuple[str, int | None]:
    """The decimal mark of a column, and the place of a value that fits both where none decides.

    Three digits behind every point may be decimals or thousands: what else the file tells of its
    country decides. Three behind every comma are thousands: nobody writes tenths of a cent.
    """
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
    if "." in unsure and "," not in unsure:
        return (",", None) if comma_likely else (".", unsure["."])
    return ".", None


def parse_amounts(
    texts: Sequence[str | None],
    *,
    decimal: str | None = None,
    comma_likely: bool = False,
    unit: float = 1.0,
) -> AmountColumn:
    """Read the distinct texts of one column of money.

    Parameters
    ----------
    texts : sequence of str
        Distinct values of the column.
    decimal : {".", ","}, optional
        The decimal mark if the user told it.
    comma_likely : bool
        The file comes from where people write decimal commas.
    unit : float
        What one is worth in a column of thousands or 万; a value with a unit of its own keeps it.

    Examples
    --------
    >>> parse_amounts(["$22,700.00", "(1,200)"]).values
    [22700.0, -1200.0]
    >>> parse_amounts(["1.234,56"]).values, parse_amounts(["¥3.5万"]).values
    ([1234.56], [35000.0])
    >>> parse_amounts(["12.500", "250.000"], comma_likely=True).values
    [12500.0, 250000.0]
    """
    size = len(texts)
    column = AmountColumn([None] * size, [None] * size)
    parts: dict[int, tuple[str, float]] = {}
    for i, raw in enumerate(texts):
        text = unicodedata.normalize("NFKC", raw or "").strip()
        if text.lower() in MISSING:
            continue
        try:
            column.values[i] = _plain(text) * unit
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
        good, own = True, False
        for piece in (m["lead"], m["tail"]):
            for word in _words(piece):
                if word in _UNITS:
                    factor, own = factor * _UNITS[word], True
                elif word in _SYMBOLS:
                    column.currencies[i] = _SYMBOLS[word]
                elif word.upper() in _CODES:
                    column.currencies[i] = word.upper()
                else:
                    good = False
        if not good:
            column.problems[i] = "unparsable_amount"
            continue
        parts[i] = (re.sub(r"['’\s]", "", m["num"]), factor if own else factor * unit)
        column.as_text = i if column.as_text is None else column.as_text
    pointed = [i for i, v in enumerate(column.values) if v is not None and "." in (texts[i] or "")]
    places = [*parts, *pointed]
    numbers = [parts[i][0] for i in parts] + [
        (texts[i] or "").strip().lstrip("+-") for i in pointed
    ]
    mark, unsure = (decimal, None) if decimal else _decimal_mark(numbers, comma_likely)
    column.decimal = mark
    column.ambiguous = None if unsure is None else places[unsure]
    other = "," if mark == "." else "."
    for i, (digits, factor) in parts.items():
        try:
            column.values[i] = float(digits.replace(other, "").replace(mark, ".")) * factor
        except ValueError:
            column.problems[i] = "unparsable_amount"
    if mark == ",":
        # a plain "1.234" in a column with decimal commas is a number with a thousands point
        for i in pointed:
            column.values[i] = float((texts[i] or "").replace(".", "")) * unit
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
