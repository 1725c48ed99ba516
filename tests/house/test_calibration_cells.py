"""A calibration may leave out the engine only as long as it says what a diagnosis says."""

from __future__ import annotations

import pandas as pd
import pytest

from benchmarks.calibrate_world import BESIDE, rows, simulator
from benchmarks.world_cells import COLUMNS, acts, cells_of
from funnelkit.measures.diagnose import diagnose
from funnelkit.measures.diagnosis.cells import Cells, count_cells

pytestmark = pytest.mark.skipif(not BESIDE.is_file(), reason="the second simulator is not here")


def counted(cells: Cells) -> pd.Series[float]:
    """The counts in one order."""
    keys = ["column", "group", "seller", "stage", "month", "day", "exit", "old", "stayed"]
    table = cells.table.assign(seller=cells.table["seller"].fillna("-"))
    whole = dict.fromkeys(("stage", "month", "day", "exit", "n"), int)
    return table.astype(whole).groupby(keys)["n"].sum().sort_index()


@pytest.mark.parametrize(
    ("name", "seed", "days_before"),
    [("messy, sellers alike", 0, 0), ("seller time sd .15", 4, 70), ("drop, 4,100 deals", 5, 0)],
)
def test_the_counts_and_what_is_called(name: str, seed: int, days_before: int) -> None:
    world = simulator(str(BESIDE))
    base, log, end = world.world(seed, rows(str(BESIDE))[name])[:3]
    p = world.pipe(base, log, end - days_before)
    mine, its = cells_of(world, base, log, end - days_before), count_cells(p, COLUMNS, None, None)
    pd.testing.assert_series_equal(counted(mine), counted(its))
    assert (mine.windows, mine.young) == (its.windows, its.young)
    for looks in ("once", "weekly"):
        act = diagnose(p, looks=looks).act
        called = set(zip(act["column"], act["group"], act["stage"], strict=True))
        found = acts(mine, looks=looks)
        assert {(k.column, k.group, world.STAGES[k.stage]) for k in found} == called
