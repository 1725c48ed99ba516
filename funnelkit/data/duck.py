"""The DuckDB of the kit's own: a question is put into short words, and the same one asked once.

What Ibis does around a query costs more than the query where tables are small. Tables made here
do not change, so an answer stays right as long as the connection lives.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from itertools import count
from typing import Any

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa
import sqlglot.expressions as sge
from ibis.backends.duckdb import Backend
from ibis.backends.duckdb.converter import DuckDBPandasData, DuckDBPyArrowData

#: Answers a connection keeps, and the cells of the largest of them.
MOST, LARGEST = 256, 500_000
#: SQL by the expression it was put together for, where somebody keeps it: reports of one batch
#: ask the same of tables of the same names, each in a process of its own.
WRITTEN: dict[Any, str] | None = None
#: What a query may stand on that has to be made known to the engine first.
_TO_PREPARE = (
    ops.InMemoryTable, ops.ScalarUDF, ops.AggUDF, ops.GeoSpatialUnOp, ops.GeoSpatialBinOp,
)  # fmt: skip


class Duck(Backend):  # type: ignore[misc]  # Ibis comes without types
    """A DuckDB in this process, for tables that the kit makes and nobody changes."""

    def do_connect(self, *args: Any, **config: Any) -> None:
        """Open the database; see Ibis."""
        super().do_connect(*args, **config)
        self._answers: dict[Any, Any] = {}
        self.held: set[str] = set()  # names of Arrow rows it was shown
        self._names = count(1)

    def fresh(self, name: str) -> str:
        """Return a name no table has; the same questions get the same names in their order."""
        return f"{name}_{next(self._names)}"

    def compile(self, expr: ir.Expr, /, **options: Any) -> str:
        """Write an expression as SQL; DuckDB merges nested selects itself, in less time."""
        fuse = ibis.options.sql.fuse_selects
        ibis.options.sql.fuse_selects = False
        try:
            # a zero character ends a statement, so a text that holds one is put together
            return str(super().compile(expr, **options)).replace("\0", "' || chr(0) || '")
        finally:
            ibis.options.sql.fuse_selects = fuse

    def execute(self, expr: ir.Expr, /, *, params: Any = None, limit: Any = None, **_: Any) -> Any:
        """Return the answer as a frame, a column or a value of pandas."""
        if not _plain(expr, params, limit):
            return super().execute(expr, params=params, limit=limit)
        frame: pd.DataFrame = self._once(expr, _frame)
        return expr.__pandas_result__(frame.copy(deep=False))  # pandas copies what is written to

    def to_pyarrow(
        self, expr: ir.Expr, /, *, params: Any = None, limit: Any = None, **_: Any
    ) -> Any:
        """Return the answer as a table, a column or a value of Arrow."""
        if not _plain(expr, params, limit):
            return super().to_pyarrow(expr, params=params, limit=limit)
        rows: pa.Table = self._once(expr, lambda rows, _: rows)
        return expr.__pyarrow_result__(rows, data_mapper=DuckDBPyArrowData)

    def create_table(self, name: str, /, obj: Any = None, **options: Any) -> ir.Table:
        """Make a table; of a temporary one of a query all is known, so nothing is looked up."""
        if not isinstance(obj, ir.Table) or options != {"temp": True} or not _plain(obj):
            self._answers.clear()
            return super().create_table(name, obj, **options)
        schema = obj.schema()
        query = self._sql(obj)
        quoted = f'"temp"."main"."{name}"'
        columns = ", ".join(f'"{_doubled(n)}" {_written(t)}' for n, t in schema.items())
        self.con.execute(f"CREATE TEMPORARY TABLE {quoted} ({columns})")
        rows = self.con.execute(f"INSERT INTO {quoted} {query}").fetchone()
        place = ops.Namespace(catalog="temp", database="main")
        made = ops.DatabaseTable(name, schema=schema, source=self, namespace=place).to_expr()
        self._answers[made.count().op(), True] = pd.DataFrame({"n": rows})  # known already
        return made

    def raw_sql(self, query: Any, **options: Any) -> Any:
        """Run a statement; one that may change a table makes what was answered be forgotten."""
        if not isinstance(query, sge.Select | sge.Describe):
            self._answers.clear()
        return super().raw_sql(query, **options)

    def _sql(self, expr: ir.Expr) -> str:
        if WRITTEN is None:
            return self.compile(expr)
        key = expr.op()
        if key not in WRITTEN:
            WRITTEN[key] = self.compile(expr)
        return WRITTEN[key]

    def _once(self, expr: ir.Expr, made: Callable[[pa.Table, Any], Any]) -> Any:
        key = expr.op(), made is _frame
        if key in self._answers:
            return self._answers[key]
        table = expr.as_table()
        rows = self.con.sql(self._sql(table)).to_arrow_table()
        answer = made(rows, table.schema())
        if rows.num_rows * rows.num_columns <= LARGEST:
            if len(self._answers) >= MOST:
                self._answers.clear()
            self._answers[key] = answer
        return answer


def _plain(expr: ir.Expr, params: Any = None, limit: Any = None) -> bool:
    if params or limit not in (None, "default") or ibis.options.sql.default_limit is not None:
        return False
    return not expr.op().find(_TO_PREPARE)


def _frame(rows: pa.Table, schema: Any) -> pd.DataFrame:
    """Turn Arrow rows into pandas ones as Ibis does."""
    columns = {
        name: column.to_pylist() if column.null_count or _odd(column.type) else column.to_pandas()
        for name, column in zip(rows.column_names, rows.columns, strict=True)
    }
    frame: pd.DataFrame = DuckDBPandasData.convert_table(pd.DataFrame(columns), schema)
    return frame


def _odd(kind: pa.DataType) -> bool:
    return bool(pa.types.is_nested(kind) or pa.types.is_dictionary(kind))


@lru_cache
def _written(kind: Any) -> str:
    return str(Backend.compiler.type_mapper.to_string(kind))


def _doubled(name: str) -> str:
    return name.replace('"', '""')


__all__ = ["Duck"]
