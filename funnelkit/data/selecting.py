"""A part of a pipeline by what its deals are: values, ranges of numbers, spans of days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

import ibis
import ibis.expr.types as ir

from funnelkit.errors import FunnelkitError, nearest

#: How deals without a value are called when they are grouped or selected by it.
NO_GROUP = "(none)"
#: What stands between the two ends of a range.
_TO = ".."
#: Columns of every deal that are measured, not named: they are selected by ranges.
MEASURED = ("amount", "created_at", "closed_at", "expected_close")


def column_of(name: Any, known: Iterable[str], headers: Mapping[str, str]) -> str:
    """Return the column that is meant: by its own name, or as the file heads it.

    Raises
    ------
    FunnelkitError
        There is none: the nearest are named.

    Examples
    --------
    >>> column_of("Sales area", ["owner", "region"], {"Sales area": "region"})
    'region'
    """
    known = list(known)
    if name in known:
        return str(name)
    if not isinstance(name, str):
        raise FunnelkitError("pipeline.no_column_name", found=repr(name), allowed=known)
    told = {c.casefold(): c for c in known}
    told |= {head.casefold(): c for head, c in headers.items() if c in known}
    if name.strip().casefold() in told:
        return told[name.strip().casefold()]
    raise FunnelkitError("pipeline.unknown_column", found=name, allowed=nearest(name, known))


def selected(deals: ir.Table, column: str, value: Any) -> ir.BooleanValue:
    """Return which deals have a value, one of several, or lie in a range."""
    kind = deals.schema()[column]
    values = list(value) if isinstance(value, list | tuple | set) else [value]
    ends = [v for v in values if isinstance(v, str) and _TO in v]
    measured = kind.is_numeric() or kind.is_temporal()
    if column in MEASURED or (measured and ends):
        return ibis.or_(*(_ranged(deals[column], column, v) for v in values))
    return _named(deals, column, values)


def _named(deals: ir.Table, column: str, values: list[Any]) -> ir.BooleanValue:
    """Return which deals have one of these values; None or "(none)" are those without."""
    found = deals.select(column).distinct().to_pandas()[column]
    known: dict[str, Any] = {str(v): v for v in sorted(found.dropna())}
    if found.isna().any():
        known.setdefault(NO_GROUP, None)
    chosen = [NO_GROUP if v is None else str(v) for v in values]
    for v in chosen:
        if v not in known:
            raise FunnelkitError(
                "pipeline.unknown_value", found=v, column=column, allowed=nearest(v, known)
            )
    kept = deals[column].isin([known[v] for v in chosen if known[v] is not None])
    if any(known[v] is None for v in chosen):
        kept = kept.fill_null(False) | deals[column].isnull()
    return kept


def _ranged(values: Any, column: str, value: Any) -> ir.BooleanValue:
    """Return what lies from one end to the other, both counted; one end may be open."""
    if value is None or value == NO_GROUP:
        found: ir.BooleanValue = values.isnull()
        return found
    text = value.strip() if isinstance(value, str) else value
    low, high = map(str.strip, text.split(_TO, 1)) if _between(text) else (text, text)
    days = values.type().is_temporal()
    first, last = (_end(end, column, days, late) for end, late in ((low, False), (high, True)))
    if first is None and last is None:
        raise FunnelkitError("pipeline.bad_range", column=column, found=str(value))
    if first is not None and last is not None and first > last:
        raise FunnelkitError("pipeline.bad_range", column=column, found=str(value))
    kept = values.notnull()
    kept = kept if first is None else kept & (values >= first)
    return kept if last is None else kept & (values <= last)


def _between(text: Any) -> bool:
    return isinstance(text, str) and _TO in text


def _end(text: Any, column: str, days: bool, late: bool) -> Any:
    """Read one end of a range; a day means all of it."""
    if text == "":
        return None
    if days:
        found: dt.datetime = (end_of if late else start_of)(text)
        return found
    try:
        return float(text)
    except (TypeError, ValueError):
        raise FunnelkitError("pipeline.bad_range", column=column, found=str(text)) from None


def end_of(date: dt.date | dt.datetime | str) -> dt.datetime:
    """Return the last microsecond of a day, or a timestamp as it stands."""
    if isinstance(date, str):
        try:
            parsed = dt.datetime.fromisoformat(date)
        except ValueError:
            raise FunnelkitError("pipeline.bad_date", found=date) from None
        whole_day = len(date) <= len("2026-12-31")
        date = parsed.date() if whole_day else parsed
    if isinstance(date, dt.datetime):
        return date
    if not isinstance(date, dt.date):
        raise FunnelkitError("pipeline.bad_date", found=date)
    return dt.datetime.combine(date, dt.time.max)


def start_of(date: dt.date | dt.datetime | str) -> dt.datetime:
    """Return the first moment of a day, or a timestamp as it stands."""
    if isinstance(date, str):
        try:
            return dt.datetime.fromisoformat(date)
        except ValueError:
            raise FunnelkitError("pipeline.bad_date", found=date) from None
    if isinstance(date, dt.datetime):
        return date
    if not isinstance(date, dt.date):
        raise FunnelkitError("pipeline.bad_date", found=date)
    return dt.datetime.combine(date, dt.time.min)


__all__ = ["MEASURED", "NO_GROUP", "column_of", "end_of", "selected", "start_of"]
