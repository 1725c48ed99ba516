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
from funnelkit.data.pipeline import DEALS, Pipeline, conform
from funnelkit.data.read import read
from funnelkit.simulation import simulate

EXPORTS, SIZE = 104, 50_000
TESTS = Path(__file__).parents[1] / "tests" / "data"


def business(deals: int, exports: int) -> tuple[Pipeline, list[pd.Timestamp]]:
    """A business that has ``deals`` of them at the end of as many weeks as there are exports."""
    p = simulate(plan={"deals": deals, "months": max(3, round(exports * 7 / 30.4) + 6)}, seed=8)
    days = pd.date_range(end=pd.Timestamp(p.as_of).normalize(), periods=exports, freq="7D")
    return p, list(days)


class Exports:
    """The exports of a business, week by week, without history.

    Every one has all deals, so that every add has the whole number of rows to look at: deals
    not created yet stand in it as new leads of long ago.
    """

    def __init__(self, p: Pipeline, start: pd.Timestamp) -> None:
        assert p.stage_history is not None
        assert p.field_history is not None
        self.p, self.now = p, pd.Timestamp("2000-01-01")
        self.visits = p.stage_history.order_by(["entered_at", "seq"]).to_pandas()
        self.changes = p.field_history.order_by(["changed_at", "seq"]).to_pandas()
        self.frame = p.frame().set_index("deal_id")
        self.frame["created_at"] = self.frame["created_at"].clip(upper=start)
        self.frame[["stage", "outcome", "closed_at"]] = [p.process.open_ids[0], "open", pd.NaT]
        for name, first in self.changes.groupby("field"):
            self._set(name, first.drop_duplicates("deal_id").set_index("deal_id")["old"])

    def _set(self, name: str, values: pd.Series) -> None:
        if name == "amount":
            values = pd.to_numeric(values)
        elif name == "expected_close":
            values = pd.to_datetime(values)
        self.frame.loc[values.index, name] = values

    def until(self, day: pd.Timestamp) -> Pipeline:
        """Let everything happen up to a day and return its export."""
        new = self.visits.query("@self.now < entered_at <= @day")
        ends = new["stage"].isin(["won", "lost", "no_decision"])
        last = new[~ends].drop_duplicates("deal_id", keep="last").set_index("deal_id")
        self.frame.loc[last.index, "stage"] = last["stage"]
        last = new[ends].drop_duplicates("deal_id", keep="last").set_index("deal_id")
        self.frame.loc[last.index, "outcome"] = last["stage"]
        self.frame.loc[last.index, "closed_at"] = last["entered_at"]
        for name, some in self.changes.query("@self.now < changed_at <= @day").groupby("field"):
            last = some.drop_duplicates("deal_id", keep="last").set_index("deal_id")
            self._set(name, last["new"])
        self.now = day
        con = ibis.duckdb.connect()
        table = pa.Table.from_pandas(self.frame.reset_index(), preserve_index=False)
        deals = con.create_table("deals", conform(ibis.memtable(table), DEALS))
        given = self.p.given - {"stage_history", "field_history"}
        return replace(
            self.p, deals=deals, stage_history=None, field_history=None, as_of=day.to_pydatetime(),
            given=given, name=f"{day:%Y-%m-%d}", truth=None, tables={}, _kept={},
        )  # fmt: skip


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
        exports_of = Exports(p, days[0])
        for day in days:
            one = exports_of.until(day)
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
    parser.add_argument("--deals", type=int, default=SIZE)
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
