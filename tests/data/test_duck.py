"""The kit's own DuckDB answers as Ibis's does, asks once, and forgets what may have changed."""

from __future__ import annotations

import pickle
from typing import Any

import ibis
import numpy as np
import pandas as pd
import pytest

from funnelkit.data import duck, engines

FRAME = pd.DataFrame(
    {
        "deal": ["a", "b", None, 'd"e'],
        "n": pd.array([1, None, 3, 4], dtype="Int64"),
        "whole": [1, 2, 3, 4],
        "amount": [1.5, np.nan, 0.0, -2.0],
        "won": pd.array([True, None, False, True], dtype="boolean"),
        "at": pd.to_datetime(["2026-01-01 10:00", None, "2026-02-28 00:00", "2024-02-29 23:59"]),
        'odd "name"': ["x", "y", "z", "x"],
    }
)


def expressions(t: Any) -> dict[str, Any]:
    return {
        "rows": t.order_by("whole"),
        "empty": t.filter(t.whole > 9),
        "column": t.order_by("whole").amount,
        "count": t.count(),
        "sum of nothing": t.filter(t.whole > 9).amount.sum(),
        "groups": t.group_by('odd "name"').agg(n=t.count(), s=t.amount.sum()).order_by("n", "s"),
        "lists": t.agg(all=t.whole.collect()),
        "decimals": t.agg(s=t.whole.cast("decimal(12, 2)").sum()),
        "days": t.select(day=t.at.date()).order_by("day"),
        "beside": t.inner_join(ibis.memtable({"whole": [1, 4]}), "whole").order_by("whole"),
    }


@pytest.mark.parametrize("name", list(expressions(ibis.memtable(FRAME))))
def test_answers_are_those_of_ibis(name: str) -> None:
    plain, own = ibis.duckdb.connect(), engines.connect()
    asked = [con.create_table("t", ibis.memtable(FRAME)) for con in (plain, own)]
    want, got = (expressions(t)[name] for t in asked)
    for _ in range(2):  # asked, and known already
        if isinstance(want, ibis.expr.types.Scalar):
            pd.testing.assert_series_equal(pd.Series([got.execute()]), pd.Series([want.execute()]))
        elif isinstance(want, ibis.expr.types.Column):
            pd.testing.assert_series_equal(got.execute(), want.execute())
        else:
            pd.testing.assert_frame_equal(got.execute(), want.execute())
        assert got.to_pyarrow().equals(want.to_pyarrow())


def test_a_table_of_a_query_is_the_one_ibis_makes() -> None:
    tables = []
    for con in (ibis.duckdb.connect(), engines.connect()):
        t = con.create_table("t", ibis.memtable(FRAME))
        made = con.create_table("kept", t.mutate(twice=t.amount * 2), temp=True)
        assert made.count().execute() == 4
        tables.append(made.order_by("whole"))
    assert tables[0].schema() == tables[1].schema()
    pd.testing.assert_frame_equal(tables[0].execute(), tables[1].execute())


def test_the_same_question_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    con = engines.connect()
    t = con.create_table("t", ibis.memtable(FRAME))
    asked: list[str] = []
    compiled = type(con).compile

    def counted(self: Any, expr: Any, **options: Any) -> str:
        sql = compiled(self, expr, **options)
        asked.append(sql)
        return sql

    monkeypatch.setattr(type(con), "compile", counted)
    first = t.group_by("deal").agg(n=t.count()).order_by("deal").execute()
    first.loc[0, "n"] = 99  # what one reader writes into its answer is its own
    again = t.group_by("deal").agg(n=t.count()).order_by("deal").execute()
    assert (len(asked), again.loc[0, "n"]) == (1, 1)


def test_what_may_have_changed_is_asked_again() -> None:
    con = engines.connect()
    t = con.create_table("t", ibis.memtable(FRAME))
    assert t.count().execute() == 4
    con.raw_sql("DELETE FROM t WHERE whole = 1")
    assert t.count().execute() == 3
    con.create_table("t", ibis.memtable(FRAME.head(1)), overwrite=True)
    assert con.table("t").count().execute() == 1


def test_two_connections_do_not_share_answers() -> None:
    one, other = engines.connect(), engines.connect()
    first = one.create_table("t", ibis.memtable(FRAME))
    second = other.create_table("t", ibis.memtable(FRAME.head(1)))
    assert (first.count().execute(), second.count().execute()) == (4, 1)


def test_a_text_with_a_zero_character_is_found() -> None:
    con = engines.connect()
    table = con.create_table("t", pd.DataFrame({"x": ["2026-0\0\0", "plain"]}))
    assert table.filter(table.x.isin(["2026-0\0\0"])).count().execute() == 1
    assert table.filter(table.x == ibis.literal("no\0ne")).count().execute() == 0


def test_sql_that_was_kept_serves_the_same_question_of_another_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    put_together: list[Any] = []
    compiled = duck.Duck.compile

    def counted(self: duck.Duck, expr: Any, **options: Any) -> str:
        put_together.append(expr)
        return compiled(self, expr, **options)

    monkeypatch.setattr(duck.Duck, "compile", counted)
    monkeypatch.setattr(duck, "WRITTEN", {})
    found = []
    for factor in (1, 10):
        con = engines.connect()
        rows = FRAME[["whole"]] * factor
        t = con.create_table("t", ibis.memtable(rows))
        put_together.clear()
        kept = engines.keep(t.filter(t.whole > 1), "some", con)
        assert kept is not None
        found.append((int(kept.whole.sum().execute()), len(put_together)))
        # as it goes from one process to another: without the connection
        monkeypatch.setattr(duck, "WRITTEN", pickle.loads(pickle.dumps(duck.WRITTEN)))
    assert found == [(9, 2), (100, 0)]
