"""How much room the parts of a slide take, and how much of them fits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from funnelkit.show.column import NOTHING, Column
from funnelkit.show.slides.fit import BOLD, GAP, LINE, before_brackets, height, pieces, width
from funnelkit.show.slides.parts import Bars, Bullets, Heat, Part, Picture
from funnelkit.show.table import Table

#: The smallest text of a slide, and the sizes of sentences and titles, in points.
LEAST, SIZES, TITLE = 14, (18, 16), 24
PAD = 7.0
CHART, _PICTURE = 170.0, 150.0  # heights below which nobody reads them
MOST_BARS = 12
_SHORT = 6  # rows of a table that is not cut


def low(part: Part, room: float, size: int) -> float:
    """Return the least height of a part in a column of this width."""
    if isinstance(part, str):
        return height(part, room, size)
    if isinstance(part, Bullets):
        head = LINE * size if part.head else 0.0
        return head + sum(height(t, room - 16, size) + 4 for t in part.items)
    if isinstance(part, Heat):
        return low(part.table, room, size)
    if isinstance(part, Table):
        heads, rows, widths = shown_in(part, room)
        least = len(rows) if len(rows) <= _SHORT else 2
        return over(part, room) + high_of(heads, rows[:least], widths)
    if isinstance(part, Bars):
        return max(CHART, _bars(part, 19.0)) if bars_of(part) else CHART
    return _PICTURE


def _bars(part: Bars, each: float) -> float:
    """Return how high a chart is whose bars have this much room."""
    side = len(drawn(part.table)) if part.kind == "bar" else 1
    return 40.0 + (bars_of(part) or 0) * max(each, 15.0 * side)


def bars_of(part: Bars) -> int | None:
    """Return how many rows are drawn as bars of their own; None where none are."""
    if part.kind == "waterfall":  # its last bar is where it leads
        return len(part.table)
    if part.kind == "bar":
        return min(len(part.table), part.table.most or MOST_BARS, MOST_BARS)
    return None


def drawn(table: Table) -> list[int]:
    """Return the places of the columns a chart draws."""
    return [k for k, c in enumerate(table.columns) if c.name and c.name in table.drawn]


def whole(part: Part, room: float, size: int) -> float:
    """Return the height a part takes where there is room."""
    if isinstance(part, Heat):
        part = part.table
    if isinstance(part, Table):
        heads, rows, widths = shown_in(part, room)
        return over(part, room) + high_of(heads, rows[: part.most], widths)
    if isinstance(part, Bars):
        return max(CHART, _bars(part, 34.0)) if bars_of(part) else 320.0
    return 400.0 if isinstance(part, Picture) else low(part, room, size)


def shown_in(table: Table, room: float) -> tuple[list[str], list[list[str]], list[float]]:
    """Return the headings, rows and widths of the columns that fit; the drawn ones always do."""
    table = _filled(table)
    cells = [[c.write(v) for v in values] for c, values in zip(
        table.columns, zip(*table.rows, strict=True) if table.rows else [()] * len(table.columns),
        strict=True)]  # fmt: skip
    widths = [_wanted(c, texts, room) for c, texts in zip(table.columns, cells, strict=True)]
    kept: list[int] = []
    first = [0, *drawn(table)]
    for k in dict.fromkeys([*first, *range(len(widths))]):
        if sum(widths[j] for j in kept) + widths[k] <= room or k in first:
            kept.append(k)
    kept.sort()
    spare = max(0.0, room - sum(widths[k] for k in kept))
    for k in sorted(kept, key=lambda k: width(table.columns[k].heading, LEAST)):
        # a heading in one line is read at a glance
        line = 2 * PAD + 1.1 * BOLD * width(table.columns[k].heading, LEAST) - widths[k]
        if 0 < line <= spare:
            widths[k], spare = widths[k] + line, spare - line
    words = [k for k in kept if not table.columns[k].unit.numeric] or kept
    for k in words:  # and a text in fewer lines lets more rows be seen
        most = 2 * PAD + max((width(t, LEAST) for t in cells[k]), default=0.0)
        line = min(spare, max(0.0, min(most, 0.6 * room) - widths[k]))
        widths[k], spare = widths[k] + line, spare - line
    # a little of what is left goes to the words; numbers stand close to what they are of
    more = min(spare / len(words), 0.06 * room)
    grown = [widths[k] + (more if k in words else 0.0) for k in kept]
    heads = [
        before_brackets(table.columns[k].heading, (w - 2 * PAD) / BOLD, LEAST)
        for k, w in zip(kept, grown, strict=True)
    ]
    return heads, [list(row) for row in zip(*(cells[k] for k in kept), strict=True)], grown


def _filled(table: Table) -> Table:
    """Leave out columns in which there is nothing to see."""
    kept = [
        k for k in range(len(table.columns))
        if not k or not table.rows or any(row[k] not in (None, "", NOTHING) for row in table.rows)
    ]  # fmt: skip
    if len(kept) == len(table.columns):
        return table
    rows = [[row[k] for k in kept] for row in table.rows]
    return replace(table, columns=[table.columns[k] for k in kept], rows=rows)


def _wanted(column: Column, texts: Sequence[str], room: float) -> float:
    """Return the width of a column: numbers in one line, words and headings broken."""
    word = max((width(w, LEAST) for w in pieces(column.heading)), default=0.0)
    # a tenth more: the font that is there may be a wider one
    word = 1.1 * BOLD * max(word, min(width(column.heading, LEAST), 3.0 * LEAST))
    whole = max((width(t, LEAST) for t in texts), default=0.0)
    if not column.unit.numeric:
        whole = min(whole, 0.3 * room)
    return 2 * PAD + max(whole, min(word, 0.3 * room))


def over(table: Table, room: float) -> float:
    """Return how high a table's caption is."""
    return height(table.caption, room, LEAST) + 4 if table.caption else 0.0


def high_of(heads: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[float]) -> float:
    """Return how high rows are, below their headings."""
    body = sum(row_height(row, widths) for row in rows)
    return row_height(heads, widths, BOLD) + body


def row_height(row: Sequence[str], widths: Sequence[float], weight: float = 1.0) -> float:
    """Return how high a row is; ``weight`` is how much wider its letters are."""
    rooms = [(w - 2 * PAD) / weight for w in widths]
    return max(height(t, w, LEAST) for t, w in zip(row, rooms, strict=True)) + 8.0


def taken(
    parts: Sequence[Part], room: float, high: float, size: int
) -> tuple[list[tuple[Part, float]], list[Part]]:
    """Return the parts that fit in a column, each with its height, and those left over."""
    fits: list[tuple[Part, float]] = []
    left = list(parts)
    used = 0.0
    while left:
        part = left[0]
        least = low(part, room, size)
        if used + least > high and isinstance(part, Bullets) and len(part.items) > 1:
            counts = [
                k for k in range(1, len(part.items))
                if used + low(replace(part, items=part.items[:k]), room, size) <= high
            ]  # fmt: skip
            if counts:
                some = replace(part, items=part.items[: counts[-1]])
                fits.append((some, low(some, room, size)))
                left[0] = replace(part, items=part.items[counts[-1] :])
            elif not fits:
                fits.append((left.pop(0), least))
            break
        if used + least > high and fits:
            break
        fits.append((left.pop(0), least))
        used += least + GAP
    spare = high - sum(h + GAP for _, h in fits) + GAP
    grown = []
    for part, least in fits:  # charts and tables take what is left, in their order
        more = max(0.0, min(spare, whole(part, room, size) - least))
        grown.append((part, least + more))
        spare -= more
    return grown, left
