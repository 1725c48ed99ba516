"""What the user pointed at: files, a folder, frames, Ibis tables or a connection, as sheets."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir

from funnelkit.data import engines
from funnelkit.data.defects import Finding
from funnelkit.data.inner import ROW
from funnelkit.data.opening.files import TABLE_ENDINGS, Sheet, apart, read_file
from funnelkit.data.opening.xes import is_xes, read_xes
from funnelkit.errors import FunnelkitError, nearest


def sheets_of(
    source: Any, con: Any, header_score: Callable[[list[str]], float], label: str = "table"
) -> list[Sheet]:
    """Return the tables of one argument of :func:`funnelkit.read`."""
    if source is None:
        return []
    if isinstance(source, Sheet):
        return [source]
    if isinstance(source, (str, Path)):
        try:
            path = Path(source).expanduser()
            return (_folder if path.is_dir() else _file)(path, con, header_score)
        except FunnelkitError:
            raise
        except (OSError, ValueError, RuntimeError) as why:  # no path at all, or one that is closed
            told = getattr(why, "strerror", None) or str(why)
            raise FunnelkitError("data.unreadable", file=str(source)[:80], why=told) from None
    if isinstance(source, ir.Table):
        name = source.get_name() if hasattr(source.op(), "name") else label
        return [Sheet(name, list(source.columns), source)]
    if isinstance(source, ibis.BaseBackend):
        return _connection(source)
    if isinstance(source, tuple) and len(source) == 2 and isinstance(source[0], ibis.BaseBackend):
        return [Sheet(str(source[1]), list((t := source[0].table(source[1])).columns), t)]
    return [_frame(source, con, label)]


def sheets_of_each(
    sources: dict[str, Any], con: Any, header_score: Callable[[list[str]], float]
) -> list[list[Sheet]]:
    """Return the tables of several arguments; workbooks are parsed side by side.

    The parser of workbooks leaves Python free while it works, and needs no database.
    """
    books = [label for label, source in sources.items() if _is_book(source)]
    with ThreadPoolExecutor(max(len(books), 1)) as pool:
        begun = {
            label: pool.submit(sheets_of, sources[label], con, header_score, label)
            for label in (books if len(books) > 1 else ())
        }
        return [
            begun[label].result() if label in begun else sheets_of(s, con, header_score, label)
            for label, s in sources.items()
        ]


def _is_book(source: Any) -> bool:
    if not isinstance(source, (str, Path)):
        return False
    return Path(source).suffix.lower() in (".xlsx", ".xlsm", ".xls")


def _file(path: Path, con: Any, header_score: Callable[[list[str]], float]) -> list[Sheet]:
    if not path.exists() and not path.is_symlink():
        from funnelkit.data.library import datasets

        if str(path) in set(datasets()["name"]):
            raise FunnelkitError("data.no_file_bundled", found=str(path))
        near: list[str] = []
        if path.parent.is_dir():
            here = [p.name for p in path.parent.iterdir() if p.suffix.lower() in TABLE_ENDINGS]
            near = nearest(path.name, sorted(here))
        raise FunnelkitError("data.no_file_near" if near else "data.no_file",
                             found=path.name if near else str(path), allowed=near)  # fmt: skip
    if path.exists() and not path.is_file():  # opening a pipe would wait for ever
        raise FunnelkitError("data.no_plain_file", file=path.name)
    return _tables(path, con, header_score)


def _tables(path: Path, con: Any, header_score: Callable[[list[str]], float]) -> list[Sheet]:
    return [read_xes(path)] if is_xes(path) else read_file(path, con, header_score)


def _folder(path: Path, con: Any, header_score: Callable[[list[str]], float]) -> list[Sheet]:
    files = sorted(
        p for p in path.iterdir()
        if p.is_file() and p.suffix.lower() in TABLE_ENDINGS and not p.name.startswith((".", "~$"))
    )  # fmt: skip
    if not files:
        raise FunnelkitError("data.empty_folder", found=path.name, allowed=TABLE_ENDINGS)
    sheets: list[Sheet] = []
    refused: list[tuple[str, FunnelkitError]] = []
    for p in files:
        try:
            sheets += _tables(p, con, header_score)
        except FunnelkitError as why:
            refused.append((p.name, why))
    if not sheets:
        raise refused[0][1]
    for name, reason in refused:  # a broken file beside the good ones is told, not fatal
        sheets[0].notes.append(Finding("unread_file", file=name, more={"why": reason}))
    return sheets


def _connection(con: Any) -> list[Sheet]:
    sheets = []
    for name in sorted(con.list_tables()):
        table = con.table(name)
        sheets.append(Sheet(name, list(table.columns), table))
    if not sheets:
        raise FunnelkitError("data.empty_connection")
    return sheets


def _frame(source: Any, con: Any, label: str) -> Sheet:
    """A frame of pandas, polars or Arrow: typed as it is, rows counted from 1."""
    import pyarrow as pa

    if isinstance(source, list) and source and isinstance(source[0], dict):
        source = pa.Table.from_pylist(source)
    elif isinstance(source, dict):
        source = pa.table(source)
    arrow = None
    try:
        if isinstance(source, pa.Table):
            arrow = source
        elif isinstance(source, pa.RecordBatchReader):
            arrow = source.read_all()
        elif hasattr(source, "collect") and hasattr(source, "lazy"):
            arrow = source.collect().to_arrow()
        elif hasattr(source, "to_arrow"):
            arrow = source.to_arrow()
        elif hasattr(source, "iloc") and hasattr(source, "columns"):
            arrow = _from_pandas(source)
    except (pa.ArrowException, ValueError, TypeError) as why:
        raise FunnelkitError("data.bad_frame", why=str(why).splitlines()[0]) from None
    if arrow is None:
        raise FunnelkitError("data.not_readable", found=type(source).__name__)
    if not arrow.num_columns or not arrow.num_rows:
        raise FunnelkitError("data.empty_file", file=label)
    names, notes = apart([str(c).replace("\0", "") or "column" for c in arrow.column_names], label)
    arrow = arrow.rename_columns(names)
    for i, column in enumerate(arrow.columns):
        if pa.types.is_dictionary(column.type):
            arrow = arrow.set_column(i, names[i], column.cast(column.type.value_type))
        elif pa.types.is_null(column.type):  # a column of nothing is one of texts
            arrow = arrow.set_column(i, names[i], column.cast(pa.string()))
        elif pa.types.is_float16(column.type):
            arrow = arrow.set_column(i, names[i], column.cast(pa.float32()))
    arrow = arrow.append_column(ROW, pa.array(range(1, arrow.num_rows + 1), pa.int64()))
    table = engines.hold(arrow, con)
    return Sheet(label, names, table.mutate(**engines.plain_types(table)), notes=notes)


def _from_pandas(frame: Any) -> Any:
    import pyarrow as pa

    plain = frame.reset_index(drop=frame.index.name is None)
    for name in plain.columns:
        column = plain[name]
        if column.dtype == object:
            # mixed cells (numbers and text, dates and text) are read as text
            kinds = {type(v) for v in column.dropna().head(1000)}
            if len(kinds) > 1:
                plain[name] = column.map(lambda v: None if v is None or v != v else str(v))
    plain.columns = [str(c) for c in plain.columns]
    return pa.Table.from_pandas(plain, preserve_index=False)


def shown_name(source: Any) -> str:
    """A name for the pipeline: the file's or folder's, without its ending."""
    if isinstance(source, (str, Path)):
        return re.sub(r"\.(csv|tsv|txt)?\.?(gz|csv|tsv|txt|xlsx|xls|parquet|pq)?$", "",
                      Path(source).name, flags=re.I)  # fmt: skip
    if isinstance(source, ir.Table) and hasattr(source.op(), "name"):
        return str(source.get_name())
    return ""
