"""One table as it came: header, texts, line numbers, and what was no row of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from funnelkit.data.cells.units import unit_said
from funnelkit.data.defects import Finding
from funnelkit.data.inner import ROW, free
from funnelkit.data.opening import limits
from funnelkit.errors import FunnelkitError
from funnelkit.files.tables import GUARD

HeaderScore = Callable[[list[str]], float]
_LOOK_FOR_HEADER = 20
_TAIL = 50
_TOTAL = re.compile(r"((grand|sub) ?)?totals?\b|sum\b|合计|总计|小计|汇总", re.I)
_AROUND = " \t\r\n\u00a0\u3000\ufeff\x1a"
# The first byte of what is taken away at the beginning of a cell, the last of what at its end.
_OUTER = np.zeros((2, 256), bool)
_OUTER[0, [c.encode()[0] for c in _AROUND + "'"]] = True
_OUTER[1, [c.encode()[-1] for c in _AROUND]] = True


@dataclass
class Sheet:
    """One table as it came: where from, its columns, and the rows as an Ibis table.

    ``text`` tells that every cell is text still to be read (CSV, Excel); then ``arrow`` holds it,
    and ``rows`` counts the rows below the header: those of ``arrow`` and those that ``notes``
    tell of as set aside or as none. ``worth`` is one unit of its amounts where the columns do not
    say their own.
    """

    name: str
    columns: list[str]
    table: ibis.Table
    text: bool = False
    arrow: pa.Table | None = None
    notes: list[Finding] = field(default_factory=list)
    rows: int = 0
    separator: str = ""
    worth: float = 1.0

    @property
    def has_rows(self) -> bool:
        """Whether rows carry their line number in the file."""
        return ROW in self.table.columns

    def let_go(self) -> None:
        """Give back the room of the text, once all of it was read."""
        if self.text and self.arrow is not None:
            self.arrow = self.arrow.schema.empty_table()
            self.table = ibis.memtable(self.arrow)


@dataclass(frozen=True)
class Header:
    """Where the header is among the first rows, and what stands in it."""

    place: int
    titles: list[str]
    above: int
    title: str = ""  # a line of one cell right above it
    worth: float = 1.0  # one unit of the amounts, where a line above says it

    @property
    def width(self) -> int:
        """How many columns have a title, or stand before one that has."""
        return len(self.titles)


@dataclass
class Rows:
    """The rows below a header: columns of text, line numbers, and rows of another width."""

    columns: list[pa.ChunkedArray]
    at: np.ndarray
    odd: list[tuple[int, list[str]]] = field(default_factory=list)
    swallowed: int = 0  # lines inside a quotation mark never closed, from line ``opened`` on
    opened: int | None = None
    cut: bool = False  # the file ends without the end of a line


def find_header(rows: Sequence[list[str]], file: str, score: HeaderScore) -> Header:
    """Find the row that looks most like a header among the first ones that hold anything."""
    filled = [i for i, row in enumerate(rows) if any(c.strip() for c in row)][:_LOOK_FOR_HEADER]
    if not filled:
        raise FunnelkitError("data.empty_file", file=file)
    scores = {i: score(rows[i]) for i in filled if len(rows[i]) <= limits.COLUMNS}
    top = max(scores, key=lambda i: (scores[i], -i), default=filled[0])
    if not scores or scores[top] <= 0:
        top = filled[0]
    titles = [c.strip().strip("\ufeff").replace("\u00a0", " ") for c in rows[top]]
    while titles and not titles[-1]:
        titles.pop()
    if len(titles) > limits.COLUMNS:
        raise FunnelkitError(
            "data.too_many_columns", file=file, row=top + 1, n=len(titles), most=limits.COLUMNS
        )
    if any(len(title) > limits.TITLE for title in titles):
        raise huge_cell(file, top + 1, most=limits.TITLE)
    place = filled.index(top)
    above = [c.strip() for c in rows[filled[place - 1]] if c.strip()] if place else []
    worth = next((u for i in filled[:place] for c in rows[i] if (u := unit_said(c)) != 1), 1.0)
    return Header(top, titles, place, above[0] if len(above) == 1 else "", worth)


def sheet_of(rows: Rows, header: Header, line: int, file: str) -> Sheet:
    """Make a sheet of what stands below a header in ``line``; note what is no row of it."""
    notes: list[Finding] = []
    if header.above:
        more = {"lines": header.above, "title": header.title}
        notes.append(Finding("header_below", file=file, row=line, more=more))
    titles = [title or f"column_{i + 1}" for i, title in enumerate(header.titles)]
    names, twins = apart(titles, file)
    notes += [replace(twin, row=line) for twin in twins]
    width = header.width
    columns = [bare(c) for c in rows.columns]
    _check_cells(columns, names, rows.at, file)
    at = rows.at
    blank = _all([pc.is_null(c) for c in columns], len(at))
    beyond = np.zeros(len(at), bool)
    for column in columns[width:]:
        beyond |= _mask(pc.is_valid(column))
    again = _repeats(columns, header.titles) & ~beyond
    odd = [(row, [c.strip(_AROUND) for c in cells]) for row, cells in rows.odd]
    totals = _totals(columns, at, odd, ~(blank | again), width)
    total = np.isin(at, list(totals))
    kept = ~(blank | beyond | again | total)
    took, bad, footers, headers = [], [], [], at[again].tolist()
    first = min([*at[~blank][:1].tolist(), *(r for r, cells in odd if any(cells))], default=0)
    empty = int(blank.sum())
    for row, cells in odd:
        if not any(cells):
            empty += 1
        elif row in totals:
            footers.append((row, cells))
        elif cells[:width] == header.titles and not any(cells[width:]):
            headers.append(row)
        elif len(cells) >= width and not any(cells[width:]):
            took.append((row, cells[:width]))
        elif len(cells) == 1 and width > 2 and row > first:
            footers.append((row, cells))
        else:
            bad.append((row, cells))
    for places, into in ((beyond, bad), (total, footers)):
        into += [(int(at[i]), _cells(columns, int(i))) for i in np.flatnonzero(places)]
    bad.sort()
    footers.sort()
    last = max([*at[~blank][-1:].tolist(), *(r for r, cells in odd if any(cells))], default=0)
    cut = _cut(bad, footers, columns, last) if rows.cut else None
    if cut:
        more = {"fields": len(cut[1]), "width": width}
        value = ",".join(cut[1])[-60:]
        notes.append(Finding("cut_off", file=file, row=cut[0], value=value, more=more))
    if footers:
        at_first, cells = footers[0]
        value = next(c for c in cells if c)[:60]
        notes.append(Finding("footer", file=file, row=at_first, value=value, count=len(footers)))
    if headers:
        notes.append(Finding("repeated_header", file=file, row=min(headers), count=len(headers)))
    if empty:
        notes.append(Finding("blank_row", file=file, count=empty))
    if bad:
        more = {"fields": len(bad[0][1]), "width": width}
        notes.append(Finding("ragged_row", file=file, row=bad[0][0], count=len(bad), more=more))
    if rows.opened is not None:
        notes.append(Finding("open_quote", file=file, row=rows.opened, count=rows.swallowed))
    if not kept.any() and not took and not (bad or rows.swallowed or cut):
        raise FunnelkitError("data.no_rows", file=file)
    table = pa.table([*columns[:width], pa.array(at)], names=[*names, ROW])
    if not kept.all():
        table = table.filter(pa.array(kept))
    if took:
        turned = zip(*(cells for _, cells in took), strict=True)
        more_columns = [bare(pa.chunked_array([pa.array(c, pa.string())])) for c in turned]
        lines = pa.array([row for row, _ in took], pa.int64())
        table = pa.concat_tables([table, pa.table([*more_columns, lines], names=[*names, ROW])])
        table = table.sort_by(ROW)
    return Sheet(
        file, names, ibis.memtable(table), text=True, arrow=table, notes=notes,
        rows=len(at) + len(odd) + rows.swallowed, worth=header.worth,
    )  # fmt: skip


def apart(titles: list[str], file: str) -> tuple[list[str], list[Finding]]:
    """Tell columns of one name apart, as an engine does that takes A and a for one letter.

    Examples
    --------
    >>> apart(["Amount", "amount", "Stage"], "deals.csv")[0]
    ['Amount', 'amount_2', 'Stage']
    """
    titles = [free(title, ()) for title in titles]
    taken, given = {t.casefold() for t in titles}, set[str]()
    names, notes = [], []
    for title in titles:
        name, number = title, 1
        while name.casefold() in given or (number > 1 and name.casefold() in taken):
            number += 1
            name = f"{title}_{number}"
        if name != title:
            more = {"renamed": name}
            notes.append(Finding("twin_column", file=file, column=title, more=more))
        given.add(name.casefold())
        names.append(name)
    return names, notes


def bare(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Cells without what stands around them; nothing left is null."""
    if any(map(_wrapped, column.chunks)):
        if pc.any(pc.starts_with(column, "'")).as_py():  # put there against formulas
            column = pc.replace_substring_regex(column, GUARD, r"\1")
        column = pc.utf8_trim(column, _AROUND)
    nothing = pc.equal(pc.binary_length(column), 0)
    if not pc.any(nothing).as_py():
        return column
    return pc.if_else(nothing, pa.scalar(None, pa.string()), column)


def _wrapped(cells: pa.StringArray) -> bool:
    """Whether some cell may begin or end with what does not belong to it, by its outer bytes."""
    _, places, data = cells.buffers()
    if data is None or not len(cells):
        return False
    ends = np.frombuffer(places, np.int32, len(cells) + 1, 4 * cells.offset)
    filled = ends[1:] > ends[:-1]
    said = np.frombuffer(data, np.uint8)
    outer = said[ends[:-1][filled]], said[ends[1:][filled] - 1]
    return bool(_OUTER[0][outer[0]].any() or _OUTER[1][outer[1]].any())


def _check_cells(
    columns: list[pa.ChunkedArray], names: list[str], at: np.ndarray, file: str
) -> None:
    """Refuse a cell longer than any CRM writes: most often a quotation mark is missing."""
    for i, column in enumerate(columns):
        if column.nbytes <= limits.CELL:
            continue
        if (pc.max(pc.binary_length(column)).as_py() or 0) <= limits.CELL:
            continue
        long = pc.greater(pc.utf8_length(column), limits.CELL)
        if pc.any(long).as_py():
            place = pc.index(long, True).as_py()
            name = names[i] if i < len(names) else f"column_{i + 1}"
            raise huge_cell(file, int(at[place]), name)


def huge_cell(
    file: str, row: int, column: str | None = None, most: int = limits.CELL
) -> FunnelkitError:
    """Say that a cell does not end."""
    key = "data.huge_cell" if column is None else "data.huge_cell_of"
    return FunnelkitError(key, file=file, row=row, column=column, most=most)


def _mask(values: pa.ChunkedArray) -> np.ndarray:
    mask: np.ndarray = values.to_numpy()
    return mask.astype(bool)


def _all(masks: list[pa.ChunkedArray], size: int) -> np.ndarray:
    """Where every one holds; most rows are out after the first."""
    left = np.ones(size, bool)
    for mask in masks:
        if not left.any():
            break
        left &= _mask(mask)
    return left


def _repeats(columns: list[pa.ChunkedArray], titles: list[str]) -> np.ndarray:
    """Rows that are the header once more."""
    size = len(columns[0])
    told = [
        pc.fill_null(pc.equal(c, t), False) if t else pc.is_null(c)
        for c, t in zip(columns, titles, strict=False)
    ]
    return _all(told, size) if any(titles) else np.zeros(size, bool)


def _cells(columns: list[pa.ChunkedArray], place: int) -> list[str]:
    return [c[place].as_py() or "" for c in columns]


def _totals(
    columns: list[pa.ChunkedArray],
    at: np.ndarray,
    odd: list[tuple[int, list[str]]],
    rows: np.ndarray,
    width: int,
) -> set[int]:
    """The lines at the bottom that say "Total" and hold next to nothing else."""
    last = np.flatnonzero(rows)[-_TAIL:]
    tail = [(int(at[i]), _cells(columns, int(i))) for i in last]
    tail = sorted([*tail, *(o for o in odd[-_TAIL:] if any(o[1]))])
    found = set()
    for row, cells in reversed(tail[1:] if len(last) < _TAIL else tail):
        told = [c for c in cells if c]
        if not _TOTAL.match(told[0]) or len(told) > max(2, width // 3):
            break
        found.add(row)
    return found


def _cut(
    bad: list[tuple[int, list[str]]],
    footers: list[tuple[int, list[str]]],
    columns: list[pa.ChunkedArray],
    last: int,
) -> tuple[int, list[str]] | None:
    """Take the last row out of those that do not fit, where the file breaks off in it."""
    if bad and bad[-1][0] == last:
        return bad.pop()
    if len(footers) == 1 and not bad and footers[0][0] == last and len(columns[0]):
        # a lone last cell that starts like an id, not like a sentence
        cell = footers[0][1][0]
        if " " not in cell and len(cell) <= len(_cells(columns, 0)[0]) + 2:
            return footers.pop()
    return None
