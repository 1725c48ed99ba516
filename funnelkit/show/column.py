"""A column knows its unit and its heading: how it is written for people and for a workbook.

A unit writes a value in the reader's language (`Unit.write`), gives what a workbook's cell holds
(`Unit.cell`) and the number format that shows it there (`Unit.form`).
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar

from funnelkit.words import language, say
from funnelkit.words.formats import (
    amount,
    currency_name,
    date,
    days,
    number,
    percent,
    rounded,
    signed,
    step_of,
)

#: What stands where there is no value.
NOTHING = "–"
Cell = float | dt.date | str | None


def plain(value: Any) -> Any:
    """Return a value as Python knows it: no numpy scalar; None for whatever is missing.

    Examples
    --------
    >>> import numpy as np
    >>> plain(np.int64(3)), plain(float("nan")), plain("2003")
    (3, None, '2003')
    """
    if value is None or isinstance(value, str | bool | int):
        return value
    if hasattr(value, "item") and not hasattr(value, "year"):
        value = value.item()
    if isinstance(value, dt.datetime):
        return value.date() if value == value else None
    try:
        return value if bool(value == value) else None
    except (TypeError, ValueError):  # pandas.NA says neither yes nor no
        return None


@dataclass(frozen=True, slots=True)
class Unit:
    """Words: names, ids, reasons. What a text begins with makes it no number."""

    numeric: ClassVar[bool] = False

    def write(self, value: Any) -> str:
        """Write a value that is there, in the current language."""
        if isinstance(value, bool):
            return say("show.is_true" if value else "show.is_false")
        return str(value)

    def cell(self, value: Any) -> Cell:
        """Return what a workbook's cell holds."""
        return self.write(value)

    def form(self) -> str:
        """Return the number format of a workbook, in the current language; "" for words."""
        return ""


@dataclass(frozen=True, slots=True)
class Date(Unit):
    """A calendar day."""

    def write(self, value: Any) -> str:
        """Write ``31 Dec 2026`` or ``2026年12月31日``."""
        return value if isinstance(value, str) else date(value)

    def cell(self, value: Any) -> Cell:
        """Return the day itself."""
        return value if isinstance(value, dt.date | str) else str(value)

    def form(self) -> str:
        """Show a day as a page does."""
        return 'yyyy"年"m"月"d"日"' if language() == "zh" else "d mmm yyyy"


@dataclass(frozen=True, slots=True)
class Number(Unit):
    """A number without a unit: a ratio, an index, a chance of error.

    Attributes
    ----------
    digits : int
        Decimals for people; a workbook holds the full value.
    signed : bool
        A plus stands before what is above 0.
    least : float
        What is smaller is written as ``<`` this.
    """

    numeric: ClassVar[bool] = True
    digits: int = 0
    signed: bool = False
    least: float = 0.0

    def write(self, value: Any) -> str:
        """Write a number with thousands separators."""
        if isinstance(value, str):
            return value
        if math.isinf(value):
            return "∞" if value > 0 else "-∞"
        if abs(value) < self.least:
            return f"<{self.least:g}"
        return self._sign(value, self._text(value))

    def _text(self, value: float) -> str:
        return number(value, self.digits)

    def _sign(self, value: float, text: str) -> str:
        return f"+{text}" if self.signed and value > 0 and text.strip("0.,%") else text

    def cell(self, value: Any) -> Cell:
        """Return the number in full; a text that stands in its place stays one."""
        return value if isinstance(value, str) else float(value)

    def form(self) -> str:
        """Show as many decimals as a page does."""
        return self._signed(self._decimals())

    def _decimals(self) -> str:
        return "#,##0" + ("." + "0" * self.digits if self.digits else "")

    def _signed(self, form: str) -> str:
        return f"+{form};-{form};{form}" if self.signed else form


@dataclass(frozen=True, slots=True)
class Rate(Number):
    """A share of 1, read in per cent."""

    digits: int = 1

    def _text(self, value: float) -> str:
        return percent(value, self.digits)

    def form(self) -> str:
        """Show per cent."""
        return self._signed("0" + ("." + "0" * self.digits if self.digits else "") + "%")


@dataclass(frozen=True, slots=True)
class Chance(Rate):
    """A chance that was drawn: what was not seen in the draws is not impossible."""

    digits: int = 0

    def _text(self, value: float) -> str:
        if value < 0.005:
            return say("show.under_one")
        return say("show.over_99") if value > 0.995 else percent(value)


@dataclass(frozen=True, slots=True)
class PercentagePoints(Number):
    """A difference of two shares, read in percentage points: 0.031 is +3.1 points."""

    digits: int = 1
    signed: bool = True
    worded: bool = True

    def write(self, value: Any) -> str:
        """Write points with their sign; the word where the heading does not have it."""
        if isinstance(value, str):
            return value
        text = (signed if self.signed else rounded)(100 * value, self.digits)
        return say("show.points", x=text) if self.worded else text

    def cell(self, value: Any) -> Cell:
        """Return the points."""
        return value if isinstance(value, str) else 100 * float(value)


@dataclass(frozen=True, slots=True)
class Days(Number):
    """A duration in days; ``worded`` where the heading does not name the unit."""

    digits: int = 1
    worded: bool = False

    def _text(self, value: float) -> str:
        return days(value, self.digits) if self.worded else number(value, self.digits)

    def form(self) -> str:
        """Show days, with their word where a page has it."""
        form = self._decimals()
        if not self.worded:
            return self._signed(form)
        if language() == "zh":
            return self._signed(f'{form}" 天"')
        many = f'{form}" days"'
        if self.signed:  # a format has room for two conditions: the signs have taken them
            return self._signed(many)
        half = 0.5 * 0.1**self.digits  # whatever is shown as 1
        return f'[>={1 + half:g}]{many};[>={1 - half:g}]{form}" day";{many}'


@dataclass(frozen=True, slots=True)
class Money(Number):
    """An amount: short for people, in full with its currency in a workbook.

    Attributes
    ----------
    currency : str
        Code of the currency; "" where it is not known.
    coded : bool
        The code stands before every number a page shows.
    whole : bool
        Written in full, for what has to add up to the cent.
    most : float
        The largest amount of a block that is written in one unit, which the heading names.
    """

    currency: str = ""
    coded: bool = False
    whole: bool = False
    most: float = 0.0

    def _text(self, value: float) -> str:
        if self.whole:
            return number(value, self.digits)
        if self.most:
            size, _, digits = step_of(self.most)
            text = rounded(abs(value) / size, digits)
            return text if value >= 0 or not text.strip("0.,") else f"−{text}"
        return amount(value, self.currency if self.coded else "")

    def fitted(self, values: Iterable[float], most: float = 0.0) -> Money:
        """Return the one unit that writes all these amounts, and none that is there as 0.

        Parameters
        ----------
        most : float
            The largest amount around them: its unit is tried first.

        Examples
        --------
        >>> unit = Money(currency="EUR").fitted([742_000, 0], most=1_500_000)
        >>> unit.head, unit.write(742_000), Money(currency="EUR").fitted([41_000, -287]).head
        ('EUR m', '0.74', 'EUR k')
        """
        there = [abs(v) for v in values if v and math.isfinite(v)]
        if not there or self.coded or self.whole or self.most:
            return self
        most = max(most, *there)
        while most > 1:
            size, _, digits = step_of(most)
            if size == 1 or min(there) / size >= 0.5 * 0.1**digits:
                break
            most /= 10
        return replace(self, most=most)

    @property
    def head(self) -> str:
        """What the amounts of a block are counted in: ``EUR m``, ``万欧元``."""
        name = currency_name(self.currency)
        unit = step_of(self.most)[1] if self.most else ""
        return f"{unit}{name}" if language() == "zh" else f"{name} {unit}".strip()

    def form(self) -> str:
        """Show the amount in full, after its currency."""
        return self._signed((f'"{self.currency} "' if self.currency else "") + self._decimals())


TEXT = Unit()
COUNT = Number()
RATE = Rate()
SHARE = Rate(0)
DAYS = Days()
DATE = Date()


@dataclass(frozen=True, slots=True)
class Quantity:
    """A value with a unit of its own, in a column whose rows are of different kinds."""

    value: Any
    unit: Unit

    def __str__(self) -> str:
        value = plain(self.value)
        return NOTHING if value is None else self.unit.write(value)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Attributes
    ----------
    label : str
        Its heading, in the reader's language.
    unit : Unit
        What its values are.
    name : str
        What the column is called in a frame; "" where it stands in none.
    pair : {"", "span", "n", "of"}
        A value is two numbers: one text for people, two columns in a workbook. ``span``: low and
        high; ``n``: a number and how many stand behind it; ``of``: the same, in a narrow column.
        A third member is a sign for people alone.
    """

    label: str
    unit: Unit = TEXT
    name: str = ""
    pair: str = ""

    @property
    def heading(self) -> str:
        """The label, with what its amounts are counted in."""
        unit = self.unit.head if isinstance(self.unit, Money) and not self.unit.coded else ""
        if unit in self.label:
            return self.label
        return say("show.heading", label=self.label, unit=unit)

    def write(self, value: Any) -> str:
        """Write a value for people.

        Examples
        --------
        >>> Column("Rate", RATE).write(0.2871), Column("95%", SHARE, "", "span").write((0.1, 0.2))
        ('28.7%', '10% – 20%')
        >>> Column("Went on", SHARE, "", "n").write((0.61, 45))
        '61% (n = 45)'
        """
        if isinstance(value, Quantity):
            return str(value)
        if not isinstance(value, tuple):
            return NOTHING if value is None else self.unit.write(value)
        first, second, *sign = value
        ends = [str(v if isinstance(v, Quantity) else Quantity(v, self.unit)) for v in value[:2]]
        if self.pair == "span":
            if first is None and second is None:
                return NOTHING
            return ends[0] if ends[0] == ends[1] else " – ".join(ends)
        if first is None:
            return NOTHING
        of = "n = " if self.pair == "n" else ""
        return f"{ends[0]} ({of}{COUNT.write(second)}){''.join(sign)}"

    def parts(self) -> tuple[Column, ...]:
        """Return the columns a workbook has for this one; it holds amounts in full."""
        if isinstance(self.unit, Money) and self.label == self.unit.head:
            return (replace(self, label=say("show.amount")),)
        if not self.pair:
            return (self,)
        single = replace(self, pair="")
        if self.pair == "span":
            return tuple(
                replace(single, label=say(f"show.{end}", label=self.label))
                for end in ("low", "high")
            )
        return single, Column(say("show.n", label=self.label), COUNT)


def columns(prefix: str, /, **units: Unit | tuple[Unit, str]) -> tuple[Column, ...]:
    """Return columns whose headings are the texts ``<prefix><name>``.

    Parameters
    ----------
    **units
        By name, what a column is; a tuple adds what kind of pair its values are.

    Examples
    --------
    >>> [c.label for c in columns("report.col_", stage=TEXT, deals=COUNT, interval=(RATE, "span"))]
    ['Stage', 'Deals', '95% interval']
    """
    found = []
    for name, given in units.items():
        unit, pair = given if isinstance(given, tuple) else (given, "")
        found.append(Column(say(f"{prefix}{name}"), unit, name, pair))
    return tuple(found)


_UNITS: dict[str, type[Unit]] = {
    kind.__name__.lower(): kind
    for kind in (Unit, Date, Number, Rate, Chance, PercentagePoints, Days, Money)
}


def unit_to_json(unit: Unit) -> dict[str, Any]:
    """Return a unit as plain values."""
    return {"kind": type(unit).__name__.lower(), **asdict(unit)}


def unit_from_json(found: dict[str, Any]) -> Unit:
    """Read back what `unit_to_json` gave."""
    return _UNITS[found["kind"]](**{k: v for k, v in found.items() if k != "kind"})
