"""The same expressions on Spark: funnel and time in stage, row for row."""

from __future__ import annotations

import datetime as dt
import os
import random
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import ibis
import pandas as pd
import pytest

import funnelkit as fk
from funnelkit.data.pipeline import DEALS, STAGE_HISTORY, Pipeline, conform, from_frames
from funnelkit.measures import RULES, funnel, time_in_stage
from funnelkit.process import Process

pytest.importorskip("pyspark", reason="the extra `spark` is not installed")
if not (shutil.which("java") or os.environ.get("JAVA_HOME")):
    pytest.skip(
        "Spark needs Java (Debian: apt-get install default-jre-headless)", allow_module_level=True
    )


pytestmark = [
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas"),
    pytest.mark.filterwarnings("ignore:The copy keyword is deprecated"),
]

ABC = Process.from_stages({"a": "A", "b": "B", "c": "C"})


def frames() -> tuple[pd.DataFrame, pd.DataFrame]:
    """300 deals with skips, returns, ties, missing groups, and fractions of a second."""
    dice = random.Random(7)
    deals, rows = [], []
    for k in range(300):
        created = at = dt.datetime(2026, 1, 1) + dt.timedelta(seconds=dice.uniform(0, 5e6))
        path = [s for i in range(dice.randint(1, 5)) for s in [dice.choice("abc")]]
        path = [s for i, s in enumerate(path) if i == 0 or s != path[i - 1]]
        for stage in path:
            rows.append((f"d{k}", stage, at))
            # whole days and ties happen, and so do stays a microsecond short of a day
            at += dice.choice([dt.timedelta(0), dt.timedelta(days=1),
                               dt.timedelta(days=2, microseconds=-1),
                               dt.timedelta(days=dice.expovariate(0.1))])  # fmt: skip
        outcome = dice.choice(["open", "won", "lost", "no_decision"])
        if outcome != "open" and dice.random() < 0.5:
            rows.append((f"d{k}", outcome, at))
        closed = None if outcome == "open" or dice.random() < 0.05 else at
        region = dice.choice(["East", "West", None])
        deals.append((f"d{k}", region, dice.choice(path), outcome, created, closed))
    head = ["deal_id", "region", "stage", "outcome", "created_at", "closed_at"]
    history = pd.DataFrame(rows, columns=["deal_id", "stage", "entered_at"])
    return pd.DataFrame(deals, columns=head), history.assign(seq=range(len(history)))


@pytest.fixture(scope="module")
def on_duckdb() -> Pipeline:
    return from_frames(*frames(), process=ABC, as_of="2026-06-30")


@pytest.fixture(scope="module")
def on_spark(on_duckdb: Pipeline, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    from pyspark.sql import SparkSession

    folder: Path = tmp_path_factory.mktemp("spark")
    session = (
        SparkSession.builder.master("local[1]")
        .appName("funnelkit")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.timestampType", "TIMESTAMP_NTZ")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.memory", "1g")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.sql.warehouse.dir", str(folder / "warehouse"))
        .getOrCreate()
    )
    try:
        con = ibis.pyspark.connect(session)
        parts = {}
        for name, table, schema in (
            ("deals", on_duckdb.deals, DEALS),
            ("stage_history", on_duckdb.stage_history, STAGE_HISTORY),
        ):
            assert table is not None
            path = folder / f"{name}.parquet"
            table.to_parquet(path)
            session.read.parquet(str(path)).createOrReplaceTempView(name)
            parts[name] = conform(con.table(name), schema)
        yield replace(on_duckdb, **parts, _kept={})
    finally:
        session.stop()


@pytest.mark.parametrize("rule", RULES)
def test_funnel(on_duckdb: Pipeline, on_spark: Pipeline, rule: str) -> None:
    by = ["region", "outcome"]
    here, there = funnel(on_duckdb, by, rule=rule), funnel(on_spark, by, rule=rule)
    assert here.table["deals"].sum() > 200
    pd.testing.assert_frame_equal(here.table, there.table)
    assert here.scope == there.scope


@pytest.mark.parametrize("visit", ["first", "last", "cumulative"])
def test_time_in_stage(on_duckdb: Pipeline, on_spark: Pipeline, visit: str) -> None:
    here = time_in_stage(on_duckdb, "region", visit=visit)
    there = time_in_stage(on_spark, "region", visit=visit)
    assert here.table["entered"].sum() > 400
    pd.testing.assert_frame_equal(here.table, there.table)
    assert here.scope == there.scope


def test_a_period(on_duckdb: Pipeline, on_spark: Pipeline) -> None:
    limits = {"since": "2026-01-10", "until": "2026-02-10"}
    for measure in (funnel, time_in_stage):
        here, there = measure(on_duckdb, **limits), measure(on_spark, **limits)  # type: ignore[operator]
        pd.testing.assert_frame_equal(here.table, there.table)
        assert here.scope == there.scope


def test_the_reader_leaves_the_work_to_spark(on_duckdb: Pipeline, on_spark: Pipeline) -> None:
    read = fk.read(
        on_spark.deals,
        history=on_spark.stage_history,
        process=on_duckdb.process,
        as_of="2026-06-30",
    )
    assert type(read.deals.get_backend()).__name__ == "Backend"
    assert read.deals.get_backend().name == "pyspark"
    here, there = funnel(on_duckdb, "region"), funnel(read, "region")
    pd.testing.assert_frame_equal(here.table, there.table)
