"""Text with separators, as bytes: encoding, separator and header, then Arrow's parser.

Arrow reads what has as many cells as the header; the few rows that have not come back as text
and are looked at one by one.
"""

from __future__ import annotations

import codecs
import csv
import io
import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from funnelkit.data.defects import Phrase
from funnelkit.data.opening import limits
from funnelkit.data.opening.sheet import HeaderScore, Rows, Sheet, find_header, huge_cell, sheet_of
from funnelkit.errors import FunnelkitError

_SAMPLE, _LINES = limits.MIB, 200
_END = re.compile(rb"\r\n|\r|\n")
_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "pdf"),
    (b"\x89PNG", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"GIF8", "image"),
    (b"SQLite format 3", "database"),
    (b"7z\xbc\xaf", "archive"),
    (b"Rar!", "archive"),
    (b"\x7fELF", "program"),
    (b"MZ\x90", "program"),
)


def read_delimited(data: bytes, file: str, score: HeaderScore) -> Sheet:
    """Read a text file with separators, whatever its encoding."""
    text = utf8(data, file)
    opening = text[:2000].decode("utf-8", "ignore").lstrip()[:200].lower()
    if opening.startswith(("<!doctype", "<html", "<table", "<?xml")):
        raise FunnelkitError("data.not_a_table", file=file, kind=Phrase("data.kind_html"))
    if opening.startswith(("{", "[")):
        raise FunnelkitError("data.not_a_table", file=file, kind=Phrase("data.kind_json"))
    start, line, mark = 0, 1, ""
    if opening.startswith("sep=") and len(opening) > 4 and opening[4] not in "\r\n\"'":
        # Excel's own note of the separator, above the table
        mark, start = opening[4], _line_end(text, text.lower().index(b"sep="))
        line = 1 + sum(1 for _ in _END.finditer(text, 0, start))
    if len(mark.encode()) > 1:
        mark = ""
    sample = _lines(text[start : start + _SAMPLE].decode("utf-8", "ignore"))
    mark = mark or _separator(sample)
    tops, ends = [], []
    reader = csv.reader(sample, delimiter=mark)
    try:
        for row in reader:
            tops.append(row)
            ends.append(reader.line_num)
    except csv.Error:
        raise huge_cell(file, line + (ends[-1] if ends else 0)) from None
    header = find_header(tops, file, score)
    top_line = line + (ends[header.place - 1] if header.place else 0)
    for _ in range(ends[header.place]):
        start = _line_end(text, start)
    line += ends[header.place]
    widths = [len(row) for row in tops[header.place + 1 : -1] if any(row)]
    usual = max(set(widths), key=widths.count, default=0)
    width = max(len(tops[header.place]), min(usual, limits.COLUMNS))
    sheet = sheet_of(_rows(text, start, line, width, mark, file), header, top_line, file)
    sheet.separator = mark
    return sheet


# --- encoding -----------------------------------------------------------------------------


def utf8(data: bytes, file: str) -> bytes:
    """Turn text in UTF-8, UTF-16, GB18030 (what a Chinese Excel writes) or Latin into UTF-8."""
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            raise FunnelkitError("data.not_a_table", file=file, kind=Phrase(f"data.kind_{kind}"))
    try:
        if wide := _wide(data):
            return data.decode(wide).removeprefix("\ufeff").encode()
    except UnicodeDecodeError:
        raise FunnelkitError("data.bad_encoding", file=file) from None
    data = data.removeprefix(codecs.BOM_UTF8)
    control = sum(byte < 32 and byte not in b"\0\t\n\r\x1a" for byte in data[:4000])
    if control > 3:
        raise FunnelkitError("data.not_a_table", file=file, kind=Phrase("data.kind_binary"))
    if b"\0" in data:
        row = 1 + sum(1 for _ in _END.finditer(data, 0, data.index(b"\0")))
        raise FunnelkitError("data.zero_bytes", file=file, row=row)
    bad = None if data.isascii() else _not_utf8(data)
    if bad is None:
        return data
    _refuse_mixture(data, bad, file)
    runs = re.findall(rb"[\x80-\xff]+", data[: 4 * limits.MIB])
    lone = sum(len(run) == 1 for run in runs) > len(runs) / 2  # ü between Latin letters
    for encoding in ("cp1252", "gb18030") if lone else ("gb18030", "cp1252"):
        try:
            return data.decode(encoding).encode()
        except UnicodeDecodeError:
            continue
    raise FunnelkitError("data.not_a_table", file=file, kind=Phrase("data.kind_binary"))


def _wide(data: bytes) -> str | None:
    """UTF-16 by its mark, or by the zeros that all stand in the same half of the letters."""
    if data[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return "utf-16"
    start = data[:4000]
    high, low = start[::2].count(0), start[1::2].count(0)
    if (high + low) * 20 < len(start) or min(high, low) * 20 > high + low:
        return None
    return "utf-16-le" if low > high else "utf-16-be"


def _not_utf8(data: bytes) -> int | None:
    """The place of the first byte that is not UTF-8, looked for without a copy of the whole."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    step = 8 * limits.MIB
    for start in range(0, len(data), step):
        kept = len(decoder.getstate()[0])
        try:
            decoder.decode(data[start : start + step], start + step >= len(data))
        except UnicodeDecodeError as why:
            return start - kept + why.start
    return None


def _refuse_mixture(data: bytes, bad: int, file: str) -> None:
    """Refuse a file in UTF-8 with lines in something else: neither reading would be right."""
    good = wrong = 0
    for line in data.splitlines():
        if not line.isascii():
            try:
                line.decode()
                good += 1
            except UnicodeDecodeError:
                wrong += 1
    if good > wrong:
        row = 1 + sum(1 for _ in _END.finditer(data, 0, bad))
        raise FunnelkitError("data.mixed_encodings", file=file, row=row, n=wrong)


# --- separator and lines ------------------------------------------------------------------


def _lines(sample: str) -> list[str]:
    """The first lines with their ends, cut where the reader of CSV cuts."""
    return [line for line, _ in zip(io.StringIO(sample, newline=""), range(_LINES), strict=False)]


def _line_end(text: bytes, start: int) -> int:
    found = _END.search(text, start)
    return found.end() if found else len(text)


def _separator(lines: list[str]) -> str:
    """The separator that cuts the first lines into the same, largest number of fields."""
    best, most = ",", 0.0
    for mark in (",", "\t", ";", "|"):
        try:
            widths = [len(row) for row in csv.reader(lines, delimiter=mark) if row]
        except csv.Error:  # a cell without an end; the row is named later
            continue
        if not widths:
            continue
        usual = max(set(widths), key=lambda w: (widths.count(w), w))
        score = (usual - 1) * widths.count(usual) / len(widths)
        if score > most:
            best, most = mark, score
    return best


# --- rows ---------------------------------------------------------------------------------


def _rows(text: bytes, start: int, line: int, width: int, mark: str, file: str) -> Rows:
    """Read what stands from ``start`` on, whose first line has the number ``line``."""
    body = memoryview(text)[start:]
    if not len(body):
        raise FunnelkitError("data.no_rows", file=file)
    table, odd = _parse(body, width, mark)
    n = table.num_rows + len(odd)
    places = np.array([number - 1 for number, _ in odd], np.int64)
    regular = np.ones(n, bool)
    regular[places] = False
    inside = np.zeros(n, np.int64)  # ends of lines within the row
    lines = _count_ends(text, start)
    if lines > n:
        for column in table.columns:
            inside[regular] += _ends_within(column)
        inside[places] = np.array([len(_END.findall(raw.encode())) for _, raw in odd], np.int64)
    at = line + np.arange(n) + np.concatenate([[0], np.cumsum(inside)[:-1]])
    try:
        cells = [next(csv.reader(io.StringIO(raw, newline=""), delimiter=mark), [])
                 for _, raw in odd]  # fmt: skip
    except csv.Error:
        _refuse_huge(body, line, mark, file)
        raise
    rows = Rows(
        table.columns, at[regular], list(zip(at[places].tolist(), cells, strict=True)),
        cut=text[-1:] not in (b"\n", b"\r"),
    )  # fmt: skip
    if text.count(b'"', start) % 2 and n:
        _take_out_open_quote(rows, text, start, line, int(at[-1]), lines, mark)
    return rows


def _parse(body: memoryview, width: int, mark: str) -> tuple[pa.Table, list[tuple[int, str]]]:
    odd: list[tuple[int, str]] = []

    def note(row: pyarrow.csv.InvalidRow) -> str:
        odd.append((row.number, row.text))
        return "skip"

    names = [str(i) for i in range(width)]
    table = pyarrow.csv.read_csv(
        pa.py_buffer(body),
        # rows have numbers on one thread only; between two blocks a line's end may get lost
        pyarrow.csv.ReadOptions(use_threads=False, block_size=len(body) + 1, column_names=names),
        pyarrow.csv.ParseOptions(
            delimiter=mark, newlines_in_values=True, ignore_empty_lines=False,
            invalid_row_handler=note,
        ),
        pyarrow.csv.ConvertOptions(
            check_utf8=False, column_types=dict.fromkeys(names, pa.string()),
            strings_can_be_null=False,
        ),
    )  # fmt: skip
    return table, odd


def _refuse_huge(body: memoryview, line: int, mark: str, file: str) -> None:
    """Name the row of a cell that is longer than the limit, if there is one."""
    reader = csv.reader(io.TextIOWrapper(io.BytesIO(body), "utf-8", newline=""), delimiter=mark)
    before = 0
    try:
        for _ in reader:
            before = reader.line_num
    except csv.Error:
        raise huge_cell(file, line + before) from None


def _count_ends(text: bytes, start: int) -> int:
    """How many lines there are from ``start`` on, the last one ended or not."""
    ends = text.count(b"\n", start)
    if text.find(b"\r", start) >= 0:
        ends += text.count(b"\r", start) - text.count(b"\r\n", start)
    return ends + (text[-1:] not in (b"\n", b"\r"))


def _ends_within(column: pa.ChunkedArray) -> np.ndarray:
    ends = pc.count_substring(column, "\n")
    if pc.any(pc.match_substring(column, "\r")).as_py():
        ends = pc.add(ends, pc.count_substring(column, "\r"))
        ends = pc.subtract(ends, pc.count_substring(column, "\r\n"))
    counts: np.ndarray = pc.fill_null(ends, 0).to_numpy()
    return counts


def _take_out_open_quote(
    rows: Rows, text: bytes, start: int, line: int, last: int, lines: int, mark: str
) -> None:
    """Take the last row out if it is what follows a quotation mark never closed."""
    for _ in range(last - line):
        start = _line_end(text, start)
    try:
        raw = io.StringIO(text[start:].decode(), newline="")
        for _ in csv.reader(raw, delimiter=mark, strict=True):
            pass
    except csv.Error as why:
        if "unexpected end of data" not in str(why):
            return
        rows.opened, rows.swallowed, rows.cut = last, lines - (last - line), False
        if rows.odd and rows.odd[-1][0] == last:
            rows.odd.pop()
        else:
            rows.at = rows.at[:-1]
            rows.columns = [c.slice(0, len(c) - 1) for c in rows.columns]
