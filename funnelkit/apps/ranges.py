"""Controls with their texts, and what the data let them choose from: steps, columns, periods."""

from __future__ import annotations

import math
from collections.abc import Iterable

import pandas as pd

from funnelkit.data.pipeline import Pipeline
from funnelkit.page.controls import Choice, Slider
from funnelkit.words import say

#: The columns people cut a pipeline by, the most asked for first.
CUTS = ("region", "source", "product", "industry", "size", "type", "owner")

Span = tuple[pd.Timestamp, pd.Timestamp]


def slider(
    app: str, name: str, low: float, high: float, step: float, start: float, form: str,
    tier: str = "",
) -> Slider:  # fmt: skip
    """Make a slider with the texts ``app_<app>.<name>`` and ``<name>_help``, or one of a tier."""
    label, about = say(f"app_{app}.{name}", tier=tier), say(f"app_{app}.{name}_help", tier=tier)
    return Slider(f"{name}{tier}", label, low, high, step, start, form, about)


def choice(app: str, name: str, options: Iterable[tuple[str, str]], start: str = "") -> Choice:
    """Make a choice with the texts ``app_<app>.<name>`` and ``<name>_help``; the first to start."""
    found = tuple(options)
    label, about = say(f"app_{app}.{name}"), say(f"app_{app}.{name}_help")
    known = dict(found)
    return Choice(name, label, found, start if start in known else found[0][0], about)


def round_step(size: float) -> float:
    """Return 1, 2 or 5 times a power of ten, the next one from a size upwards.

    Examples
    --------
    >>> [round_step(v) for v in (3, 12, 50, 51, 0.3)]
    [5.0, 20.0, 50.0, 100.0, 0.5]
    """
    power = 10.0 ** math.floor(math.log10(max(size, 1e-9)))
    return next(k * power for k in (1, 2, 5, 10) if k * power >= size * 0.999)


def cuts(p: Pipeline, names: Iterable[str] = CUTS, most: int = 12) -> list[str]:
    """Return the columns that part the deals into 2 to ``most`` groups."""
    there = [c for c in names if c in p.attributes and p.has(c)]
    return [c for c in there if 2 <= int(p.deals[c].nunique().execute()) <= most]


def last_and_before(p: Pipeline, months: int) -> tuple[Span, Span]:
    """Return as many months before the last ones, and the last ones up to the day of the data."""
    end = pd.Timestamp(p.as_of).normalize() + pd.Timedelta(days=1)
    start, middle = (end - pd.DateOffset(months=k * months) for k in (2, 1))
    return (start, middle), (middle, end)


def whole_months(p: Pipeline, lengths: Iterable[int]) -> list[int]:
    """Return the lengths for which the data reach back two times."""
    first = pd.Timestamp(p.deals.created_at.min().execute()).normalize()
    return [m for m in lengths if last_and_before(p, m)[0][0] >= first]
