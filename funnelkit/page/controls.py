"""The controls of a what-if: what may be changed, from where to where, and how it is written.

A control knows its name in the state, its label and help, and how its value stands in the
address of a page. It knows no widget: ``page.whatif`` shows it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from funnelkit.words import count, days, money, number, percent
from funnelkit.words.formats import in_unit

_WRITTEN: dict[str, Callable[[float], str]] = {
    "share": percent,
    "count": count,
    "money": money,
    "days": days,
    "number": lambda v: number(v, 0 if v == int(v) else 2),
}


@dataclass(frozen=True)
class Slider:
    """A number between two ends; ``form`` is how it is written: share, count, money, days, number.

    Examples
    --------
    >>> rate = Slider("rate", "Won of offers", 0, 1, 0.05, 0.4)
    >>> rate.shown(0.45), rate.text(0.45), rate.read("0.5")
    ('45%', '0.45', 0.5)
    """

    name: str
    label: str
    low: float
    high: float
    step: float
    start: float
    form: str = "share"
    help: str = ""

    @property
    def stops(self) -> tuple[float, ...]:
        """Every value the slider can stand at."""
        n = math.floor((self.high - self.low) / self.step + 1e-9) + 1
        return tuple(float(f"{self.low + k * self.step:.10g}") for k in range(n))

    def shown(self, value: Any) -> str:
        """Write a value as a person reads it."""
        return _WRITTEN[self.form](value)

    def text(self, value: Any) -> str:
        """Write a value for an address."""
        return f"{float(value):.10g}"

    def read(self, text: str) -> float:
        """Read a value of an address."""
        value = float(text)
        if not (math.isfinite(value) and self.low <= value <= self.high):
            raise ValueError(text)
        return value


def amount_slider(
    name: str, label: str, unit: str, low: float, high: float, step: float, start: float
) -> Slider:
    """Return a slider of an amount counted in a unit, or in 万 where that is how people count.

    Examples
    --------
    >>> amount_slider("target", "Target, in million", "million", 10, 120, 5, 60).shown(60)
    '60'
    """
    low, high, step, start = (in_unit(x, unit) for x in (low, high, step, start))
    return Slider(name, label, low, high, step, start, "count" if step >= 1 else "number")


@dataclass(frozen=True)
class Choice:
    """One of several; ``options`` are pairs of value and label.

    Examples
    --------
    >>> region = Choice("region", "Region", (("", "all"), ("East", "East")), "")
    >>> region.shown(""), region.read("East")
    ('all', 'East')
    """

    name: str
    label: str
    options: tuple[tuple[str, str], ...]
    start: str
    help: str = ""

    def shown(self, value: Any) -> str:
        """Write a value as a person reads it."""
        return dict(self.options)[value]

    def text(self, value: Any) -> str:
        """Write a value for an address."""
        return str(value)

    def read(self, text: str) -> str:
        """Read a value of an address."""
        if text not in dict(self.options):
            raise ValueError(text)
        return text


@dataclass(frozen=True)
class Several:
    """Any number of several; the state holds a tuple of values in the order of ``options``.

    Examples
    --------
    >>> off = Several("off", "Leave out", (("D1", "Deal 1"), ("D2", "Deal 2")))
    >>> off.text(("D2", "D1")), off.read("D2~D1")
    ('D2~D1', ('D1', 'D2'))
    """

    name: str
    label: str
    options: tuple[tuple[str, str], ...]
    start: tuple[str, ...] = ()
    help: str = ""

    def shown(self, value: Any) -> str:
        """Write a value as a person reads it."""
        labels = dict(self.options)
        return ", ".join(labels[v] for v in value) or "–"

    def text(self, value: Any) -> str:
        """Write a value for an address."""
        return "~".join(v.replace("%", "%25").replace("~", "%7E") for v in value)

    def read(self, text: str) -> tuple[str, ...]:
        """Read a value of an address."""
        found = {v.replace("%7E", "~").replace("%25", "%") for v in text.split("~") if v}
        if not found <= set(dict(self.options)):
            raise ValueError(text)
        return tuple(v for v, _ in self.options if v in found)


@dataclass(frozen=True)
class Switch:
    """Yes or no.

    Examples
    --------
    >>> Switch("season", "With season", True).read("0")
    False
    """

    name: str
    label: str
    start: bool
    help: str = ""

    def shown(self, value: Any) -> str:
        """Write a value as a person reads it."""
        return "✓" if value else "–"

    def text(self, value: Any) -> str:
        """Write a value for an address."""
        return "1" if value else "0"

    def read(self, text: str) -> bool:
        """Read a value of an address."""
        if text not in {"0", "1"}:
            raise ValueError(text)
        return text == "1"


@dataclass(frozen=True)
class Steps:
    """A sequence of numbers that grows, one decision after the other; the state holds a tuple.

    Examples
    --------
    >>> hours = Steps("hours", "Hours", 0, 100, most=24)
    >>> hours.text((50, 20.0)), hours.read("50~20"), hours.shown((50, 20))
    ('50~20', (50.0, 20.0), '50, 20')
    """

    name: str
    label: str
    low: float
    high: float
    most: int
    start: tuple[float, ...] = ()
    form: str = "number"
    help: str = ""

    def shown(self, value: Any) -> str:
        """Write a value as a person reads it."""
        return ", ".join(_WRITTEN[self.form](v) for v in value) or "–"

    def text(self, value: Any) -> str:
        """Write a value for an address."""
        return "~".join(f"{float(v):.10g}" for v in value)

    def read(self, text: str) -> tuple[float, ...]:
        """Read a value of an address."""
        found = tuple(float(v) for v in text.split("~") if v)
        if len(found) > self.most or not all(self.low <= v <= self.high for v in found):
            raise ValueError(text)
        return found


#: One thing that can be changed. Each writes a value for a person (``shown``) and for an address
#: (``text``), and reads it from there (``read``, which raises ValueError at what it cannot take).
Control = Slider | Choice | Several | Switch | Steps
#: The value of every control, by name.
State = Mapping[str, Any]


def start_of(controls: Iterable[Control]) -> dict[str, Any]:
    """Return the state a page opens with."""
    return {c.name: c.start for c in controls}


def address_of(controls: Iterable[Control], state: State) -> str:
    """Return what differs from the start as the query part of an address.

    Examples
    --------
    >>> rate = Slider("rate", "Won of offers", 0, 1, 0.05, 0.4)
    >>> address_of([rate], {"rate": 0.5}), address_of([rate], {"rate": 0.4})
    ('rate=0.5', '')
    """
    written = [(c.name, c.text(state[c.name]), c.text(c.start)) for c in controls]
    return urlencode([(name, text) for name, text, start in written if text != start])


def state_of(controls: Iterable[Control], query: str) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the state an address asks for, and what in it no control can take.

    Names of no control are left to others (a token, a data set); a value that cannot be taken
    leaves the control at its start.

    Examples
    --------
    >>> rate = Slider("rate", "Won of offers", 0, 1, 0.05, 0.4)
    >>> state_of([rate], "rate=7&token=x")
    ({'rate': 0.4}, {'rate': '7'})
    """
    asked = dict(parse_qsl(query, keep_blank_values=True))
    state, refused = {}, {}
    for control in controls:
        state[control.name] = control.start
        if control.name in asked:
            try:
                state[control.name] = control.read(asked[control.name])
            except ValueError:
                refused[control.name] = asked[control.name]
    return state, refused
