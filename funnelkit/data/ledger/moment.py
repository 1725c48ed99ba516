"""When an export was taken: told, or in the file's own name; never guessed."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

from funnelkit.data.pipeline import Pipeline, end_of
from funnelkit.errors import FunnelkitError

# 2026-03-02, 20260302, 2026_03_02, 2026年3月2日; then perhaps a time: T0915, _09-15-30
_DAY = re.compile(
    r"(?<!\d)(20\d\d)(?:([-_.]?)(\d\d)\2(\d\d)|年(\d{1,2})月(\d{1,2})日?)"
    r"(?:[T_ -]+([01]\d|2[0-3])[-_:.h]?([0-5]\d)(?:[-_:.]?([0-5]\d))?)?(?!\d)"
)


def moment_of(source: Any, told: dt.date | dt.datetime | str | None) -> dt.datetime:
    """Return the moment an export shows.

    A day means its end, as everywhere in the kit; a full timestamp is taken as it stands.

    Raises
    ------
    FunnelkitError
        Neither told nor in the file's name.

    Examples
    --------
    >>> moment_of("deals-2026-03-02T0915.csv", None)
    datetime.datetime(2026, 3, 2, 9, 15)
    >>> moment_of("商机2026年3月2日.xlsx", None).date()
    datetime.date(2026, 3, 2)
    """
    if told is not None:
        return end_of(told)
    if isinstance(source, Pipeline):
        return source.as_of
    if isinstance(source, str | Path):
        path = Path(source)
        named = in_name(path.name)
        if named is not None:
            return named
        if path.exists():
            changed = dt.date.fromtimestamp(path.stat().st_mtime)
            raise FunnelkitError("ledger.no_date", file=path.name, changed=str(changed))
    raise FunnelkitError("ledger.no_date_frame")


def in_name(name: str) -> dt.datetime | None:
    """Return the date a file's name holds, when it holds exactly one that exists."""
    found = set()
    for year, _, month, day, zh_month, zh_day, hour, minute, second in _DAY.findall(name):
        try:
            date = dt.date(int(year), int(month or zh_month), int(day or zh_day))
        except ValueError:
            continue
        if hour:
            time = dt.time(int(hour), int(minute), int(second or 0))
            found.add(dt.datetime.combine(date, time))
        else:
            found.add(end_of(date))
    return found.pop() if len(found) == 1 else None
