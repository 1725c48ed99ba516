"""A workbook of frames: numbers stay numbers, and no text is ever a formula or a link."""

from __future__ import annotations

import datetime as dt
import io
import math
import re
from collections.abc import Mapping, Sequence
from numbers import Real
from typing import Any

import pandas as pd

_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\']")
_OPTIONS = {
    "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
    "nan_inf_to_errors": True, "in_memory": True,
}  # fmt: skip


def workbook(
    sheets: Mapping[str, pd.DataFrame],
    *,
    front: tuple[str, str, Sequence[Sequence[str]]] | None = None,
    properties: Mapping[str, str] | None = None,
) -> bytes:
    """Return an XLSX file with one sheet a frame.

    Parameters
    ----------
    sheets : mapping of str to DataFrame
        By title; a column's number format may stand in ``frame.attrs["formats"]``.
    front : tuple of sheet title, heading and rows of texts, optional
        The first sheet: what the workbook is and what it was made with.
    properties : mapping, optional
        ``title``, ``comments`` and the like.
    """
    from xlsxwriter import Workbook

    buffer = io.BytesIO()
    with Workbook(buffer, _OPTIONS) as book:
        book.set_properties(dict(properties or {}))
        taken: set[str] = set()
        if front is not None:
            title, heading, rows = front
            sheet = book.add_worksheet(_name(title, taken))
            sheet.write_string(0, 0, heading, book.add_format({"bold": True, "font_size": 14}))
            for y, row in enumerate(rows, start=2):
                for x, text in enumerate(row):
                    sheet.write_string(y, x, str(text))
            sheet.set_column(0, 0, 44)
            sheet.set_column(1, 1, 24)
        for title, frame in sheets.items():
            _sheet(book, book.add_worksheet(_name(title, taken)), frame)
    return buffer.getvalue()


def _name(title: str, taken: set[str]) -> str:
    """Return a name Excel takes: short, plain and not there yet."""
    stem = _NOT_IN_NAMES.sub(" ", title).strip()[:28] or "-"
    name, number = stem, 2
    while name.casefold() in taken or name.casefold() == "history":
        name, number = f"{stem[:26]} {number}", number + 1
    taken.add(name.casefold())
    return name


def _sheet(book: Any, sheet: Any, frame: pd.DataFrame) -> None:
    heads = [str(c) for c in frame.columns]
    bold = book.add_format({"bold": True, "text_wrap": True, "bottom": 1, "valign": "bottom"})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    given = frame.attrs.get("formats", {})
    for x, head in enumerate(heads):
        values = frame.iloc[:, x].tolist()
        shown = book.add_format({"num_format": given.get(head) or _form(values)})
        sheet.write_string(0, x, head, bold)
        longest = min(len(head), 24)
        for y, value in enumerate(values, start=1):
            longest = max(longest, _cell(sheet, y, x, value, shown, day))
        sheet.set_column(x, x, min(60, max(10, longest + 2)))
    sheet.freeze_panes(1, 1)


def _cell(sheet: Any, y: int, x: int, value: Any, shown: Any, day: Any) -> int:
    """Write a cell as what it is; return how wide it is."""
    if value is None or value is pd.NA or value is pd.NaT:
        return 0
    if isinstance(value, (bool, str)):
        sheet.write_string(y, x, str(value))
        return len(str(value))
    if isinstance(value, Real):
        if math.isfinite(float(value)):
            sheet.write_number(y, x, float(value), shown)
        return 12
    if isinstance(value, dt.date):
        whole = dt.datetime(value.year, value.month, value.day)
        sheet.write_datetime(y, x, whole, day)
        return 10
    sheet.write_string(y, x, str(value))
    return len(str(value))


def _form(values: Sequence[Any]) -> str:
    """Return how a column of numbers is shown: as exact as its size asks for."""
    numbers = [
        abs(float(v)) for v in values
        if type(v) is not bool and isinstance(v, Real) and math.isfinite(float(v))
    ]  # fmt: skip
    if all(n == int(n) for n in numbers) or max(numbers) >= 1000:
        return "#,##0"
    return "#,##0.0" if max(numbers) >= 10 else "0.000"
