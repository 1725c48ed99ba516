"""What every planning result has in common: its room of texts, its scope, its checks."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from funnelkit.errors import FunnelkitError, nearest
from funnelkit.measures.result import Result
from funnelkit.measures.scope import Scope
from funnelkit.show.column import Money
from funnelkit.words import money, say

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from funnelkit.charts import Chart

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Assumed(Scope):
    """No pipeline stands behind the number: it follows from the figures that were given."""

    def __str__(self) -> str:
        return say("targets.assumed")


#: The group that stands for all of them.
TOTAL = "total"

#: The scope of a result that was worked out from given figures.
ASSUMED = Assumed(0, (), dt.datetime.min)


@dataclass(frozen=True, eq=False, repr=False)
class Plan(Result):
    """A planning result: a measure's answer with the texts of this room."""

    room: ClassVar[str] = "targets"

    def name_value(self, column: str, value: str) -> str:
        """Name a coded value; the group of all is the total."""
        if column in self.by and value == TOTAL:
            return say("targets.total")
        return super().name_value(column, value)


def draw_steps(result: Plan, ax: Axes | None, steps: Sequence[tuple[Any, ...]]) -> Chart:
    """Draw amounts that add up: label, value, ``total`` or ``change``, colour where it has one."""
    from funnelkit.charts.waterfall import waterfall

    columns = ["label", "value", "kind", "colour"]
    return waterfall(
        pd.DataFrame([(*step, "")[:4] for step in steps], columns=columns),
        heading=say("targets.column_amount"),
        write=money,
        unit=Money(currency=result.scope.currency),
        **result._around(ax),
    )


def positive(name: str, value: float) -> float:
    """Return a finite number above 0, or refuse it."""
    number_ = _finite(name, value)
    if number_ <= 0:
        raise FunnelkitError("targets.not_positive", name=name, found=f"{number_:g}")
    return number_


def not_negative(name: str, value: float) -> float:
    """Return a finite number of 0 or more, or refuse it."""
    number_ = _finite(name, value)
    if number_ < 0:
        raise FunnelkitError("targets.negative", name=name, found=f"{number_:g}")
    return number_


def rate(name: str, value: float) -> float:
    """Return a rate above 0 and up to 1; 40 is not 40%."""
    number_ = _finite(name, value)
    if not 0 < number_ <= 1:
        key = "targets.percent_rate" if 1 < number_ <= 100 else "targets.impossible_rate"
        raise FunnelkitError(key, name=name, found=f"{number_:g}", allowed=f"{number_ / 100:g}")
    return number_


def _finite(name: str, value: float) -> float:
    try:
        number_ = float(value)
    except (TypeError, ValueError):
        raise FunnelkitError("targets.not_a_number", name=name, found=str(value)) from None
    if not math.isfinite(number_):
        raise FunnelkitError("targets.not_a_number", name=name, found=str(value))
    return number_


def shares(name: str, weights: Mapping[Any, float]) -> dict[Any, float]:
    """Return weights as shares that sum to 1; refuse negative ones and a sum of 0.

    Examples
    --------
    >>> shares("region", {"East": 3, "West": 1})
    {'East': 0.75, 'West': 0.25}
    """
    values = {k: not_negative(f"{name} {k}", v) for k, v in weights.items()}
    total = math.fsum(values.values())
    if not total > 0:
        raise FunnelkitError("targets.no_weight", name=name)
    return {k: v / total for k, v in values.items()}


def same_keys(name: str, found: Mapping[Any, Any], wanted: Mapping[Any, Any]) -> None:
    """Refuse two sets of names that differ, saying which one is missing or unknown."""
    for key in found:
        if key not in wanted:
            raise FunnelkitError(
                "targets.unknown_part", name=name, found=str(key), allowed=nearest(key, wanted)
            )
    missing = [str(k) for k in wanted if k not in found]
    if missing:
        raise FunnelkitError("targets.missing_part", name=name, missing=missing)


def round_up(value: float) -> int:
    """Round up to a whole number; what is whole but for a rounding error stays.

    Examples
    --------
    >>> round_up(2272.7), round_up(150.00000000001)
    (2273, 150)
    """
    return math.ceil(value - 1e-9 * max(1.0, abs(value)))


def months_between(since: dt.date, until: dt.date) -> list[str]:
    """Return the calendar months that [since, until) touches, as ``YYYY-MM``.

    Examples
    --------
    >>> months_between(dt.date(2026, 11, 15), dt.date(2027, 1, 1))
    ['2026-11', '2026-12']
    """
    months, at = [], since.year * 12 + since.month - 1
    last = until - dt.timedelta(days=1) if not isinstance(until, dt.datetime) else until
    if isinstance(until, dt.datetime):
        last = until - dt.timedelta(microseconds=1)
    while at <= last.year * 12 + last.month - 1:
        months.append(f"{at // 12:04d}-{at % 12 + 1:02d}")
        at += 1
    return months


__all__ = [
    "ASSUMED", "TOTAL", "Assumed", "FloatArray", "Plan", "draw_steps", "months_between",
    "not_negative", "positive", "rate", "round_up", "same_keys", "shares",
]  # fmt: skip
