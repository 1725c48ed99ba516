"""Write tables as a workbook: real numbers and days, whole tables, filters, headings that stay.

Every table has a sheet of its own.  A cell is a number where its column holds numbers and a text
everywhere else: whatever a text begins with, it is never a number, a formula or a link.
"""

from __future__ import annotations

import datetime as dt
import io
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from unicodedata import east_asian_width

from funnelkit.show.column import COUNT, TEXT, Cell, Column, Unit
from funnelkit.show.drawn_again import number_in, steps, triangle
from funnelkit.show.table import Table
from funnelkit.words import say

_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\']")
_NAME = 31  # letters of a sheet's name
_CHART_ROWS = 16
_MOST_BARS, _SHORT = 30, 20
#: Widths of columns in letters; a longer text is wrapped.
_LEAST, _MOST = 10, 60
_FRONT = (34, 18, 14, 14, 10, 60)
_OPTIONS = {
    "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
    "nan_inf_to_errors": True, "in_memory": True,
}  # fmt: skip


@dataclass(frozen=True)
class Sheet:
    """A table, the heading it stands under, and how it is drawn (`funnelkit.show.drawn_again`)."""

    title: str
    table: Table
    chart: str = ""


@dataclass(frozen=True)
class Front:
    """The first sheet: what the workbook is. A part is a table, a sentence or a row of texts."""

    title: str
    heading: str
    parts: Sequence[Table | str | tuple[str, ...]] = field(default_factory=tuple)


def workbook(
    front: Front, sheets: Sequence[Sheet], *, properties: Mapping[str, Any] | None = None
) -> bytes:
    """Return an XLSX file.

    Parameters
    ----------
    front : Front
        The first sheet; below it stands what the other sheets hold.
    sheets : sequence of Sheet
        The tables, whole, in their order.
    properties : mapping, optional
        ``title``, ``comments``, ``created`` and the like.
    """
    from xlsxwriter import Workbook

    buffer = io.BytesIO()
    with Workbook(buffer, _OPTIONS) as book:
        book.set_properties(dict(properties or {}))
        writer = _Writer(book)
        first = writer.sheet(front.title)
        writer.first = first.get_name()
        names = [writer.table(sheet) for sheet in sheets]
        writer.front(first, front, list(zip(names, sheets, strict=True)))
    return buffer.getvalue()


def letters(text: str) -> int:
    """Return the width of a text in letters; a Chinese character is as wide as two.

    Examples
    --------
    >>> letters("win 赢单")
    8
    """
    return sum(2 if east_asian_width(c) in "WF" else 1 for c in text)


def _cut(text: str, most: int) -> str:
    """Cut a name at a word."""
    if len(text) <= most:
        return text
    return text[: most + 1].rpartition(" ")[0].rstrip(" ,;·") or text[:most]


class _Writer:
    """Sheets and formats of one workbook."""

    def __init__(self, book: Any) -> None:
        self.book = book
        self.names: set[str] = set()
        self.first = ""
        self.styles: dict[Any, Any] = {}

    def style(self, **options: Any) -> Any:
        key = tuple(sorted(options.items()))
        if key not in self.styles:
            self.styles[key] = self.book.add_format(options)
        return self.styles[key]

    def sheet(self, title: str) -> Any:
        """Add a sheet under a name Excel takes: short, plain and not there yet."""
        stem = " ".join(_NOT_IN_NAMES.sub(" ", title).split()) or "-"
        name, number = _cut(stem, _NAME), 2
        while name.casefold() in self.names or name.casefold() == "history":
            name, number = f"{_cut(stem, _NAME - 3)} {number}", number + 1
        self.names.add(name.casefold())
        sheet = self.book.add_worksheet(name)
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)  # as wide as a page, as long as it gets
        sheet.set_footer("&L&A&R&P / &N")
        return sheet

    def front(self, sheet: Any, front: Front, named: list[tuple[str, Sheet]]) -> None:
        """Write the first sheet, with what the others hold and links to them."""
        for k, width in enumerate(_FRONT):
            sheet.set_column(k, k, width)
        sheet.write_string(0, 0, front.heading, self.style(bold=True, font_size=14))
        wrapped = self.style(text_wrap=True, valign="top")
        row = 2
        for part in front.parts:
            if isinstance(part, Table):
                row = self.native(sheet, row, part) + 2
            elif isinstance(part, str):
                sheet.merge_range(row, 0, row, len(_FRONT) - 1, "", wrapped)
                sheet.write_string(row, 0, part, wrapped)
                sheet.set_row(row, 15 * max(1, -(-letters(part) // sum(_FRONT))))
                row += 1
            else:
                for x, text in enumerate(part):
                    sheet.write_string(row, x, text)
                row += 1
        heads = [Column(say(f"show.col_{c}")) for c in ("sheet", "rows", "table")]
        heads[1] = Column(heads[1].label, COUNT)
        rows = [(name, len(s.table), s.table.caption or s.title) for name, s in named]
        top = row + 1
        if rows:
            self.native(sheet, top, Table(heads, rows))
        for y, (name, _) in enumerate(named, start=top + 1):
            sheet.write_url(y, 0, f"internal:'{name}'!A1", string=name)

    def table(self, sheet: Sheet) -> str:
        """Write a table on a sheet of its own, a chart beside it where it was one."""
        title = sheet.table.caption or sheet.title or self.first
        page = self.sheet(title)
        # what the table shows leads back to the list of all
        page.write_url(0, 0, f"internal:'{self.first}'!A1", self.style(bold=True), string=title)
        self.native(page, 1, sheet.table, widen=True)
        page.freeze_panes(2, 1)
        page.repeat_rows(1)
        if len(sheet.table) > 1 and sheet.table.drawn:
            if sheet.chart == "triangle":
                self._triangle(page, sheet.table)
            elif sheet.chart:
                self._chart(page, sheet, 2)
        return str(page.get_name())

    def _triangle(self, page: Any, table: Table) -> None:
        """Write the same cells beside the table, a row a group, shaded by how high they are."""
        wide, shades = triangle(table)
        left = len(table.cells()[0]) + 1
        columns, rows = wide.cells()
        for x, column in enumerate(columns, start=left):
            page.write_string(1, x, column.label, self._side(x, column.unit, bold=True))
        for y, row in enumerate(rows, start=2):
            for x, (value, unit) in enumerate(row, start=left):
                self._write(page, y, x, value, unit)
        page.set_column(left, left, 12)
        place = [c.name for c in table.columns].index(table.drawn[0])
        scale = {
            "type": "2_color_scale", "min_type": "num", "min_value": 0, "max_type": "num",
            "max_value": max((number_in(row[place]) or 0.0 for row in table.rows), default=0) or 1,
            "min_color": "#ffffff", "max_color": _STEPS["more"],
        }  # fmt: skip
        for y, shaded in enumerate(shades, start=2):
            there = [x for x, depth in enumerate(shaded, start=left) if depth is not None]
            if there:
                page.conditional_format(y, there[0], y, there[-1], scale)

    def native(self, sheet: Any, top: int, table: Table, *, widen: bool = False) -> int:
        """Write an Excel table, with filters; return the row after it."""
        columns, rows = table.cells()
        heads: list[str] = []
        for k, column in enumerate(columns):
            head = column.label or f"({k + 1})"
            while head.casefold() in {h.casefold() for h in heads}:
                head += " "  # Excel wants every heading once
            heads.append(head)
        end = top + max(1, len(rows))
        sheet.add_table(
            top, 0, end, len(columns) - 1,
            {
                "columns": [
                    {"header": h, "header_format": self._side(x, c.unit)}
                    for x, (h, c) in enumerate(zip(heads, columns, strict=True))
                ],
                "style": "Table Style Light 1",
                "autofilter": len(rows) > 1,
            },
        )  # fmt: skip
        widths = [letters(h) + 3 for h in heads]  # the filter's button
        for y, row in enumerate(rows, start=top + 1):
            lines = 1
            for x, (value, unit) in enumerate(row):
                width = self._write(sheet, y, x, value, unit)
                widths[x] = max(widths[x], width + 2)
                lines = max(lines, -(-width // (_MOST - 4)))
            if lines > 1:
                sheet.set_row(y, 15 * lines)
        if widen:
            for x, width in enumerate(widths):
                sheet.set_column(x, x, min(_MOST, max(_LEAST, width)))
        return end + 1

    def _side(self, column: int, unit: Unit, **more: Any) -> Any:
        """Numbers and days, and what stands over them, go right; texts left, off what is before."""
        more |= {"valign": "top"}
        if unit.form():
            return self.style(align="right", **more)
        return self.style(align="left", indent=1, **more) if column else self.style(**more)

    def _write(self, sheet: Any, y: int, x: int, value: Cell, unit: Unit) -> int:
        """Write a cell as what it is; return how wide it is."""
        if value is None:
            return 0
        if isinstance(value, dt.date):
            sheet.write_datetime(y, x, value, self._side(x, unit, num_format=unit.form()))
            return 12
        if isinstance(value, float) and math.isfinite(value):
            sheet.write_number(y, x, value, self._side(x, unit, num_format=unit.form()))
            return letters(unit.form().partition(";")[0].replace("#,##", "")) + len(f"{value:,.0f}")
        text = unit.write(value) if isinstance(value, float) else value
        wrap = {"text_wrap": True} if letters(text) > _MOST else {}
        sheet.write_string(y, x, text, self._side(x, TEXT if x == 0 else unit, **wrap))
        return letters(text)

    def _chart(self, page: Any, sheet: Sheet, top: int) -> None:
        """Draw with the table what the picture draws."""
        table = sheet.table
        kind, (columns, _) = sheet.chart, table.cells()
        places = [k for k, c in enumerate(columns) if c.name in table.drawn]
        shown = len(table)
        if kind == "bar":  # what nobody can tell apart is in the table alone
            shown = min(shown, table.most or _MOST_BARS, _MOST_BARS)
        end, name = top - 1 + shown, page.get_name()
        caption = table.caption or sheet.title
        if kind == "waterfall":
            self._waterfall(page, sheet, top, caption)
            return
        across = "column" if kind == "columns" else kind
        chart = self.book.add_chart({"type": across})
        for place in places:
            series: dict[str, Any] = {
                "name": columns[place].label,
                "categories": [name, top, 0, end, 0],
                "values": [name, top, place, end, place],
            }
            if len(places) == 1:
                series |= {"line" if kind == "line" else "fill": {"color": _COLOUR}}
            if kind == "columns":
                series["gap"] = 5
            chart.add_series(series)
        rows = max(_CHART_ROWS, shown + 4) if kind == "bar" else _CHART_ROWS
        chart.set_size({"width": 560, "height": 20 * rows})
        chart.set_title({"name": caption, "name_font": {"size": 11}})
        value: dict[str, Any] = {}
        if len(places) == 1:
            chart.set_legend({"none": True})
            column = columns[places[0]]
            value = {"name": column.label, "name_font": {"bold": False}}
            value |= {"num_format": column.unit.form() or "General"}
        else:
            chart.set_legend({"position": "bottom"})
        if kind == "bar":  # the first row on top, as on the page
            chart.set_y_axis({"reverse": True, "label_position": "low"})
            chart.set_x_axis(value | {"major_gridlines": {"visible": False}})
        else:
            chart.set_y_axis(value | {"major_gridlines": {"visible": False}})
        self._insert(page, chart, sheet.table, caption)

    def _insert(self, page: Any, chart: Any, table: Table, caption: str) -> None:
        """Put a chart below a short table, beside a long one; a filter does not squash it."""
        short = len(table) <= _SHORT
        place = (len(table) + 3, 0) if short else (1, len(table.cells()[0]) + 1)
        page.insert_chart(*place, chart, {"description": caption, "object_position": 2})

    def _waterfall(self, page: Any, sheet: Sheet, top: int, caption: str) -> None:
        """Draw totals, and changes from where the last row ended, on bars that are not seen."""
        columns, _ = sheet.table.cells()
        place = next(k for k, c in enumerate(columns) if c.name in sheet.table.drawn)
        found, name = steps(sheet.table, place), page.get_name()
        chart = self.book.add_chart({"type": "bar", "subtype": "stacked"})
        left = len(columns) + 11  # behind the chart, out of sight
        end = top + len(found) - 1
        form = columns[place].unit.form()
        for x, (part, colour) in enumerate(_STEPS.items(), start=left):
            for y, step in enumerate(found, start=top):
                page.write_number(y, x, getattr(step, part), self.style(num_format=form))
            chart.add_series({
                "name": say(f"show.step_{part}"), "values": [name, top, x, end, x],
                "categories": [name, top, 0, end, 0], "gap": 40,
                "fill": {"color": colour} if colour else {"none": True},
            })  # fmt: skip
        page.set_column(left, left + len(_STEPS) - 1, None, None, {"hidden": True})
        chart.show_hidden_data()
        chart.set_size({"width": 560, "height": 20 * max(_CHART_ROWS, len(found) + 4)})
        chart.set_title({"name": caption, "name_font": {"size": 11}})
        chart.set_legend({"none": True})
        chart.set_y_axis({"reverse": True, "label_position": "low"})
        chart.set_x_axis({"num_format": form, "major_gridlines": {"visible": False}})
        self._insert(page, chart, sheet.table, caption)


_COLOUR = "#2f6fa7"  # a stage's, as on the page
#: The parts of a waterfall's bar and their colours; the base is not seen.
_STEPS = {"base": "", "total": "#12406b", "more": "#5781a6", "less": "#bcd7ee"}
