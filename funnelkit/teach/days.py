"""Days as people write them, and the kind of answer that is made of days."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from funnelkit.teach.kinds import NotOfKind, Series, Verdict

if TYPE_CHECKING:
    from funnelkit.teach.exercise import Case


def day_in(value: Any) -> dt.date | None:
    """Return the day a text holds, or None.

    Examples
    --------
    >>> day_in("2026-12-11")
    datetime.date(2026, 12, 11)
    """
    if isinstance(value, dt.date | pd.Timestamp):
        return dt.date(value.year, value.month, value.day)
    found = re.search(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})", str(value))
    try:
        return dt.date(*map(int, found.groups())) if found else None
    except ValueError:
        return None


def as_day(value: Any) -> float:
    """Return a day as a number; raise :class:`NotOfKind` where there is none."""
    day = day_in(value)
    if day is None:
        raise NotOfKind("type_other")
    return float(day.toordinal())


@dataclass(frozen=True)
class Dates(Series):
    """A date for each label, such as ``2026-12-11``."""

    def read(self, answer: Any, case: Case) -> tuple[float, ...]:
        """Read the dates as day numbers."""
        if isinstance(answer, str):
            answer = [a for a in re.split(r"[;；,，\s]+", answer.strip()) if a]
        if isinstance(answer, Mapping):
            answer = {k: as_day(v) for k, v in answer.items() if not self.empty(v)}
        elif isinstance(answer, list | tuple):
            answer = [as_day(v) for v in answer]
        return super().read(answer, case)

    def _one(self, answer: Any, right: Any) -> Verdict:
        day = right if isinstance(right, float) else as_day(right)
        return "right" if abs(answer - day) <= self.within else "wrong"

    def _shown(self, value: Any) -> str:
        from funnelkit.words import date

        return date(dt.date.fromordinal(int(as_day(value))))
