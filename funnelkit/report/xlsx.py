"""Write a report as a workbook: native tables, number formats, charts; no text is a formula."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from unicodedata import east_asian_width

from funnelkit.charts.tokens import STAGE
from funnelkit.report.cells import Cell, cell_of
from funnelkit.report.headline import headline_of
from funnelkit.report.tables import Shown, contents_of
from funnelkit.words import say, speaking
from funnelkit.words.formats import Written

_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\']")
_CHART_ROWS = 16
_NAME = 31  # letters of a sheet's name
#: Widths of columns in letters; a longer text is wrapped.
_LEAST, _MOST = 10, 60
_SUMMARY = (34, 18, 60)


def to_xlsx(notebook: Any, path: Path, *, title: str, lang: str, moment: str = "") -> None:
    """Write the headline, the sentences and every table of an executed notebook.

    A cell is a number where the page shows one and a text everywhere else: whatever a text
    begins with, it is never taken for a formula or a link.
    """
    from xlsxwriter import Workbook

    found = contents_of(notebook)
    options = {
        "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
        "nan_inf_to_errors": True,
    }  # fmt: skip
    with speaking(lang), Workbook(str(path), options) as book:
        made = {"created": dt.datetime.fromisoformat(moment)} if moment else {}
        book.set_properties({"title": title, "comments": "funnelkit", **made})
        headline = headline_of(notebook)
        facts = list(headline.facts) if headline else []
        writer = _Writer(book)
        _summary(writer, facts, found.points, title)
        for table in found.tables:
            writer.table(table)


def _summary(writer: _Writer, facts: list[Any], points: list[str], title: str) -> None:
    sheet = writer.sheet(say("report.sheet_summary"))
    writer.widen(sheet, _SUMMARY)
    sheet.write_string(0, 0, title, writer.style(bold=True, font_size=14))
    row = 2
    if facts:
        heads = [say(f"report.sheet_{c}") for c in ("figure", "value", "note")]
        rows = [
            [f.label, f.text if f.value is None else Written(f.text, f.value), f.note]
            for f in facts
        ]
        writer.native(sheet, row, heads, rows)
        row += len(facts) + 2
    wrapped = writer.style(text_wrap=True, valign="top")
    for point in points:
        sheet.merge_range(row, 0, row, len(_SUMMARY) - 1, "", wrapped)
        sheet.write_string(row, 0, point, wrapped)
        lines = -(-letters(point) // sum(_SUMMARY))
        sheet.set_row(row, 15 * lines)
        row += 1


def letters(text: str) -> int:
    """Return the width of a text in letters; a Chinese character is as wide as two.

    Examples
    --------
    >>> letters("win 赢单")
    8
    """
    return sum(2 if east_asian_width(c) in "WF" else 1 for c in text)


class _Writer:
    """Sheets and formats of one workbook."""

    def __init__(self, book: Any) -> None:
        self.book = book
        self.names: set[str] = set()
        self.styles: dict[Any, Any] = {}
        self.open: dict[str, tuple[Any, int]] = {}
        self.widths: dict[tuple[str, int], int] = {}
        self.there: dict[tuple[str, ...], int] = {}

    def style(self, **options: Any) -> Any:
        key = tuple(sorted(options.items()))
        if key not in self.styles:
            self.styles[key] = self.book.add_format(options)
        return self.styles[key]

    def sheet(self, title: str) -> Any:
        """Add a sheet under a name Excel takes: short, plain and not there yet."""
        stem = " ".join(_NOT_IN_NAMES.sub(" ", title).split()) or "-"
        if len(stem) > _NAME:  # at a word
            stem = stem[: _NAME + 1].rpartition(" ")[0] or stem[:_NAME]
        name, number = stem, 2
        while name.casefold() in self.names or name.casefold() == "history":
            name, number = f"{stem[: _NAME - 3]} {number}", number + 1
        self.names.add(name.casefold())
        sheet = self.book.add_worksheet(name)
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)  # as wide as a page, as long as it gets
        sheet.set_footer("&L&A&R&P / &N")
        return sheet

    def widen(self, sheet: Any, widths: Iterable[int]) -> None:
        """Make columns at least so wide; what stands above in them keeps its room."""
        for k, width in enumerate(widths):
            key = (sheet.get_name(), k)
            if width > self.widths.get(key, 0):
                self.widths[key] = width
                sheet.set_column(k, k, width)

    def table(self, shown: Shown) -> None:
        """Write a table below the others of its section, and a chart beside it where it was one.

        The numbers of a picture that stand in the section already are not written again.
        """
        title = shown.title or say("report.sheet_summary")
        sheet, row = self.open.get(title) or (self.sheet(title), 0)
        key = (title, *shown.columns, *(cell for cells in shown.rows for cell in cells))
        at = self.there.setdefault(key, row)
        end = row - 3
        if at == row:
            sheet.write_string(row, 0, shown.caption or title, self.style(bold=True))
            self.native(sheet, row + 1, shown.columns, shown.rows)
            end = row + 1 + len(shown.rows)
        if shown.drawn and len(shown.rows) > 1:
            end = max(end, at + self._chart(sheet, shown, at))
        self.open[title] = (sheet, end + 3)

    def native(self, sheet: Any, top: int, columns: list[str], rows: list[list[str]]) -> None:
        """Write an Excel table."""
        width = max(len(columns), *(len(row) for row in rows))
        heads: list[str] = []
        for k in range(width):
            head = columns[k] if k < len(columns) and columns[k] else f"({k + 1})"
            while head.casefold() in {h.casefold() for h in heads}:
                head += " "
            heads.append(head)
        cells = [[cell_of(text) if x else None for x, text in enumerate(row)] for row in rows]
        told = [sum(x < len(row) and row[x] is not None for row in cells) for x in range(width)]
        numbers = [2 * n >= len(rows) for n in told]
        sheet.add_table(
            top, 0, top + len(rows), width - 1,
            {
                "columns": [
                    {"header": h, "header_format": self._side(x, right)}
                    for x, (h, right) in enumerate(zip(heads, numbers, strict=True))
                ],
                "style": "Table Style Light 1",
            },
        )  # fmt: skip
        for y, row in enumerate(rows, start=top + 1):
            for x, text in enumerate(row):
                if cell := cells[y - top - 1][x]:
                    self._cell(sheet, y, x, cell)
                elif text:
                    wrap = {"text_wrap": True} if letters(text) > _MOST else {}
                    sheet.write_string(y, x, text, self._side(x, numbers[x], **wrap))
            lines = max((-(-letters(text) // (_MOST - 4)) for text in row), default=1)
            if lines > 1:
                sheet.set_row(y, 15 * lines)
        longest = [
            max(letters(t) for t in (head, *(row[k] for row in rows if k < len(row))))
            for k, head in enumerate(heads)
        ]
        self.widen(sheet, (min(_MOST, max(_LEAST, n + 2)) for n in longest))

    def _side(self, column: int, right: bool, **more: Any) -> Any:
        """Numbers, and what stands over them, go right; texts left, off the number before."""
        more |= {"valign": "top"}
        if right:
            return self.style(align="right", **more)
        return self.style(align="left", indent=1, **more) if column else self.style(**more)

    def _cell(self, sheet: Any, y: int, x: int, cell: Cell) -> None:
        """Write a number or a day."""
        value, form = cell
        if isinstance(value, dt.date):
            sheet.write_datetime(
                y, x, value, self.style(num_format=form, align="right", valign="top")
            )
        else:
            sheet.write_number(y, x, value, self.style(num_format=form, valign="top"))

    def _chart(self, sheet: Any, shown: Shown, at: int) -> int:
        """Draw beside the table what the picture draws; return how many rows that takes."""
        kind, *places = shown.drawn.split()
        columns = [int(place) for place in places]
        top, end, name = at + 2, at + 1 + len(shown.rows), sheet.get_name()
        chart = self.book.add_chart({"type": kind})
        for column in columns:
            series: dict[str, Any] = {
                "name": shown.columns[column],
                "categories": [name, top, 0, end, 0],
                "values": [name, top, column, end, column],
            }
            if len(columns) == 1:
                series |= {"fill" if kind == "bar" else "line": {"color": STAGE}}
            chart.add_series(series)
        rows = max(_CHART_ROWS, len(shown.rows) + 4) if kind == "bar" else _CHART_ROWS
        chart.set_size({"width": 560, "height": 20 * rows})
        chart.set_title({"name": shown.caption or shown.title, "name_font": {"size": 11}})
        if len(columns) == 1:
            chart.set_legend({"none": True})
            value = {"name": shown.columns[columns[0]], "name_font": {"bold": False}}
            cells = (cell_of(row[columns[0]]) for row in shown.rows)
            value |= {"num_format": next((form for _, form in filter(None, cells)), "General")}
        else:
            chart.set_legend({"position": "bottom"})
            value = {}
        if kind == "bar":  # the first row on top, as on the page
            chart.set_y_axis({"reverse": True, "label_position": "low"})
            chart.set_x_axis(value | {"major_gridlines": {"visible": False}})
        else:
            chart.set_y_axis(value | {"major_gridlines": {"visible": False}})
        sheet.insert_chart(at, len(shown.columns) + 1, chart, {"description": shown.caption})
        return rows
