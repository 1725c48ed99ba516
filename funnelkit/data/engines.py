"""Where the tables live, and what differs from engine to engine.

A table of a warehouse stays there: what several measures need is kept there too, as a temporary
table, where the user may make one; where not, it is computed again each time.
"""

from __future__ import annotations

import contextlib
import gc
import re
import weakref
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.datatypes as dtypes
import ibis.expr.operations as ops
import ibis.expr.types as ir
import pyarrow as pa

#: Engines whose own cast gives null for a text that cannot be read.
_FORGIVING = ("duckdb", "bigquery", "trino")
#: They give null too, but read more than was meant: "43600" is a year to Spark, "12d" a number.
_EAGER = ("pyspark", "databricks", "snowflake")

_NUMBER = r"^\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,2})?\s*$"
_WHOLE = r"^\s*[-+]?\d{1,18}\s*$"
# A cast that fails ends the query, so impossible days are told apart here, leap years included.
_DAY = (
    r"(\d{4}-((0[13578]|1[02])-(0[1-9]|[12]\d|3[01])|(0[469]|11)-(0[1-9]|[12]\d|30)"
    r"|02-(0[1-9]|1\d|2[0-8]))"
    r"|(\d\d(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)-02-29)"
)
_MOMENT = rf"^{_DAY}([ T]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{{1,6}})?)?)?$"


_open: weakref.WeakSet[Any] = weakref.WeakSet()
_most_open = 8


def connect(**config: Any) -> Any:
    """Open a DuckDB in this process, with nothing in it."""
    from funnelkit.data.duck import Duck

    global _most_open
    if len(_open) >= _most_open:  # one that nobody uses any more goes only with its circle
        gc.collect()
        _most_open = 2 * len(_open) + 8
    made = Duck().connect(**config)
    _open.add(made)
    return made


def home(table: ir.Table, otherwise: Any) -> Any:
    """Return the database a table lives in; ``otherwise`` for frames and files in memory."""
    sources = {node.source for node in table.op().find(ops.DatabaseTable)}
    return sources.pop() if len(sources) == 1 else otherwise


def keep(table: ir.Table, name: str, otherwise: Any) -> ir.Table | None:
    """Keep a table where it lives, for this session only; None where that is not allowed."""
    con = home(table, otherwise)
    fresh = getattr(con, "fresh", ibis.util.gen_name)
    try:
        kept: ir.Table = con.create_table(fresh(name), table, temp=True)
    except Exception:  # read-only users, engines without temporary tables, two databases at once
        return None
    return kept


def hold(rows: Any, con: Any) -> ir.Table:
    """Show Arrow rows to a DuckDB of ours as a table, uncopied; they go when it goes."""
    name = ibis.util.gen_name("rows")
    con.con.register(name, rows)
    con.held.add(name)
    table: ir.Table = con.table(name)
    return table


def let_go(con: Any, *used: ir.Table | None) -> None:
    """Give back the rows that a DuckDB of ours was shown and no table of ``used`` stands on."""
    needed = {node.name for t in used if t is not None for node in t.op().find(ops.DatabaseTable)}
    for name in con.held - needed:
        con.con.unregister(name)
    con.held &= needed
    pa.default_memory_pool().release_unused()


def parquet(path: Path, con: Any, **options: Any) -> ir.Table:
    """Show the one Parquet file of this name to a DuckDB of ours.

    Stars, brackets and question marks in a path are part of it, and ``stage=3/`` is a folder
    like any other.
    """
    table: ir.Table = con.read_parquet(_exactly(path), hive_partitioning=False, **options)
    return table


def parquets(files: Mapping[str, tuple[Path, ibis.Schema]], con: Any) -> dict[str, ir.Table]:
    """Show Parquet files whose columns are known to a DuckDB of ours: nothing is looked up."""
    views = []
    for name, (path, _) in files.items():
        file = _exactly(path).replace("'", "''")
        rows = f"SELECT * FROM read_parquet('{file}', hive_partitioning = false)"
        views.append(f'CREATE OR REPLACE TEMPORARY VIEW "{name}" AS {rows}')
    con.con.execute(";\n".join(views))
    return {
        name: ops.DatabaseTable(name, schema=schema, source=con).to_expr()
        for name, (_, schema) in files.items()
    }


def _exactly(path: Path) -> str:
    """Return a pattern that only the file of this name fits."""
    return re.sub(r"[*?\[]", r"[\g<0>]", str(path.absolute()))


def plain_types(table: ir.Table) -> dict[str, ir.Value]:
    """Bring what is neither text, number, time nor mark to one of them: decimals, lists, UUIDs."""
    plain: dict[str, ir.Value] = {}
    for name, kind in table.schema().items():
        kept = kind.is_string() or kind.is_numeric() or kind.is_boolean() or kind.is_null()
        if kind.is_decimal():
            plain[name] = table[name].cast("float64")
        elif not (kept or kind.is_date() or kind.is_timestamp()):
            plain[name] = table[name].cast("string")
    return plain


def drop(kept: ir.Table) -> None:
    """Give back the room of a table that was kept."""
    with contextlib.suppress(Exception):  # it ends with the session at the latest
        con = kept.get_backend()
        cursor = con.raw_sql(f'DROP TABLE IF EXISTS "{kept.get_name()}"')
        if con.name != "duckdb":  # there the connection itself comes back
            cursor.close()


def read_text(text: ir.Value, kind: Any) -> ir.Value:
    """Read text as another type; null where it cannot be read, on every engine.

    Examples
    --------
    >>> import ibis
    >>> t = ibis.memtable({"old": ["12.5", "soon"]})
    >>> t.select(amount=read_text(t.old, "float64")).to_pandas()["amount"].tolist()
    [12.5, nan]
    """
    wanted = dtypes.dtype(kind)
    if wanted.is_string():
        return text
    if not text.type().is_string():
        return text.cast(wanted)
    engine = text.get_backend().name
    if engine in _FORGIVING:
        return text.try_cast(wanted)
    if wanted.is_boolean():
        said = text.lower()
        return ibis.cases(
            (said.isin(["true", "t", "1"]), True), (said.isin(["false", "f", "0"]), False),
            else_=ibis.null("boolean"),
        )  # fmt: skip
    if wanted.is_integer():
        shape = _WHOLE
    elif wanted.is_numeric():
        shape = _NUMBER
    elif wanted.is_timestamp() or wanted.is_date():
        shape = _MOMENT
    else:
        return ibis.null(wanted)
    read = text.try_cast(wanted) if engine in _EAGER else text.cast(wanted)
    return text.re_search(shape).ifelse(read, ibis.null(wanted))
