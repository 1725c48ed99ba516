"""A ledger whose program is killed at any moment loses nothing and doubles nothing.

FUNNELKIT_LEDGER_KILLS=200 kills more often (see benchmarks/ledger.py).
"""

from __future__ import annotations

import itertools
import multiprocessing
import os
import random
import signal
import time
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from funnelkit.data.ledger import Ledger

KILLS = int(os.environ.get("FUNNELKIT_LEDGER_KILLS", "5"))
WEEKS, DEALS = 8, 400
STAGES = ["lead", "contact", "need", "proposal", "negotiation"]

# Runs in a program of its own: adds exports and takes some out again, until it is killed.
CHILD = """
import random
from pathlib import Path
from funnelkit.data.ledger import Ledger
dice = random.Random({seed})
Path({mark!r}).touch()
with Ledger({file!r}) as ledger:
    while True:
        files = sorted(Path({folder!r}).glob("*.parquet"))
        for file in dice.sample(files, len(files)):
            ledger.add(file)
        ids = ledger.status().table["import_id"].tolist()
        for number in dice.sample(ids, len(ids) // 2):
            ledger.undo(number)
"""


def stage_in(deal: int, week: int) -> str:
    """Where a deal stands in a week: it moves on every so many weeks, each at its own pace."""
    return STAGES[min(4, (week + deal % 7) // (1 + deal % 5))]


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such signal on this system")
def test_killed_at_any_moment_it_loses_and_doubles_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "exports"
    folder.mkdir()
    days = pd.date_range("2026-03-01", periods=WEEKS, freq="7D")
    for week, day in enumerate(days):
        frame = pd.DataFrame(
            {
                "deal_id": [f"D-{k:04}" for k in range(DEALS)],
                "stage": [stage_in(k, week) for k in range(DEALS)],
                "amount": [float(1000 * (1 + (k + week) % 3)) for k in range(DEALS)],
            }
        )
        frame.to_parquet(folder / f"deals-{day:%Y-%m-%d}.parquet")
    file = tmp_path / "sales.duckdb"
    Ledger(file).shut()
    context: Any = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["funnelkit.data.ledger.book", "funnelkit.data.read"])
    dice = random.Random(4)
    for k in range(KILLS):
        mark = tmp_path / f"started-{k}"
        code = CHILD.format(seed=k, mark=str(mark), file=str(file), folder=str(folder))
        child = context.Process(target=exec, args=(code, {"__name__": "child"}))
        child.start()
        while not mark.exists():
            time.sleep(0.005)
        time.sleep(dice.uniform(0, 1.5))
        assert child.is_alive()
        os.kill(child.pid, signal.SIGKILL)
        child.join()
        with Ledger(file) as ledger:
            check(ledger, days)
    with Ledger(file) as ledger:  # what was cut off can be done again
        for path in sorted(folder.glob("*.parquet")):
            ledger.add(path)
        assert len(ledger) == WEEKS
        check(ledger, days)


def check(ledger: Ledger, days: pd.DatetimeIndex) -> None:
    """What is in the ledger is whole: every export entirely or not at all."""
    run = ledger._store.run
    imports = run("SELECT id, seen_at, deals FROM ledger_imports ORDER BY seen_at").fetchall()
    weeks = [days.get_loc(pd.Timestamp(seen_at).normalize()) for _, seen_at, _ in imports]
    assert len(weeks) == len(set(weeks))
    seen = dict(run("SELECT import, count(DISTINCT deal) FROM ledger_seen GROUP BY 1").fetchall())
    assert seen == {number: DEALS for number, _, _ in imports}
    assert run("SELECT count(*) FROM ledger_seen").fetchall() == [(DEALS * len(imports),)]
    lost = "SELECT count(*) FROM ledger_seen ANTI JOIN ledger_states USING (state)"
    spare = "SELECT count(*) FROM ledger_states ANTI JOIN ledger_seen USING (state)"
    twice = "SELECT count(*) - count(DISTINCT deal_id) FROM ledger_deals"
    assert [run(q).fetchall() for q in (lost, spare, twice)] == [[(0,)]] * 3
    # the changes are those between the weeks that are there
    moves, raises = 0, 0
    for a, b in itertools.pairwise(weeks):
        moves += sum(stage_in(k, a) != stage_in(k, b) for k in range(DEALS))
        raises += sum((k + a) % 3 != (k + b) % 3 for k in range(DEALS))
    told = ledger.changes()["what"].value_counts().to_dict()
    assert told == {k: n for k, n in (("stage", moves), ("amount", raises)) if n}
