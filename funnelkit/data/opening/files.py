"""One file as sheets, by what it holds: Parquet, a workbook, or text with separators."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ibis

from funnelkit.data import engines
from funnelkit.data.defects import Phrase
from funnelkit.data.inner import ROW
from funnelkit.data.opening import limits
from funnelkit.data.opening.sheet import HeaderScore, Sheet, apart
from funnelkit.errors import FunnelkitError

TABLE_ENDINGS = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls", ".parquet", ".pq", ".gz", ".xes")

_BIT = 16 * limits.MIB


def read_file(path: Path, engine: Any, header_score: HeaderScore) -> list[Sheet]:
    """Read one file, whatever its name says it is.

    ``header_score`` tells how much a row looks like a header; titles above it are skipped.
    """
    name = path.name
    try:
        with path.open("rb") as handle:
            data = handle.read(4096)
            if data[:4] != b"PAR1":
                parts = [data]  # bit by bit: one large read asks for the whole limit of memory
                left = limits.UNPACKED + 1 - len(data)
                while left > 0 and (more := handle.read(min(left, _BIT))):
                    parts.append(more)
                    left -= len(more)
                data = b"".join(parts)
    except FileNotFoundError:
        raise FunnelkitError("data.no_file", found=str(path)) from None
    except OSError as why:
        raise FunnelkitError("data.unreadable", file=name, why=str(why.strerror)) from None
    if len(data) > limits.UNPACKED:
        raise limits.too_large(name)
    if data[:2] == b"\x1f\x8b":
        data = limits.unpack(data, name)
        if data[:4] == b"PAR1":
            raise FunnelkitError("data.packed_parquet", file=name)
    nothing = b"\x00\r\n\t ,;\xef\xbb\xbf"
    if not data[:4096].strip(nothing) and not data.strip(nothing):
        raise FunnelkitError("data.empty_file", file=name)
    if data[:4] == b"PAR1":
        return [_parquet(path, engine)]
    if path.suffix.lower() in (".parquet", ".pq"):
        raise FunnelkitError("data.wrong_content", file=name, kind=Phrase("data.kind_parquet"))
    # what a rare kind of file needs is not loaded for the others
    if data[:4] in (b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0"):
        from funnelkit.data.opening.workbook import read_workbook

        return read_workbook(data, name, header_score)
    from funnelkit.data.opening.delimited import read_delimited

    return [read_delimited(data, name, header_score)]


def _parquet(path: Path, engine: Any) -> Sheet:
    """Show a Parquet file as it is, once every page of it was seen to be readable."""
    import duckdb

    try:
        table = engines.parquet(path, engine)
        own = {c.casefold() for c in table.columns}
        if "file_row_number" not in own:
            table = engines.parquet(path, engine, file_row_number=True)
            table = table.mutate(**{ROW: table["file_row_number"] + 1}).drop("file_row_number")
        else:  # the engine's name for the number is taken
            table = table.mutate(**{ROW: ibis.row_number() + 1})
        columns = [c for c in table.columns if c != ROW]
        if len(columns) > limits.COLUMNS:
            raise FunnelkitError(
                "data.too_many_columns", file=path.name, row=1, n=len(columns), most=limits.COLUMNS
            )
        if not int(table.count().execute()):
            raise FunnelkitError("data.no_rows", file=path.name)
        engine.raw_sql(f"SELECT bit_xor(hash(COLUMNS(*))) FROM ({ibis.to_sql(table[columns])})")
    except duckdb.Error as why:
        with path.open("rb") as handle:
            handle.seek(-4, 2)
            whole = handle.read() == b"PAR1"
        key = "data.damaged_parquet" if whole else "data.truncated_file"
        reason = str(why).partition("\n")[0].replace(str(path.parent), "")[:200]
        raise FunnelkitError(key, file=path.name, why=reason) from None
    return Sheet(path.name, columns, table.mutate(**engines.plain_types(table)))


__all__ = ["TABLE_ENDINGS", "Sheet", "apart", "read_file"]
