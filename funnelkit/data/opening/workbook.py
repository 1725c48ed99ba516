"""Workbooks of Excel as sheets of text, their size looked at before they are opened."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
import zlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from funnelkit.data.defects import Phrase
from funnelkit.data.opening import limits
from funnelkit.data.opening.sheet import HeaderScore, Rows, Sheet, find_header, sheet_of
from funnelkit.errors import FunnelkitError

OLE = b"\xd0\xcf\x11\xe0"
ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_STEP = 4 * limits.MIB
#: A cell in a column from AA on, or in a row from 1,000,000 on: the others bound themselves.
_FAR = re.compile(rb' r="([A-Z]{2,}\d+|[A-Z]\d{7,})"')
_CELL = re.compile(rb' r="([A-Z]{1,3}\d{1,7})"')
#: A cell that does not say where it stands: it follows the one before.
_UNPLACED = re.compile(rb"<c(?=[ >/])(?![^>]* r=)")
_TAG = re.compile(rb"<(row|c)(?=[ >/])")


def read_workbook(data: bytes, file: str, score: HeaderScore) -> list[Sheet]:
    """Read every sheet of a workbook that holds anything."""
    if data[:4] in ZIP:
        _look_inside(data, file)
    elif len(data) > limits.OLD_WORKBOOK:
        raise limits.too_large(file, limits.OLD_WORKBOOK)
    sheets = []
    tabs = _tabs(data, file)
    for tab, rows in tabs:
        if not any(c is not None and str(c).strip() for row in rows for c in row):
            continue
        label = file if len(tabs) == 1 else f"{file} [{tab}]"
        header = find_header([[_text(c) for c in row] for row in rows[:200]], label, score)
        below = rows[header.place + 1 :]
        columns = [_column(c) for c in zip(*below, strict=True)] if below else []
        if not columns:
            columns = [pa.chunked_array([], pa.string())] * max(header.width, 1)
        at = np.arange(header.place + 2, len(rows) + 1)
        sheets.append(sheet_of(Rows(columns, at), header, header.place + 1, label))
    if not sheets:
        raise FunnelkitError("data.empty_file", file=file)
    return sheets


def _tabs(data: bytes, file: str) -> list[tuple[str, list[list[Any]]]]:
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
            tabs = []
            for tab in book.sheet_names:
                sheet = book.get_sheet_by_name(tab)
                rows, columns = sheet.total_height, sheet.total_width
                if rows * columns > limits.PLACES or columns > limits.EXCEL_COLUMNS:
                    raise _too_wide(file, rows, columns)
                tabs.append((tab, sheet.to_python(skip_empty_area=False)))
            return tabs
    except PasswordError:
        raise FunnelkitError("data.locked_workbook", file=file) from None
    except (CalamineError, ValueError, OSError) as why:
        if "assword" in str(why) or b"E\x00n\x00c\x00r\x00y\x00p\x00t" in data:
            raise FunnelkitError("data.locked_workbook", file=file) from None
        kind = Phrase("data.kind_archive")
        if _is_workbook(data):
            raise FunnelkitError("data.damaged_file", file=file) from None
        raise FunnelkitError("data.not_a_table", file=file, kind=kind) from None
    except BaseException as why:
        # a library in Rust that meets what it did not foresee
        if type(why).__name__ != "PanicException":
            raise
        raise FunnelkitError("data.damaged_file", file=file) from None


def _is_workbook(data: bytes) -> bool:
    if data[:4] == OLE:
        return b"W\x00o\x00r\x00k\x00b\x00o\x00o\x00k" in data or b"B\x00o\x00o\x00k\x00" in data
    return b"xl/workbook" in data


# --- before it is opened ------------------------------------------------------------------


def _look_inside(data: bytes, file: str) -> None:
    """Refuse what would burst: parts that unpack to too much, a cell far away from the others.

    The reader of workbooks makes room for every place between the first cell and the last one.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            names = parts.namelist()
            if "mimetype" in names or any(n.endswith("workbook.bin") for n in names):
                raise FunnelkitError("data.other_workbook", file=file)
            most = min(limits.UNPACKED, max(limits.LITTLE, limits.RATIO * len(data)))
            size = 0
            for info in parts.infolist():
                if not info.filename.endswith((".xml", ".rels")):
                    continue
                sheet = _Extent(file) if "sheet" in info.filename.lower() else None
                with parts.open(info) as part:
                    before = b""
                    while step := part.read(_STEP):
                        size += len(step)
                        if size > most:
                            raise limits.too_large(file, most)
                        if sheet is not None:
                            cut = step.rfind(b"<") if len(step) == _STEP else len(step)
                            sheet.look(before + step[:cut])
                            before = step[cut:]
                    if sheet is not None:
                        sheet.look(before)
    except FunnelkitError:
        raise
    except zipfile.BadZipFile:
        cut = b"PK\x05\x06" not in data[-70_000:]
        key = "data.truncated_file" if cut else "data.damaged_file"
        raise FunnelkitError(key, file=file) from None
    except RuntimeError:  # a part with a password
        raise FunnelkitError("data.locked_workbook", file=file) from None
    except (zlib.error, EOFError, NotImplementedError, OSError, ValueError):
        raise FunnelkitError("data.damaged_file", file=file) from None


class _Extent:
    """How far the cells of a sheet reach, from its XML piece by piece."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.columns, self.row = 26, 0
        self.unplaced = False
        self.rows = self.beside = self.most_beside = 0

    def look(self, xml: bytes) -> None:
        """Take in a piece that ends between two tags."""
        if xml.count(b"<c") - xml.count(b"<co") != xml.count(b'<c r="') or b":c" in xml:
            # XML that Excel does not write: as it would, but for the texts
            xml = re.sub(rb"<\w+:", b"<", re.sub(rb"\s*=\s*['\"]([^'\"<]*)['\"]", rb'="\1"', xml))
            xml = re.sub(rb"\s+", b" ", xml)
            self.unplaced = self.unplaced or bool(_UNPLACED.search(xml))
        for place in set(_FAR.findall(xml)):
            self._reach(place)
        for cell in (_CELL.search(xml), *_CELL.finditer(xml, max(0, len(xml) - 4096))):
            if cell:
                self._reach(cell[1])
        if self.unplaced:
            self._count(xml)
        rows, columns = max(self.row, 1) + self.rows, self.columns + self.most_beside
        if rows * columns > limits.PLACES:
            raise _too_wide(self.file, rows, columns)

    def _count(self, xml: bytes) -> None:
        """Cells that do not say where they stand are beside the one before."""
        for tag in _TAG.finditer(xml):
            if tag[1] == b"row":
                self.rows, self.beside = self.rows + 1, 0
            else:
                self.beside += 1
                self.most_beside = max(self.most_beside, self.beside)

    def _reach(self, place: bytes) -> None:
        letters = place.rstrip(b"0123456789")
        column = 0
        for letter in letters:
            column = column * 26 + letter - 64
        row = int(place[len(letters) :])
        self.columns, self.row = max(self.columns, column), max(self.row, row)


def _too_wide(file: str, rows: int, columns: int) -> FunnelkitError:
    letters = ""
    while columns:
        columns, left = divmod(columns - 1, 26)
        letters = chr(65 + left) + letters
    return FunnelkitError("data.far_cell", file=file, cell=f"{letters}{rows}", most=limits.PLACES)


# --- cells as text ------------------------------------------------------------------------


def _number(value: float) -> str:
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


#: How a cell is written as text without changing what it says.
_WRITTEN: dict[type, Callable[[Any], str]] = {
    str: str,
    float: _number,
    bool: lambda value: "TRUE" if value else "FALSE",
    dt.datetime: lambda value: value.isoformat(" "),
}


def _text(value: Any) -> str:
    return _WRITTEN.get(type(value), str)(value)


def _column(cells: tuple[Any, ...]) -> pa.ChunkedArray:
    """A column as text; one of numbers or of times alone is written by Arrow, in one go."""
    kinds = set(map(type, cells))
    texts = pa.array(cells, pa.string()) if kinds == {str} else None
    if len(kinds - {str}) == 1 and not any(c for c in cells if c.__class__ is str):
        values = cells if str not in kinds else [None if c == "" else c for c in cells]
        if float in kinds:
            texts = _numbers(values)
        elif dt.datetime in kinds:
            texts = _moments(values)
    if texts is None:
        texts = pa.array(list(map(_text, cells)), pa.string())
    elif texts.null_count:
        texts = texts.fill_null("")
    return pa.chunked_array([texts])


def _numbers(values: Sequence[float | None]) -> pa.Array | None:
    """Numbers as text, None where some would be written with an exponent."""
    column = pa.array(values, pa.float64())
    size = np.abs(column.drop_null().to_numpy())
    if not ((size == 0) | ((size >= 1e-4) & (size < 1e10))).all():
        return None
    return pc.add(column, 0.0).cast(pa.string())  # there is no -0


def _moments(values: Sequence[dt.datetime | None]) -> pa.Array | None:
    """Times as text, None where some have parts of a second."""
    column = pa.array(values, pa.timestamp("us"))
    seconds = column.cast(pa.timestamp("s"), safe=False)
    return seconds.cast(pa.string()) if seconds.cast(column.type).equals(column) else None
