"""Cells as programs write them, read at once in Arrow; whatever else there is, is left over.

What is read here means the same whatever else stands in the column.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_MOMENT = pa.timestamp("us")
#: Within living memory no date stands for "never".
_SINCE, _UNTIL = dt.datetime(1971, 1, 1), dt.datetime(2050, 1, 1)
_CLOCK = r"^.{10}([ T]([01]\d|2[0-3]):[0-5]\d:[0-5]\d)?$"
_AMOUNT = r"^-?\d{1,15}(\.\d{1,2})?$"


@dataclass
class PlainDates:
    """ISO dates of a column; ``left`` holds the texts of all other cells."""

    values: pa.ChunkedArray
    left: pa.ChunkedArray
    n: int
    times: int  # of the ``n`` values, those with a time
    whole_days: bool

    @property
    def formats(self) -> tuple[str, ...]:
        """The ways they are written, the commonest first."""
        shapes = {"yyyy-mm-dd": self.n - self.times, "yyyy-mm-dd hh:mm": self.times}
        return tuple(s for s in sorted(shapes, key=lambda s: -shapes[s]) if shapes[s])


def plain_dates(texts: pa.ChunkedArray, ahead: dt.timedelta) -> PlainDates:
    """Read ``2026-01-05`` and ``2026-01-05 08:00:00``; ``ahead`` is added to those with a time.

    Examples
    --------
    >>> column = pa.chunked_array([["2026-01-05", "soon"]])
    >>> read = plain_dates(column, dt.timedelta())
    >>> read.values.to_pylist(), read.left.to_pylist()
    ([datetime.datetime(2026, 1, 5, 0, 0), None], [None, 'soon'])
    """
    size = pc.binary_length(texts)
    timed = pc.equal(size, 19)
    mine = pc.or_(timed, pc.equal(size, 10))
    values = _moments(texts, mine)
    living = pc.and_(pc.greater_equal(values, _SINCE), pc.less(values, _UNTIL))
    if not pc.all(living).as_py():
        values = pc.if_else(living, values, pa.scalar(None, _MOMENT))
    timed = pc.and_(timed, pc.is_valid(values))
    if ahead:
        values = pc.if_else(timed, pc.add(values, pa.scalar(ahead)), values)
    n = len(values) - values.null_count
    left = pa.chunked_array([pa.nulls(len(texts), pa.string())])
    if n + texts.null_count < len(texts):
        left = pc.if_else(pc.is_null(values), texts, pa.scalar(None, pa.string()))
    whole = bool((pc.drop_null(values).cast(pa.int64()).to_numpy() % 86_400_000_000 == 0).all())
    return PlainDates(values, left, n, int(pc.sum(timed).as_py() or 0), whole)


def _moments(texts: pa.ChunkedArray, mine: pa.ChunkedArray) -> pa.ChunkedArray:
    nothing = pa.scalar(None, pa.string())
    try:
        return pc.if_else(mine, texts, nothing).cast(_MOMENT)
    except pa.ArrowInvalid:
        pass
    # something of that length is no such date: days are few, and each is tried by itself
    mine = pc.and_(mine, pc.match_substring_regex(texts, _CLOCK))
    days = pc.utf8_slice_codeunits(texts, 0, 10).combine_chunks().dictionary_encode()
    good = np.array([*map(_is_day, days.dictionary.to_pylist()), False])
    known = good[days.indices.fill_null(len(good) - 1).to_numpy()]
    return pc.if_else(pc.and_(mine, pa.array(known)), texts, nothing).cast(_MOMENT)


def _is_day(text: str) -> bool:
    try:
        return text[4:5] == "-" and bool(dt.date.fromisoformat(text))
    except ValueError:
        return False


def plain_amounts(texts: pa.ChunkedArray) -> pa.ChunkedArray | None:
    """Read a column of amounts with a decimal point before at most two digits, or none of it.

    Three digits behind a point may be thousands: the whole column is looked at to tell.
    """
    if not pc.all(pc.match_substring_regex(texts, _AMOUNT), min_count=0).as_py():
        return None
    return texts.cast(pa.float64())
