"""From the bytes of a file to a table of text: encoding, separator, header row, row numbers."""

from __future__ import annotations

import csv
import datetime as dt
import gc
import gzip
import io
import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.compute as pc

from funnelkit.data import engines
from funnelkit.data.defects import Finding, Phrase
from funnelkit.data.inner import ROW, free
from funnelkit.errors import FunnelkitError
from funnelkit.files.tables import GUARD

_LOOK_FOR_HEADER = 20
_TOTAL = re.compile(r"((grand|sub) ?)?totals?\b|sum\b|合计|总计|小计|汇总", re.I)
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
TABLE_ENDINGS = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls", ".parquet", ".pq", ".gz")


@dataclass
class Sheet:
    """One table as it came: where from, its columns, and the rows as an Ibis table.

    ``text`` tells that every cell is text still to be read (CSV, Excel); then ``arrow`` holds it.
    """

    name: str
    columns: list[str]
    table: ibis.Table
    text: bool = False
    arrow: pa.Table | None = None
    notes: list[Finding] = field(default_factory=list)
    empty_rows: int = 0
    separator: str = ""

    @property
    def has_rows(self) -> bool:
        """Whether rows carry their line number in the file."""
        return ROW in self.table.columns


def read_file(path: Path, engine: Any, header_score: Callable[[list[str]], float]) -> list[Sheet]:
    """Read one file, whatever its name says it is.

    ``header_score`` tells how much a row looks like a header; titles above it are skipped.
    """
    name = path.name
    try:
        with path.open("rb") as handle:
            head = handle.read(4096)
    except FileNotFoundError:
        raise FunnelkitError("data.no_file", found=str(path)) from None
    except OSError as why:
        raise FunnelkitError("data.unreadable", file=name, why=str(why.strerror)) from None
    if not head.strip(b"\x00\r\n\t ,;\xef\xbb\xbf"):
        raise FunnelkitError("data.empty_file", file=name)
    if head[:4] == b"PAR1":
        return [_parquet(path, engine)]
    if path.suffix.lower() in (".parquet", ".pq"):
        raise FunnelkitError("data.wrong_content", file=name, kind=Phrase("data.kind_parquet"))
    data = path.read_bytes()
    if data[:2] == b"\x1f\x8b":
        try:
            data = gzip.decompress(data)
        except (EOFError, zlib.error, gzip.BadGzipFile):
            raise FunnelkitError("data.truncated_file", file=name) from None
    if data[:4] in (b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0"):
        return _workbook(data, name, header_score)
    return [_delimited(data, name, header_score)]


def _parquet(path: Path, engine: Any) -> Sheet:
    import duckdb

    try:
        table = engines.parquet(path, engine, file_row_number=True)
    except duckdb.Error:
        raise FunnelkitError("data.truncated_file", file=path.name) from None
    table = table.mutate(**{ROW: table["file_row_number"] + 1}).drop("file_row_number")
    columns = [c for c in table.columns if c != ROW]
    return Sheet(path.name, columns, table)


def decode(data: bytes, name: str) -> str:
    """Decode text as UTF-8, UTF-16 or GB18030 (what a Chinese Excel writes), BOM or not."""
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            raise FunnelkitError("data.not_a_table", file=name, kind=Phrase(f"data.kind_{kind}"))
    try:
        if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
            return data.decode("utf-16")
        if data[:3] == b"\xef\xbb\xbf":
            return data[3:].decode("utf-8")
        start = data[:2000]
        zeros = start.count(0)
        if zeros > len(start) // 4:  # UTF-16 without a mark: every other byte of Latin text is 0
            return data.decode(
                "utf-16-le" if start[1::2].count(0) > start[::2].count(0) else "utf-16-be"
            )
        if zeros:
            raise FunnelkitError("data.not_a_table", file=name, kind=Phrase("data.kind_binary"))
    except UnicodeDecodeError:
        raise FunnelkitError("data.bad_encoding", file=name) from None
    for encoding in ("utf-8", "gb18030", "cp1252"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if sum(c < " " and c not in "\r\n\t\x1a" for c in text[:4000]) > 3:
            break
        return text
    raise FunnelkitError("data.not_a_table", file=name, kind=Phrase("data.kind_binary"))


def _separator(lines: list[str]) -> str:
    """The separator that cuts the first lines into the same, largest number of fields."""
    best, most = ",", 0.0
    for mark in (",", "\t", ";", "|"):
        widths = [len(row) for row in csv.reader(lines, delimiter=mark) if row]
        if not widths:
            continue
        usual = max(set(widths), key=lambda w: (widths.count(w), w))
        score = (usual - 1) * widths.count(usual) / len(widths)
        if score > most:
            best, most = mark, score
    return best


@contextmanager
def _uncollected() -> Iterator[None]:
    """Pile up rows without looking for garbage among them time and again: a third of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _delimited(data: bytes, name: str, header_score: Callable[[list[str]], float]) -> Sheet:
    text = decode(data, name)
    opening = text.lstrip()[:200].lower()
    if opening.startswith(("<!doctype", "<html", "<table", "<?xml")):
        raise FunnelkitError("data.not_a_table", file=name, kind=Phrase("data.kind_html"))
    if opening.startswith(("{", "[")):
        raise FunnelkitError("data.not_a_table", file=name, kind=Phrase("data.kind_json"))
    mark = None
    if opening.startswith("sep=") and len(opening) > 4:
        mark = opening[4]
        text = "\n" + text.lstrip().partition("\n")[2]
    lines = text[:200_000].splitlines()[:200]
    mark = mark or _separator(lines)
    csv.field_size_limit(10_000_000)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark)
    rows: list[list[str]] = []
    at: list[int] = []
    line = 0
    with _uncollected():
        for row in reader:
            rows.append(row)
            at.append(line + 1)
            line = reader.line_num
        # a quote never closed swallows the rest of the file into one cell
        open_quote = bool(rows) and any("\n" in c and c.count("\n") > 50 for c in rows[-1])
        sheet = grid(rows, at, name, header_score, cut=not text.endswith(("\n", "\r")))
    sheet.separator = mark
    if open_quote or (text.count('"') % 2 and rows and any("\n" in c for c in rows[-1])):
        sheet.notes = [
            n for n in sheet.notes if n.row != at[-1] or n.reason not in ("ragged_row", "cut_off")
        ]
        sheet.notes.append(Finding("open_quote", file=name, row=at[-1]))
    return sheet


def _cell(value: Any) -> str:
    """Write an Excel cell as text without changing what it says."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    return str(value)


def _workbook(data: bytes, name: str, header_score: Callable[[list[str]], float]) -> list[Sheet]:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        tabs = [
            (tab, book.get_sheet_by_name(tab).to_python(skip_empty_area=False))
            for tab in book.sheet_names
        ]
    except (CalamineError, ValueError, OSError) as why:
        cut = data[:2] == b"PK" and b"PK\x05\x06" not in data[-70_000:]
        if cut:
            raise FunnelkitError("data.truncated_file", file=name) from None
        if "assword" in str(why) or b"EncryptedPackage" in data or b"E\x00n\x00c\x00r" in data:
            raise FunnelkitError("data.locked_workbook", file=name) from None
        kind = Phrase("data.kind_archive")
        raise FunnelkitError("data.not_a_table", file=name, kind=kind) from None
    sheets = []
    for tab, cells in tabs:
        if any(str(v).strip() for row in cells for v in row):
            rows = [[_cell(v) for v in row] for row in cells]
            label = name if len(tabs) == 1 else f"{name} [{tab}]"
            sheets.append(
                grid(rows, list(range(1, len(rows) + 1)), label, header_score, padded=True)
            )
    if not sheets:
        raise FunnelkitError("data.empty_file", file=name)
    return sheets


def grid(
    rows: list[list[str]],
    at: list[int],
    name: str,
    header_score: Callable[[list[str]], float],
    *,
    padded: bool = False,
    cut: bool = False,
) -> Sheet:
    """Make a sheet of rows of text: find the header, keep line numbers, note what does not fit."""
    filled = [
        i for i, row in enumerate(rows) if row and (row[0].strip() or any(c.strip() for c in row))
    ]
    if not filled:
        raise FunnelkitError("data.empty_file", file=name)
    tops = filled[:_LOOK_FOR_HEADER]
    scores = {i: header_score(rows[i]) for i in tops}
    top = max(tops, key=lambda i: (scores[i], -i)) if max(scores.values()) > 0 else tops[0]
    notes: list[Finding] = []
    if top != tops[0]:
        notes.append(
            Finding("header_below", file=name, row=at[top], more={"lines": tops.index(top)})
        )
    header = [c.strip().strip("\ufeff").replace("\u00a0", " ") for c in rows[top]]
    while header and not header[-1]:
        header.pop()
    if not header:
        raise FunnelkitError("data.empty_file", file=name)
    header, twins = apart([title or f"column_{i + 1}" for i, title in enumerate(header)], name)
    notes += [replace(twin, row=at[top]) for twin in twins]
    width = len(header)
    kept: list[list[str]] = []
    lines: list[int] = []
    bad: list[int] = []
    footers: list[int] = []
    body = [i for i in filled if i > top]
    totals = set(_totals(rows, body))
    for i in body:
        row = rows[i]
        if i in totals:
            footers.append(i)
            continue
        if len(row) != width:
            if len(row) > width and not any(c.strip() for c in row[width:]):
                row = row[:width]
            elif padded and len(row) < width:
                row = row + [""] * (width - len(row))
            elif len(row) == 1 and width > 2 and i > body[0]:
                footers.append(i)
                continue
            else:
                bad.append(i)
                continue
        kept.append(row)
        lines.append(at[i])
    if (cut and bad and bad[-1] == body[-1]) or (
        cut
        and footers
        and footers[-1] == body[-1]
        and len(footers) == 1
        and not bad
        and _looks_cut(rows[footers[-1]][0], rows[body[0]])
    ):
        last = bad.pop() if bad and bad[-1] == body[-1] else footers.pop()
        notes.append(
            Finding(
                "cut_off", file=name, row=at[last],
                value=",".join(rows[last])[-60:],
                more={"fields": len(rows[last]), "width": width},
            )
        )  # fmt: skip
    if footers:
        notes.append(
            Finding(
                "footer", file=name, row=at[footers[0]],
                value=next(c for c in rows[footers[0]] if c.strip())[:60],
                count=len(footers),
            )
        )  # fmt: skip
    if bad:
        notes.append(
            Finding(
                "ragged_row", file=name, row=at[bad[0]], count=len(bad),
                more={"fields": len(rows[bad[0]]), "width": width},
            )
        )  # fmt: skip
    if not kept and not notes:
        raise FunnelkitError("data.no_rows", file=name)
    cells = zip(*kept, strict=True) if kept else [()] * width
    arrays = [_clean(pa.array(column, pa.string())) for column in cells]
    arrow = pa.table([*arrays, pa.array(lines, pa.int64())], names=[*header, ROW])
    return Sheet(name, header, ibis.memtable(arrow), text=True, arrow=arrow, notes=notes)


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


def _totals(rows: list[list[str]], body: list[int]) -> list[int]:
    """The rows at the bottom that say "Total" and hold next to nothing else."""
    found = []
    for i in reversed(body[1:]):
        told = [c.strip() for c in rows[i] if c.strip()]
        if not _TOTAL.match(told[0]) or len(told) > max(2, len(rows[body[0]]) // 3):
            break
        found.append(i)
    return found


def _looks_cut(cell: str, first: list[str]) -> bool:
    """A lone last cell that starts like an id, not like a sentence."""
    return " " not in cell.strip() and len(cell) <= len(first[0]) + 2


def _clean(column: pa.Array) -> pa.Array:
    """Cells without what stands around them; nothing left is null."""
    if pc.any(pc.starts_with(column, "'")).as_py():  # put there against formulas
        column = pc.replace_substring_regex(column, GUARD, r"\1")
    bare = pc.utf8_trim(column, " \t\r\n\u00a0\u3000\ufeff\x1a")
    return pc.replace_with_mask(bare, pc.equal(bare, ""), pa.scalar(None, pa.string()))
