"""Boards: titles of groups and their sums between the rows, as task boards export them."""

from __future__ import annotations

import re
from dataclasses import replace

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from funnelkit.data.defects import Finding
from funnelkit.data.inner import ROW
from funnelkit.data.opening.sheet import Sheet
from funnelkit.data.understanding.headers import speaks_for

_NUMBER = re.compile(r"[^\w]{0,3}[-+(]?\d[\d.,\s']*\)?\s*[^\w\s]{0,2}|[^\W\d_]{1,3}\s?\d[\d.,\s']*")
#: Titles are few, and say more than a code does.
_MOST_TITLES = 0.5


def without_groups(sheet: Sheet) -> Sheet:
    """Take out rows that title a group or add one up; the title becomes a column of its rows.

    A title is a row with nothing but a text in its first column, under a repeated header or
    beside others like it; a sum has numbers alone. The column is called ``Stage`` where no
    other speaks of stages, else ``Group``.
    """
    arrow = sheet.arrow
    if not sheet.text or arrow is None or len(sheet.columns) < 4 or not arrow.num_rows:
        return sheet
    cells = [arrow[c].combine_chunks() for c in sheet.columns]
    filled = sum(pc.is_valid(c).to_numpy(zero_copy_only=False).astype(int) for c in cells)
    assert isinstance(filled, np.ndarray)
    single = (filled == 1) & pc.is_valid(cells[0]).to_numpy(zero_copy_only=False)
    if not single.any() and not _board(sheet):
        return sheet
    titles = single & ~_numeric(cells[0])
    named = [str(t) for t in arrow[sheet.columns[0]].filter(pa.array(titles)).to_pylist()]
    coded = any(re.search(r"\d", t) and " " not in t for t in named)
    usual = float(np.median(filled[~single])) if (~single).any() else 0.0
    sure = _board(sheet) or (usual >= 3 and not coded and len(set(named)) == len(named))
    if not sure or titles.sum() > max(1, _MOST_TITLES * arrow.num_rows):
        return sheet
    sums = _sums(sheet, cells, filled) if titles.any() or _board(sheet) else np.zeros_like(titles)
    drop = titles | sums
    if not drop.any():
        return sheet
    notes = list(sheet.notes)
    at = np.asarray(arrow[ROW])
    for reason, where in (("group_title", titles), ("group_sum", sums)):
        if where.any():
            value = named[0] if reason == "group_title" else None
            notes.append(Finding(reason, file=sheet.name, row=int(at[where][0]), value=value,
                                 count=int(where.sum())))  # fmt: skip
    columns, arrow = list(sheet.columns), arrow.filter(pa.array(~drop))
    first = next((str(n.more.get("title") or "") for n in notes if n.reason == "header_below"), "")
    if titles.any() or first:
        group = _filled_down(titles, named, first)[~drop]
        name = "Group" if any(speaks_for(c, "stage") >= 0.75 for c in columns) else "Stage"
        if name not in columns and any(g is not None for g in group):
            arrow = arrow.add_column(len(columns), name, pa.array(list(group), pa.string()))
            columns.append(name)
    return replace(sheet, columns=columns, arrow=arrow, table=ibis.memtable(arrow), notes=notes)


def _board(sheet: Sheet) -> bool:
    return any(n.reason == "repeated_header" for n in sheet.notes)


def _numeric(column: pa.Array) -> np.ndarray:
    texts = column.to_pylist()
    return np.array([t is not None and bool(_NUMBER.fullmatch(t)) for t in texts], dtype=bool)


def _sums(sheet: Sheet, cells: list[pa.Array], filled: np.ndarray) -> np.ndarray:
    """Rows without a name that hold next to nothing but numbers."""
    few = (filled > 0) & (filled <= max(2, len(cells) // 3))
    few &= ~pc.is_valid(cells[0]).to_numpy(zero_copy_only=False)
    for place in np.flatnonzero(few):
        told = [c[int(place)].as_py() for c in cells]
        few[place] = all(_NUMBER.fullmatch(t) for t in told if t is not None)
    return few


def _filled_down(titles: np.ndarray, named: list[str], first: str) -> np.ndarray:
    """The title each row stands under."""
    under = np.cumsum(titles)
    known = np.array([first or None, *named], dtype=object)
    found: np.ndarray = known[under]
    return found


__all__ = ["without_groups"]
