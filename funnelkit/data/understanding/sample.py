"""Rows of a sheet to judge its columns by: all of a small one, spread ones of a large one."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import ibis.expr.types as ir

from funnelkit.data.cells.amounts import parse_amounts
from funnelkit.data.cells.dates import MISSING, parse_dates
from funnelkit.data.cells.kinds import NO, YES
from funnelkit.data.inner import ROW
from funnelkit.data.opening.files import Sheet

#: Looked at row by row; what has to hold of every row is asked of the whole table.
MOST = 4000
#: Of a table in somebody else's database all columns at once: the rows stay where they are.
MOST_AFAR = 25
_NUMBER = r"\s*[-+]?\d+(\.\d+)?\s*%?\s*"


@dataclass
class Column:
    """The cells of one column, None where there is nothing."""

    name: str
    cells: Sequence[Any]
    kind: str | None = None  # what a typed table says it is: date, number or flag

    @cached_property
    def filled(self) -> list[int]:
        """Places with a value."""
        return [i for i, c in enumerate(self.cells) if c is not None]

    @cached_property
    def values(self) -> list[Any]:
        """Distinct values in the order they come."""
        return list(dict.fromkeys(self.cells[i] for i in self.filled))

    @cached_property
    def texts(self) -> list[str]:
        """Distinct values as texts."""
        return [str(v) for v in self.values]

    @property
    def unique(self) -> bool:
        """Whether no value comes twice and no row is without."""
        return len(self.values) == len(self.cells)

    @cached_property
    def moments(self) -> list[dt.datetime | None] | None:
        """The cells as times, or None where the column holds no dates."""
        if not self.values or self.kind in ("number", "flag"):
            return None
        if self.kind == "date":
            return [_naive(c) for c in self.cells]
        if not _mostly_dates(self.texts[:40]) or not _mostly_dates(self.texts):
            return None
        read = parse_dates(self.texts)
        at = dict(zip(self.values, read.values, strict=True))
        return [None if c is None else at[c] for c in self.cells]

    @cached_property
    def plain_numbers(self) -> bool:
        """Whether every value is a bare number."""
        if self.kind is not None:
            return self.kind == "number"
        return bool(self.texts) and all(re.fullmatch(_NUMBER, t) for t in self.texts)

    @cached_property
    def amounts(self) -> bool:
        """Whether the column holds amounts."""
        if not self.values or self.kind in ("date", "flag"):
            return False
        if self.kind == "number":
            return True
        return len(parse_amounts(self.texts).problems) <= 0.3 * len(self.texts)

    @cached_property
    def flags(self) -> bool:
        """Whether every value is a yes or a no."""
        if not self.values:
            return False
        return self.kind == "flag" or {t.strip().lower() for t in self.texts} <= YES | NO


class Sample:
    """The cells of a sheet's columns, fetched once each."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self._columns: dict[str, Column] = {}
        self._unique: dict[str, bool] = {}
        self.rows = int(sheet.arrow.num_rows) if sheet.arrow is not None else 0

    def fetch(self, names: Sequence[str]) -> None:
        """Fetch several columns in one go."""
        wanted = [n for n in dict.fromkeys(names) if n not in self._columns]
        if not wanted:
            return
        arrow = self.sheet.arrow
        if arrow is not None:
            step = max(1, -(-arrow.num_rows // MOST))
            rows = arrow.select(wanted)
            rows = rows.take(list(range(0, arrow.num_rows, step))) if step > 1 else rows
        else:
            table: ir.Table = self.sheet.table
            here = table.get_backend().name == "duckdb"
            if ROW in table.columns and here:
                if not self.rows:
                    self.rows = int(table.count().execute())
                step = max(1, -(-self.rows // MOST))
                if step > 1:
                    table = table.filter(table[ROW] % step == 0)
                table = table.order_by(ROW)
            if not here:
                wanted = [n for n in table.columns if n not in self._columns]
                self.rows = int(table.count().execute())
            rows = table.select(*wanted).limit(MOST if here else MOST_AFAR).to_pyarrow()
            self.rows = self.rows or rows.num_rows
        for name in wanted:
            cells = [_cell(v) for v in rows[name].to_pylist()]
            self._columns[name] = Column(name, cells, self._kind(name))

    def __getitem__(self, name: str) -> Column:
        self.fetch([name])
        return self._columns[name]

    def _kind(self, name: str) -> str | None:
        if self.sheet.arrow is not None and self.sheet.text:
            return None
        own = self.sheet.table[name].type()
        if own.is_date() or own.is_timestamp():
            return "date"
        if own.is_boolean():
            return "flag"
        return "number" if own.is_numeric() else None

    def unique(self, name: str) -> bool:
        """Whether a column of the whole sheet names every row, each by a name of its own."""
        if not self[name].unique:
            return False
        if name not in self._unique:
            column = self.sheet.table[name]
            seen = self.sheet.table.aggregate(n=column.count(), ids=column.nunique())
            row = seen.to_pyarrow().to_pylist()[0]
            self._unique[name] = bool(row["n"] == row["ids"])
        return self._unique[name]

    @property
    def whole(self) -> bool:
        """Whether every row is looked at."""
        return all(len(c.cells) == self.rows for c in self._columns.values())


def _mostly_dates(texts: Sequence[str]) -> bool:
    read = parse_dates(texts)
    good = sum(v is not None for v in read.values) + sum(
        r in ("sentinel_date", "impossible_date") for r in read.problems.values()
    )
    return good >= 0.7 * len(texts)


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        value = value.strip()
        return None if value.lower() in MISSING else value
    if isinstance(value, list | dict | set | bytes):
        return str(value)
    return None if value is None or value != value else value


def _naive(value: Any) -> dt.datetime | None:
    if value is None:
        return None
    if not isinstance(value, dt.datetime):
        value = dt.datetime.combine(value, dt.time())
    moved: dt.datetime = value.astimezone(dt.UTC) if value.tzinfo else value
    return moved.replace(tzinfo=None)
