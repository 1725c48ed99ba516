"""How many rows leave the database: as many for four times the deals.

What psycopg hands out is counted, so nothing that crosses is missed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import funnelkit as fk
from funnelkit.data import Pipeline
from funnelkit.data.connect import connect, table_of
from funnelkit.report import source

# Each brings a few numbers a group, stage, period or whole day.
MEASURES: dict[str, Callable[[Pipeline], Any]] = {
    "funnel": lambda p: fk.funnel(p, "region"),
    "time_in_stage": lambda p: fk.time_in_stage(p, "region"),
    "win_rate": lambda p: fk.win_rate(p, "owner"),
    "sales_cycle": lambda p: fk.sales_cycle(p, "region"),
    "velocity": lambda p: fk.velocity(p, "region"),
    "cohorts": lambda p: fk.cohorts(p, by="region"),
    "snapshot": lambda p: fk.snapshot(p, "2026-03-31"),
    "conversion_curve": lambda p: fk.conversion_curve(p, by="region"),
    "compare": lambda p: fk.compare(p, ("2025-01-01", "2025-07-01"), ("2025-07-01", "2026-01-01"),
                                    "region"),
    "diagnose": lambda p: fk.diagnose(p, ["owner", "region"]),
    "quality": lambda p: fk.quality(p),
}  # fmt: skip


@pytest.fixture
def crossed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sizes of everything that psycopg's cursors hand out, and what is sent there."""
    import psycopg

    sizes: list[int] = []

    def counting(cls: type, name: str) -> None:
        original = getattr(cls, name)

        def counted(self: Any, *args: Any, **kwargs: Any) -> Any:
            rows = original(self, *args, **kwargs)
            sizes.append(len(rows) if isinstance(rows, list) else int(rows is not None))
            return rows

        monkeypatch.setattr(cls, name, counted)

    for cls in (psycopg.Cursor, psycopg.ServerCursor):
        for name in ("fetchall", "fetchmany", "fetchone"):
            counting(cls, name)

    def refuse(self: Any, *args: Any, **kwargs: Any) -> Any:
        raise AssertionError("rows were sent to the database, or read one by one")

    for cls, name in ((psycopg.Cursor, "executemany"), (psycopg.Cursor, "__iter__"),
                      (psycopg.Cursor, "stream"), (psycopg.Cursor, "copy")):  # fmt: skip
        monkeypatch.setattr(cls, name, refuse)
    return sizes


def opened(filled: Any, here: Pipeline, prefix: str) -> tuple[Any, Pipeline]:
    con = connect(filled.address())
    deals, history, fields = (
        table_of(con, prefix + n) for n in ("deals", "stage_history", "field_history")
    )
    return con, fk.read(
        deals, history=history, fields=fields, process=here.process, as_of=here.as_of
    )


def rows_of(crossed: list[int], ask: Callable[[], Any]) -> int:
    crossed.clear()
    ask()
    return sum(crossed)


def test_reading_brings_labels_and_counts(filled: Any, here: Pipeline, crossed: list[int]) -> None:
    found = []
    for prefix in ("", "many_"):
        found.append(rows_of(crossed, lambda: opened(filled, here, prefix)[0].disconnect()))  # noqa: B023
    few, many = found
    assert 0 < few == many < 100  # the names and types of the columns among them


@pytest.mark.parametrize("name", MEASURES)
def test_no_more_rows_for_four_times_the_deals(
    name: str, filled: Any, here: Pipeline, crossed: list[int]
) -> None:
    found = []
    for prefix, times in (("", 1), ("many_", 4)):
        con, p = opened(filled, here, prefix)
        assert p.size == times * here.size
        found.append(rows_of(crossed, lambda: MEASURES[name](p)))  # noqa: B023
        con.disconnect()
    few, many = found
    if name == "sales_cycle":  # sums, and seven durations a group that is large enough
        groups = 4 * (1 + here.frame()["region"].nunique(dropna=False))
        assert 0 < few <= many <= 8 * groups
        return
    # the seconds by which the copies differ may carry one over midnight
    assert 0 < few <= many <= 1.02 * few + 4


def test_movement_brings_the_deals_that_changed_and_no_others(
    filled: Any, here: Pipeline, crossed: list[int]
) -> None:
    """The exception: a split to the cent follows each change, so each change comes over."""
    con, p = opened(filled, here, "")
    found = rows_of(crossed, lambda: fk.movement(p, "2026-02-28", "2026-04-30"))
    con.disconnect()
    changed = set()
    entries = 0
    for table, when in ((here.stage_history, "entered_at"), (here.field_history, "changed_at")):
        assert table is not None
        log = table.to_pandas()
        log = log[(log[when] > "2026-02-28 23:59:59.999999") & (log[when] < "2026-05-01")]
        changed |= set(log["deal_id"])
        entries += len(log)
    born = here.frame()["created_at"]
    changed |= set(here.frame().loc[(born >= "2026-03-01") & (born < "2026-05-01"), "deal_id"])
    closed = here.frame()["closed_at"]
    changed |= set(here.frame().loc[(closed >= "2026-03-01") & (closed < "2026-05-01"), "deal_id"])
    assert len(changed) < here.size / 2
    assert 0 < found <= len(changed) + entries + 30


def test_what_names_the_data_crosses_as_sums(
    filled: Any, here: Pipeline, crossed: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FUNNELKIT_CONNECT", filled.address())
    values = {"data": "deals", "history": "stage_history", "fields": "field_history",
              "process": here.process, "as_of": str(here.as_of.date())}  # fmt: skip
    p = source.open_pipeline(values)
    assert rows_of(crossed, lambda: source.checksum(values, p)) == 3
    again = source.open_pipeline(values)
    other = source.open_pipeline({**values, "data": "many_deals"})
    assert source.checksum(values, p) == source.checksum(values, again)
    assert source.checksum(values, p) != source.checksum(values, other)
    for opened_here in (p, again, other):
        opened_here.deals.get_backend().disconnect()
