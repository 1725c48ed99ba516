"""Days as people write them, and the kind of answer that is made of days."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from funnelkit.teach.exercise import Case, NotOfKind, Verdict
from funnelkit.teach.kinds.numbers import Series

_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_NAME = rf"(?P<name>{'|'.join(_MONTHS)})[a-z]*\.?"
_FORMS = tuple(
    re.compile(form, re.I)
    for form in (
        r"(?P<y>\d{4})\s*[-/.年]\s*(?P<m>\d{1,2})\s*[-/.月]\s*(?P<d>\d{1,2})",
        rf"\b(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\W+(?:of\s+)?{_NAME}\W+(?P<y>\d{{4}})",
        rf"\b{_NAME}\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\W+(?P<y>\d{{4}})",
        r"\b(?P<d>\d{1,2})\s*[./]\s*(?P<m>\d{1,2})\s*[./]\s*(?P<y>\d{4})",
    )
)
_SLASHED = re.compile(r"\b(\d{1,2})/(\d{1,2})/\d{4}")


def day_in(value: Any) -> dt.date | None:
    """Return the day a text holds, or None.

    Examples
    --------
    >>> day_in("2026-12-11") == day_in("11 December 2026") == day_in("11.12.2026")
    True
    """
    if isinstance(value, dt.date | pd.Timestamp):
        return dt.date(value.year, value.month, value.day)
    for form in _FORMS:
        found = form.search(str(value))
        if found is None:
            continue
        parts = found.groupdict()
        month = _MONTHS.index(parts["name"][:3].lower()) + 1 if "name" in parts else int(parts["m"])
        day = int(parts["d"])
        if month > 12 >= day and _SLASHED.search(str(value)):  # 06/30/2027, as in America
            month, day = day, month
        try:
            return dt.date(int(parts["y"]), month, day)
        except ValueError:
            return None
    return None


def as_day(value: Any) -> float:
    """Return a day as a number; raise :class:`NotOfKind` where there is none, or two."""
    day = day_in(value)
    if day is None:
        raise NotOfKind("type_day")
    slashed = _SLASHED.search(str(value))
    if slashed and slashed[1] != slashed[2] and max(map(int, slashed.groups())) <= 12:
        raise NotOfKind("type_day_twice", found=str(value))
    return float(day.toordinal())


@dataclass(frozen=True)
class Dates(Series):
    """A date for each label, such as ``2026-12-11``."""

    def read(self, answer: Any, case: Case) -> tuple[float, ...]:
        """Read the dates as day numbers."""
        if isinstance(answer, str):
            answer = [
                a for a in re.split(r"[;；\n]+|(?<=\d)[,，\s]+(?=\d{4}-)", answer) if a.strip()
            ]
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
