"""The ordinary calls on an Ibis DuckDB connection, each with its answer, under the pinned engine.

An analyst prepares a table with them before it goes to ``read``; the ranges of ibis, duckdb and
sqlglot in pyproject.toml are lifted when these pass without them.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import ibis
import pandas as pd
import pyarrow as pa
import pytest

from funnelkit.data.read import read

DEALS = pd.DataFrame({"deal_id": ["a", "b", "c"], "stage": ["need", "lead", "need"],
                      "amount": [10.0, 20.0, 30.0]})  # fmt: skip
ARROW = pa.table({"deal_id": ["x", "y"], "stage": ["lead", "need"], "amount": [1.0, 2.0]})
MORE = pd.DataFrame({"deal_id": ["d"], "stage": ["lead"], "amount": [40.0]})


@pytest.fixture
def con() -> Any:
    con = ibis.duckdb.connect()
    con.create_table("deals", DEALS)
    return con


def ids(table: Any) -> list[str]:
    return sorted(table.deal_id.to_pyarrow().to_pylist())


def overwritten(con: Any) -> list[str]:
    con.create_table("deals", MORE, overwrite=True)
    return ids(con.table("deals"))


def dropped(con: Any) -> bool:
    con.drop_table("deals")
    return "deals" in con.list_tables()


def viewed(con: Any) -> list[str]:
    deals = con.table("deals")
    con.create_view("big", deals.filter(deals.amount > 15))
    return ids(con.table("big"))


def inserted(con: Any) -> list[str]:
    con.insert("deals", MORE)
    return ids(con.table("deals"))


def truncated(con: Any) -> int:
    con.truncate_table("deals")
    return int(con.table("deals").count().execute())


def undone(con: Any) -> list[str]:
    con.create_view("big", con.table("deals"))
    con.drop_view("big")
    return list(con.list_tables())


CALLS: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "list_tables": (lambda con: con.list_tables(), ["deals"]),
    "tables": (lambda con: list(con.tables), ["deals"]),
    "list_catalogs": (lambda con: "memory" in con.list_catalogs(), True),
    "list_databases": (lambda con: "main" in con.list_databases(), True),
    "table": (lambda con: ids(con.table("deals")), ["a", "b", "c"]),
    "con.sql": (lambda con: ids(con.sql("SELECT * FROM deals WHERE amount > 15")), ["b", "c"]),
    "Table.sql": (
        lambda con: ids(con.table("deals").sql("SELECT * FROM deals WHERE stage = 'lead'")),
        ["b"],
    ),
    "raw_sql": (
        lambda con: con.raw_sql("SELECT sum(amount) FROM deals").fetchone(), (60.0,)
    ),
    "execute(memtable)": (
        lambda con: con.execute(ibis.memtable(MORE))["deal_id"].tolist(), ["d"]
    ),
    "create_table(frame)": (lambda con: ids(con.create_table("t", DEALS)), ["a", "b", "c"]),
    "create_table(arrow)": (lambda con: ids(con.create_table("t", ARROW)), ["x", "y"]),
    "create_table(expression)": (
        lambda con: ids(con.create_table("t", con.table("deals").limit(2))), ["a", "b"]
    ),
    "create_table(overwrite)": (overwritten, ["d"]),
    "drop_table": (dropped, False),
    "create_view": (viewed, ["b", "c"]),
    "insert": (inserted, ["a", "b", "c", "d"]),
    "truncate_table": (truncated, 0),
    "drop_view": (undone, ["deals"]),
    "to_pyarrow": (lambda con: con.table("deals").to_pyarrow().num_rows, 3),
    "to_pyarrow_batches": (
        lambda con: sum(b.num_rows for b in con.table("deals").to_pyarrow_batches()), 3
    ),
    "to_pandas": (lambda con: con.table("deals").to_pandas()["amount"].sum(), 60.0),
}  # fmt: skip


def test_there_are_twenty_one() -> None:
    assert len(CALLS) == 21


# DuckDB 1.5 gives the method that Ibis 12 calls another name
@pytest.mark.filterwarnings("ignore:fetch_record_batch:DeprecationWarning")
@pytest.mark.parametrize("name", sorted(CALLS))
def test_call(name: str, con: Any) -> None:
    call, answer = CALLS[name]
    assert call(con) == answer


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_files_of_the_connection(ending: str, con: Any, tmp_path: Path) -> None:
    file = tmp_path / f"deals.{ending}"
    if ending == "csv":
        DEALS.to_csv(file, index=False)
    else:
        DEALS.to_parquet(file)
    table = getattr(con, f"read_{ending}")(file)
    assert ids(table) == ["a", "b", "c"]
    assert read(table).size == 3


def test_a_table_prepared_this_way_is_read(con: Any) -> None:
    con.insert("deals", MORE)
    con.create_view("chosen", con.sql("SELECT * FROM deals WHERE amount < 35"))
    prepared = con.create_table("ready", con.table("chosen").mutate(region=ibis.literal("North")))
    p = read(prepared)
    frame = p.frame()
    assert frame["deal_id"].tolist() == ["a", "b", "c"]
    assert frame["amount"].tolist() == [10.0, 20.0, 30.0]
    assert set(frame["region"]) == {"North"}
    # one of several tables of the connection, by its name
    assert read((con, "chosen")).size == 3
