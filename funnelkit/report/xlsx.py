"""Write a report as a workbook: native tables, number formats, charts; no text is a formula."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

from funnelkit.report.cells import Cell, cell_of
from funnelkit.report.headline import headline_of
from funnelkit.report.tables import Shown, contents_of
from funnelkit.words import say, speaking
from funnelkit.words.formats import Written

_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\']")
_CHART_ROWS = 16


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
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 18)
    sheet.set_column(2, 2, 60)
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
    for point in points:
        sheet.write_string(row, 0, point)
        row += 1


class _Writer:
    """Sheets and formats of one workbook."""

    def __init__(self, book: Any) -> None:
        self.book = book
        self.names: set[str] = set()
        self.styles: dict[Any, Any] = {}
        self.open: dict[str, tuple[Any, int]] = {}

    def style(self, **options: Any) -> Any:
        key = tuple(sorted(options.items()))
        if key not in self.styles:
            self.styles[key] = self.book.add_format(options)
        return self.styles[key]

    def sheet(self, title: str) -> Any:
        """Add a sheet under a name Excel takes: short, plain and not there yet."""
        stem = _NOT_IN_NAMES.sub(" ", title).strip()[:28] or "-"
        name, number = stem, 2
        while name.casefold() in self.names or name.casefold() == "history":
            name, number = f"{stem[:26]} {number}", number + 1
        self.names.add(name.casefold())
        return self.book.add_worksheet(name)

    def table(self, shown: Shown) -> None:
        """Write a table below the others of its section, and a chart beside it where it was one."""
        title = shown.title or say("report.sheet_summary")
        sheet, row = self.open.get(title) or (self.sheet(title), 0)
        sheet.write_string(row, 0, shown.caption or title, self.style(bold=True))
        numeric = self.native(sheet, row + 1, shown.columns, shown.rows)
        end = row + 1 + len(shown.rows)
        if shown.chart and numeric:
            self._chart(sheet, shown, row + 1, end, numeric[0], row)
            end = max(end, row + _CHART_ROWS)
        self.open[title] = (sheet, end + 3)

    def native(self, sheet: Any, top: int, columns: list[str], rows: list[list[str]]) -> list[int]:
        """Write an Excel table; return the places of its columns of numbers."""
        width = max(len(columns), *(len(row) for row in rows))
        heads: list[str] = []
        for k in range(width):
            head = columns[k] if k < len(columns) and columns[k] else f"({k + 1})"
            while head.casefold() in {h.casefold() for h in heads}:
                head += " "
            heads.append(head)
        sheet.add_table(
            top, 0, top + len(rows), width - 1,
            {"columns": [{"header": h} for h in heads], "style": "Table Style Light 1"},
        )  # fmt: skip
        numbers = dict.fromkeys(range(width), 0)
        for y, row in enumerate(rows, start=top + 1):
            for x, text in enumerate(row):
                cell = cell_of(text) if x else None
                if cell:
                    numbers[x] += self._cell(sheet, y, x, cell)
                elif text:
                    sheet.write_string(y, x, text)
        for k, head in enumerate(heads):
            longest = max([len(head), *(len(row[k]) for row in rows if k < len(row))])
            sheet.set_column(k, k, min(60, max(10, longest + 2)))
        return [k for k, n in numbers.items() if n and n * 2 >= len(rows)]

    def _cell(self, sheet: Any, y: int, x: int, cell: Cell) -> bool:
        """Write a number or a day; say whether it was a number."""
        value, form = cell
        if isinstance(value, dt.date):
            sheet.write_datetime(y, x, value, self.style(num_format=form, align="right"))
            return False
        sheet.write_number(y, x, value, self.style(num_format=form))
        return True

    def _chart(
        self, sheet: Any, shown: Shown, top: int, end: int, column: int, at: int
    ) -> None:  # fmt: skip
        chart = self.book.add_chart({"type": "bar" if len(shown.rows) <= 25 else "line"})
        name = sheet.get_name()
        chart.add_series(
            {
                "name": shown.columns[column],
                "categories": [name, top + 1, 0, end, 0],
                "values": [name, top + 1, column, end, column],
                "fill": {"color": "#2f6690"},
            }
        )
        chart.set_title({"name": shown.caption or shown.title, "name_font": {"size": 11}})
        chart.set_legend({"none": True})
        chart.set_y_axis({"reverse": len(shown.rows) <= 25})
        sheet.insert_chart(at, len(shown.columns) + 1, chart, {"description": shown.caption})
