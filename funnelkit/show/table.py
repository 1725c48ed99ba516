"""A table whose cells are values: page, notebook, workbook and mail are written from it."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import TYPE_CHECKING, Any

from funnelkit.show.column import (
    COUNT,
    DATE,
    NOTHING,
    TEXT,
    Cell,
    Column,
    Money,
    Number,
    Quantity,
    Unit,
    plain,
    unit_from_json,
    unit_to_json,
)
from funnelkit.show.fold import BESIDE, LINES, LONG, ROWS, cut
from funnelkit.words import say

if TYPE_CHECKING:
    import pandas as pd

#: The kind of output that carries a page's blocks as plain values, beside its HTML.
BLOCKS = "application/vnd.funnelkit.blocks+json"
#: The class of a row that is a total of others.
SUM = "fk-sum"
_NUM = ' class="fk-num"'


@dataclass(frozen=True)
class Table:
    """Rows of values under columns that know their unit; the first column names the row.

    Attributes
    ----------
    columns : sequence of Column
        What each place of a row is.
    rows : sequence of sequences
        Numbers, days and texts as they are; None where there is no value; a `Quantity` where
        a cell has another unit than its column.
    caption : str
        What the table shows.
    marks : sequence of str
        The class each row wears on a page.
    most : int, optional
        How many rows a page shows; a workbook always holds them all.
    drawn : tuple of str
        The columns, by their names, that a picture of the table draws.
    links : sequence of str
        The part of the page that each row's name opens.
    rest : str
        The text, by its key, that says how many rows a page leaves out.

    Examples
    --------
    >>> table = Table([Column("Seller"), Column("Won", COUNT)], [("2003", 1200), ("=1+1", None)])
    >>> table.texts()
    [['2003', '1,200'], ['=1+1', '–']]
    """

    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]
    caption: str = ""
    marks: Sequence[str] = ()
    most: int | None = None
    drawn: tuple[str, ...] = ()
    rest: str = "show.rest"
    links: Sequence[str] = ()

    def __post_init__(self) -> None:
        """Keep rows as Python values, so that they equal, travel and pickle plainly."""
        object.__setattr__(self, "columns", tuple(self.columns))
        object.__setattr__(self, "rows", tuple(tuple(map(_kept, row)) for row in self.rows))

    @classmethod
    def of(cls, frame: pd.DataFrame, columns: Iterable[Column] = (), **more: Any) -> Table:
        """Return a frame as a table; a column not described has the unit of its type.

        Examples
        --------
        >>> import pandas as pd
        >>> Table.of(pd.DataFrame({"code": ["2003"], "deals": [1200]})).texts()
        [['2003', '1,200']]
        """
        known = {c.name or c.label: c for c in columns}
        found = [
            known.get(str(name)) or Column(str(name), unit_by_type(frame.iloc[:, k]), str(name))
            for k, name in enumerate(frame.columns)
        ]
        cells = [frame.iloc[:, k].tolist() for k in range(frame.shape[1])]
        return cls(found, list(zip(*cells, strict=True)), **more)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def sums(self) -> frozenset[int]:
        """The rows that are totals of others."""
        return frozenset(k for k, mark in enumerate(self.marks) if SUM in mark.split())

    def only(self, names: Iterable[str]) -> Table:
        """Return the table with these columns, in this order, as far as it has them."""
        places = {c.name or c.label: k for k, c in enumerate(self.columns)}
        kept = [places[name] for name in names if name in places]
        return replace(
            self, columns=[self.columns[k] for k in kept],
            rows=[[row[k] for k in kept] for row in self.rows],
        )  # fmt: skip

    def take(self, places: Iterable[int]) -> Table:
        """Return the rows at these places."""
        kept = list(places)
        marks = [self.marks[k] for k in kept] if self.marks else ()
        return replace(self, rows=[self.rows[k] for k in kept], marks=marks)

    def each(self, units: Mapping[str, Sequence[Unit]]) -> Table:
        """Return the table with a unit of its own for every cell of these columns."""
        given = {k: units[c.name] for k, c in enumerate(self.columns) if c.name in units}
        rows = [
            [Quantity(v, given[k][y]) if k in given else v for k, v in enumerate(row)]
            for y, row in enumerate(self.rows)
        ]
        return replace(self, rows=rows)

    def texts(self) -> list[list[str]]:
        """Return the rows as people read them in the current language."""
        return [[c.write(v) for c, v in zip(self.columns, row, strict=True)] for row in self.rows]

    def frame(self) -> pd.DataFrame:
        """Return a frame of texts, as people read them."""
        import pandas as pd

        heads = pd.Index([c.label for c in self.columns])
        return pd.DataFrame(self.texts(), columns=heads, dtype=object)

    def values(self) -> pd.DataFrame:
        """Return a frame of the values under the same headings, a pair as two columns."""
        import pandas as pd

        heads, rows = self.cells()
        cells = [[value for value, _ in row] for row in rows]
        return pd.DataFrame(cells, columns=pd.Index([c.label for c in heads]))

    def __repr__(self) -> str:
        heads = [c.label for c in self.columns]
        lines = [self.caption] if self.caption else []
        lines += [" | ".join(row) for row in (heads, *self.texts()[: self.most])]
        return "\n".join([*lines, *self.left()])

    def left(self) -> list[str]:
        """Say how many rows a page leaves out."""
        left = len(self.rows) - (self.most if self.most is not None else len(self.rows))
        return [say(self.rest, n=left)] if left > 0 else []

    def scaled(self) -> Table:
        """Return the table as a page writes it: a column of amounts in one unit, in its heading."""
        own = [
            k
            for k, c in enumerate(self.columns)
            if isinstance(c.unit, Money) and not (c.unit.coded or c.unit.whole or c.unit.most)
        ]
        if not own:
            return self
        amounts = {k: list(self._numbers(k)) for k in own}
        most = max((abs(v) for found in amounts.values() for v in found), default=0.0)
        heads = list(self.columns)
        for k in own:
            unit = heads[k].unit
            assert isinstance(unit, Money)
            unit, label, name = unit.fitted(amounts[k], most), heads[k].label, unit.head
            if name and name in label and unit.head not in label:
                label = label.replace(name, unit.head)
            head = replace(heads[k], unit=unit, label=label)
            heads[k] = replace(head, label=head.heading)
        return replace(self, columns=heads)

    def _numbers(self, place: int) -> Iterator[float]:
        """Yield the numbers that a page shows of a column."""
        for row in self.rows[: self.most]:
            for value in row[place] if isinstance(row[place], tuple) else (row[place],):
                if isinstance(value, int | float) and math.isfinite(value):
                    yield value

    def _repr_html_(self) -> str:
        rest = "".join(f'<p class="fk-muted">{escape(text)}</p>' for text in self.left())
        folded = cut(len(self.rows[: self.most]), LINES if self._lines() else ROWS)
        return f'<div class="fk-table-wrap">{self.html()}</div>{folded}{rest}'

    def _lines(self) -> bool:
        """Say whether a row becomes lines on a narrow screen: many columns, or long words."""
        if len(self.columns) > BESIDE:
            return True
        words = [k for k, c in enumerate(self.columns) if k and not c.unit.numeric]
        shown = self.rows[: self.most]
        longest = [max((len(str(row[k])) for row in shown), default=0) for k in words]
        return len(self.columns) > 2 and max(longest, default=0) > LONG

    def html(self) -> str:
        """Return the table element; a cell written in short carries its value beside its text."""
        return self.scaled()._html()

    def _html(self) -> str:
        head = "".join(
            f'<th scope="col"{_NUM if c.unit.numeric and k else ""}>{escape(c.label)}</th>'
            for k, c in enumerate(self.columns)
        )
        shown = self.rows[: self.most]
        named = self._lines()
        marks = list(self.marks) or [""] * len(shown)
        links = [*self.links, *[""] * len(shown)]
        body = "".join(
            (f'<tr class="{mark}">' if mark else "<tr>")
            + "".join(
                _td(k, c, v, link, named)
                for k, (c, v) in enumerate(zip(self.columns, row, strict=True))
            )
            + "</tr>"
            for row, mark, link in zip(shown, marks, links, strict=False)
        )
        caption = f"<caption>{escape(self.caption)}</caption>" if self.caption else ""
        return (
            f'<table class="fk-table{" fk-lines" if named else ""}">{caption}'
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        )

    def cells(self) -> tuple[list[Column], list[list[tuple[Cell, Unit]]]]:
        """Return what a workbook holds: columns, a pair as two, and cells with their units."""
        heads = [part for c in self.columns for part in c.parts()]
        rows: list[list[tuple[Cell, Unit]]] = []
        for row in self.rows:
            found: list[tuple[Cell, Unit]] = []
            for c, value in zip(self.columns, row, strict=True):
                units = [part.unit for part in c.parts()]
                pair = value if isinstance(value, tuple) else (value, None)
                found += [_cell(v, unit) for v, unit in zip(pair, units, strict=False)]
            rows.append(found)
        return heads, rows

    def to_json(self) -> dict[str, Any]:
        """Return the table as plain values, to travel inside a notebook."""
        return {
            "caption": self.caption,
            "drawn": list(self.drawn),
            "most": self.most,
            "sums": sorted(self.sums),
            "columns": [
                {"label": c.label, "name": c.name, "pair": c.pair, "unit": unit_to_json(c.unit)}
                for c in self.columns
            ],
            "rows": [[_to_json(v) for v in row] for row in self.rows],
        }

    def blocks(self, chart: str = "") -> Iterator[dict[str, Any]]:
        """Yield the table as a block of a page; ``chart`` as in `funnelkit.show.workbook.Sheet`."""
        yield {"kind": "table", "chart": chart, **self.to_json()}

    @classmethod
    def from_json(cls, found: dict[str, Any]) -> Table:
        """Read back what `to_json` gave."""
        columns = [Column(**{**c, "unit": unit_from_json(c["unit"])}) for c in found["columns"]]
        rows = [
            [_from_json(v, c.unit) for v, c in zip(row, columns, strict=True)]
            for row in found["rows"]
        ]
        sums = set(found.get("sums", ()))
        marks = [SUM if k in sums else "" for k in range(len(rows))] if sums else ()
        return cls(
            columns, rows, found["caption"], marks, found.get("most"), tuple(found["drawn"])
        )  # fmt: skip


def unit_by_type(values: pd.Series[Any]) -> Unit:
    """Return the unit of a column nobody has described, by what it holds; never by its name."""
    if values.dtype.kind == "M":
        return DATE
    if values.dtype.kind in "iu":
        return COUNT
    if values.dtype.kind == "f":
        return Number(_digits(values))
    there = values.dropna()
    if len(there) and all(isinstance(v, dt.date) for v in there):
        return DATE
    return TEXT


def _digits(values: pd.Series[Any]) -> int:
    """Return as many decimals as the size of the numbers asks for."""
    there = values.dropna().abs()
    if there.empty or (there % 1 == 0).all() or there.max() >= 1000:
        return 0
    return 1 if there.max() >= 10 else 3


def _kept(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(map(_kept, value))
    if isinstance(value, Quantity):
        found = plain(value.value)
        return None if found is None else Quantity(found, value.unit)
    return plain(value)


def _td(place: int, column: Column, value: Any, link: str, named: bool) -> str:
    """Return a cell; ``named`` ones carry their heading, for screens where they stand alone."""
    text = column.write(value)
    if place == 0:
        name = f'<a href="#{link}">{escape(text)}</a>' if link else escape(text)
        return f'<th scope="row">{name}</th>'
    unit = value.unit if isinstance(value, Quantity) else column.unit
    head = f' data-l="{escape(column.label)}"' if named else ""
    return f"<td{_NUM if unit.numeric else ''}{head}{_exact(value, text)}>{escape(text)}</td>"


def _exact(value: Any, text: str) -> str:
    """Return the attribute with the full value of a number that is written in short.

    Fifteen digits, as a workbook holds: the sixteenth differs from processor to processor.
    """
    if isinstance(value, Quantity):
        value = value.value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    try:
        whole = float(text.replace(",", "")) == value
    except ValueError:
        whole = False
    return "" if whole else f' data-value="{float(value):.15g}"'


def _cell(value: Any, unit: Unit) -> tuple[Cell, Unit]:
    if isinstance(value, Quantity):
        value, unit = value.value, value.unit
    return (None, unit) if value is None or value in ("", NOTHING) else (unit.cell(value), unit)


def _to_json(value: Any) -> Any:
    if isinstance(value, Quantity):
        return {"value": _to_json(value.value), "unit": unit_to_json(value.unit)}
    if isinstance(value, tuple):
        return [_to_json(v) for v in value]
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, float) and value in (float("inf"), float("-inf")):
        return {"infinite": value > 0}
    return value if value is None or isinstance(value, str | int | float) else str(value)


def _from_json(value: Any, unit: Unit) -> Any:
    if isinstance(value, dict) and "infinite" in value:
        return float("inf") if value["infinite"] else float("-inf")
    if isinstance(value, dict):
        own = unit_from_json(value["unit"])
        return Quantity(_from_json(value["value"], own), own)
    if isinstance(value, list):
        return tuple(_from_json(v, unit) for v in value)
    if isinstance(value, str) and unit == DATE:
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            return value
    return value
