"""The same numbers in process, on PostgreSQL and on Spark, also for one who may only read."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import ibis
import pandas as pd
import pytest

import funnelkit as fk
from funnelkit import measures
from funnelkit.data import Pipeline
from funnelkit.data.connect import connect, table_of
from funnelkit.data.engines import read_text

pytestmark = [
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas"),
    pytest.mark.filterwarnings("ignore:The copy keyword is deprecated"),
]

YEAR, NEXT = ("2025-01-01", "2025-07-01"), ("2025-07-01", "2026-01-01")
MEASURES: dict[str, Callable[[Pipeline], Any]] = {
    **{f"funnel_{r}": lambda p, r=r: fk.funnel(p, "region", rule=r) for r in measures.RULES},
    **{f"time_in_stage_{v}": lambda p, v=v: fk.time_in_stage(p, "region", visit=v)
       for v in ("first", "last", "cumulative")},
    **{f"win_rate_{o}": lambda p, o=o: fk.win_rate(p, "owner", of=o)
       for o in ("closed", "created", "value")},
    "sales_cycle": lambda p: fk.sales_cycle(p, "region"),
    "time_to_reach": lambda p: measures.time_to_reach(p),
    "velocity": lambda p: fk.velocity(p, "region"),
    "cohorts": lambda p: fk.cohorts(p, "quarter", "region"),
    "snapshot": lambda p: fk.snapshot(p, "2026-03-31"),
    "conversion_curve": lambda p: fk.conversion_curve(p, by="region"),
    "conversion_curve_stages": lambda p: fk.conversion_curve(p, "proposal", "contact"),
    "movement": lambda p: fk.movement(p, "2026-02-28", "2026-04-30", "region"),
    "movement_due": lambda p: fk.movement(p, "2026-02-28", "2026-04-30",
                                          due=("2026-01-01", "2026-07-01")),
    **{f"compare_{o}": lambda p, o=o: fk.compare(p, YEAR, NEXT, "region", of=o)
       for o in ("closed", "created", "need")},
    "diagnose": lambda p: fk.diagnose(p, ["owner", "region"]),
    "skips": lambda p: measures.skips(p),
    "returns": lambda p: measures.returns(p),
    "as_of_then": lambda p: fk.funnel(p.at("2026-01-31").where(region="East")),
}  # fmt: skip


def same(there: Any, here: Any) -> None:
    """Every number of the table, what was left out and why, and the sentence."""
    assert len(here.table) > 0
    pd.testing.assert_frame_equal(there.table, here.table, rtol=1e-9, atol=1e-9)
    assert there.scope == here.scope
    assert there.summary() == here.summary()


def read(con: Any, process: Any, as_of: Any, prefix: str = "") -> Pipeline:
    deals, history, fields = (
        table_of(con, prefix + n) for n in ("deals", "stage_history", "field_history")
    )
    return fk.read(deals, history=history, fields=fields, process=process, as_of=as_of)


@pytest.fixture(scope="module")
def on_postgres(filled: Any, here: Pipeline) -> Iterator[Pipeline]:
    con = connect(filled.address())
    yield read(con, here.process, here.as_of)
    con.disconnect()


@pytest.fixture(scope="module")
def for_reader(filled: Any, here: Pipeline) -> Iterator[Pipeline]:
    con = connect(filled.address("reader"))
    yield read(con, here.process, here.as_of)
    con.disconnect()


@pytest.fixture(scope="module")
def on_spark(here: Pipeline, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    pytest.importorskip("pyspark", reason="the extra `spark` is not installed")
    if not (shutil.which("java") or os.environ.get("JAVA_HOME")):
        pytest.skip("Spark needs Java (Debian: apt-get install default-jre-headless)")
    from pyspark.sql import SparkSession

    folder: Path = tmp_path_factory.mktemp("spark_tables")
    for name, value in (
        ("spark.sql.shuffle.partitions", "2"),
        ("spark.driver.bindAddress", "127.0.0.1"),
        ("spark.driver.host", "127.0.0.1"),
        ("spark.driver.memory", "1g"),
        ("spark.sql.warehouse.dir", str(folder / "warehouse")),
    ):
        SparkSession.builder.config(name, value)
    con = connect("spark://local[1]")
    try:
        paths = {}
        for name in ("deals", "stage_history", "field_history"):
            paths[name] = str(folder / f"{name}.parquet")
            getattr(here, name).to_parquet(paths[name])
        deals, history, fields = (table_of(con, path) for path in paths.values())
        yield fk.read(deals, history=history, fields=fields, process=here.process, as_of=here.as_of)
    finally:
        con._session.stop()


@pytest.mark.parametrize("name", MEASURES)
def test_postgres(name: str, on_postgres: Pipeline, here: Pipeline) -> None:
    same(MEASURES[name](on_postgres), MEASURES[name](here))


#: Spark takes seconds for each: one of every kind.
ON_SPARK = (
    "funnel_reached", "time_in_stage_first", "win_rate_closed", "sales_cycle", "velocity",
    "cohorts", "snapshot", "conversion_curve", "movement", "movement_due", "compare_need",
    "diagnose",
)  # fmt: skip


@pytest.mark.parametrize("name", ON_SPARK)
def test_spark(name: str, on_spark: Pipeline, here: Pipeline) -> None:
    same(MEASURES[name](on_spark), MEASURES[name](here))


def test_spark_takes_no_amount_for_a_year(on_spark: Pipeline) -> None:
    said = ["43600", "12d", "12.50", "2026-02-30", "2026-02-28", "2026-02-28 10:11:12"]
    text = on_spark.deals.limit(1).mutate(**{f"t{i}": ibis.literal(s) for i, s in enumerate(said)})
    read = text.select(
        **{f"due_{i}": read_text(text[f"t{i}"], "timestamp(6)") for i in range(len(said))},
        **{f"amount_{i}": read_text(text[f"t{i}"], "float64") for i in range(len(said))},
    ).to_pandas()
    row = read.astype("object").where(read.notna(), None).iloc[0].tolist()
    days = [pd.Timestamp("2026-02-28"), pd.Timestamp("2026-02-28 10:11:12")]
    assert row == [None] * 4 + days + [43600.0, None, 12.5, None, None, None]


def test_the_tables_are_postgres_own(on_postgres: Pipeline) -> None:
    for table in (on_postgres.deals, on_postgres.stage_history, on_postgres.stays):
        assert table is not None
        assert table.get_backend().name == "postgres"


def test_stays_are_kept_for_the_session_where_that_is_allowed(
    on_postgres: Pipeline, for_reader: Pipeline
) -> None:
    assert "stays" in on_postgres._kept
    assert "stays" not in for_reader._kept


@pytest.mark.parametrize("name", ["funnel_reached", "time_in_stage_first", "diagnose", "movement"])
def test_a_user_who_may_only_read(name: str, for_reader: Pipeline, here: Pipeline) -> None:
    same(MEASURES[name](for_reader), MEASURES[name](here))


def test_moments_with_a_zone_are_read_as_instants(filled: Any, here: Pipeline) -> None:
    owner = filled.connect()
    owner.raw_sql(
        "CREATE TABLE zoned AS SELECT deal_id, outcome, stage,"
        " created_at AT TIME ZONE 'Asia/Shanghai' AS created_at,"
        " closed_at AT TIME ZONE 'Asia/Shanghai' AS closed_at FROM deals"
    ).close()
    con = connect(filled.address("reader"))
    shanghai = {**here.process.model_dump(mode="json")}
    p = fk.read(con.table("zoned"), process=shanghai, as_of=here.as_of)
    moved = here.frame()["created_at"] + (here.process.calendar.offset - pd.Timedelta(hours=8))
    assert p.frame()["created_at"].tolist() == moved.tolist()
    con.disconnect()
    owner.disconnect()
