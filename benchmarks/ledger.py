"""The ledger at size: 104 weekly exports of 50,000 deals, their time, memory and file size.

    python -m benchmarks.ledger                          the size above, two minutes and 2 GiB
    python -m benchmarks.ledger --csv                    read from CSV files, with the reader's time
    python -m benchmarks.ledger --histories 500          random histories against their truth
    python -m benchmarks.ledger --kills 200              kill -9 at random moments

Making the exports is not timed: they are cut from one simulated business.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import ibis
import pandas as pd
import pyarrow as pa

from funnelkit.data.ledger import Ledger
from funnelkit.data.pipeline import Pipeline
from funnelkit.data.read import read
from funnelkit.simulation import simulate

EXPORTS, DEALS = 104, 50_000
TESTS = Path(__file__).parents[1] / "tests" / "data"


def business(deals: int, exports: int) -> tuple[Pipeline, list[pd.Timestamp]]:
    """A business that has ``deals`` of them at the end of as many weeks as there are exports."""
    p = simulate(plan={"deals": deals, "months": max(3, round(exports * 7 / 30.4) + 6)}, seed=8)
    days = pd.date_range(end=pd.Timestamp(p.as_of).normalize(), periods=exports, freq="7D")
    return p, list(days)


def weekly(p: Pipeline, day: pd.Timestamp, full: int) -> Pipeline:
    """The export of a day, without history, with as many deals as at the end.

    Deals not created yet stand in it as new leads of the first day: so every export has the
    whole number of rows, and the ledger the whole number of states to look at.
    """
    known = p.at(day.date())
    frame = known.frame()
    if len(frame) < full:
        more = p.frame()
        more = more[~more["deal_id"].isin(frame["deal_id"])]
        more = more.assign(
            stage=p.process.open_ids[0], outcome="open", closed_at=pd.NaT, loss_reason=None,
            competitor=None, created_at=pd.Timestamp("2020-01-01"), amount=float("nan"),
            expected_close=pd.NaT, forecast_category=None,
        )  # fmt: skip
        frame = pd.concat([frame, more[frame.columns].astype(frame.dtypes)], ignore_index=True)
    given = known.given - {"stage_history", "field_history"}
    table = ibis.memtable(pa.Table.from_pandas(frame, preserve_index=False))
    name = f"{day:%Y-%m-%d}"
    return replace(
        known, deals=table, stage_history=None, field_history=None, given=given, name=name
    )


def memory() -> float:
    """The most memory this process ever had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def fill(deals: int, exports: int, csv: bool) -> None:
    """Add the exports and print what it took."""
    p, days = business(deals, exports)
    print(f"{exports} exports of {p.size:,} deals; memory before: {memory():,.0f} MB")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "sales.duckdb"
        spent, worked, slowest, rows = 0.0, 0.0, 0.0, 0
        for day in days:
            one = weekly(p, day, p.size)
            source: Pipeline | Path = one
            if csv:
                source = Path(folder) / f"deals-{day:%Y-%m-%d}.csv"
                one.frame().to_csv(source, index=False)
            start, busy = time.perf_counter(), time.process_time()
            with Ledger(file, p.process) as ledger:
                told = ledger.add(source)
            took, worked = time.perf_counter() - start, worked + time.process_time() - busy
            spent, slowest, rows = spent + took, max(slowest, took), rows + told.deals
            if told.import_id % 13 == 0:
                print(f"  {told.import_id} exports: {spent:.1f} s, {memory():,.0f} MB", flush=True)
            if csv:
                source.unlink()  # type: ignore[union-attr]
        # on a machine with other work the processor's time says more than the clock
        print(f"added {rows:,} rows in {spent:.1f} s (processor {worked:.1f} s), ", end="")
        print(f"slowest export {slowest:.2f} s")
        print(f"memory at most: {memory():,.0f} MB; file: {file.stat().st_size / 1e6:.1f} MB")
        start = time.perf_counter()
        found = read(file)
        print(f"fk.read: {time.perf_counter() - start:.1f} s, {found.size:,} deals; {found.timing}")
        start = time.perf_counter()
        with Ledger(file) as ledger:
            ledger.status()
            print(f"status: {time.perf_counter() - start:.1f} s")
            start = time.perf_counter()
            ledger.undo(exports // 2)
            print(f"undo of one in the middle: {time.perf_counter() - start:.1f} s")
        print(f"memory at most: {memory():,.0f} MB")


def tests(name: str, variable: str, number: int) -> None:
    """Run a test with more repetitions than the test run does."""
    env = os.environ | {variable: str(number)}
    command = [sys.executable, "-m", "pytest", "-q", str(TESTS / name)]
    raise SystemExit(subprocess.call(command, env=env))


def main() -> None:
    """Read the options and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deals", type=int, default=DEALS)
    parser.add_argument("--exports", type=int, default=EXPORTS)
    parser.add_argument("--csv", action="store_true")
    parser.add_argument("--histories", type=int)
    parser.add_argument("--kills", type=int)
    told = parser.parse_args()
    if told.histories:
        tests("test_ledger_truth.py", "FUNNELKIT_LEDGER_HISTORIES", told.histories)
    if told.kills:
        tests("test_ledger_crash.py", "FUNNELKIT_LEDGER_KILLS", told.kills)
    fill(told.deals, told.exports, told.csv)


if __name__ == "__main__":
    main()
