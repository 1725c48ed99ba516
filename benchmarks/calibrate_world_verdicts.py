"""Verdicts on actions where nothing changed, in the worlds of the second simulator.

    python -m benchmarks.calibrate_world_verdicts [--n 200]

The cell that looked worst is acted on at month 15 of 24 and nothing is done; the verdict is asked
at the end, with nobody named as control and with the others named. ``worked`` may be said in at
most 3 of 100. Sellers alike, sellers who differ, and a market in which rates rise.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import pandas as pd

from benchmarks.calibrate_diagnose import exact_interval
from benchmarks.calibrate_world import BESIDE, simulator
from benchmarks.many import each
from benchmarks.world_cells import cells_of
from funnelkit.control.verdicts import judge
from funnelkit.measures.diagnosis.cells import Cells
from funnelkit.stats.eventual import eventual

_BEGINS, _MONTH = 15, 30.4375
#: Deals a cell needs to be picked.
_ENOUGH = 30


def worlds(file: str) -> dict[str, object]:
    """Name the worlds: nothing is planted in any of them."""
    world = simulator(file)
    plain = world.Cfg()
    return {
        "sellers alike": plain,
        "seller rates .20": replace(plain, seller_rate_sd=0.20),
        "seller rates .30": replace(plain, seller_rate_sd=0.30),
        "market that rises": replace(plain, trend=1.0),
    }


def worst_of(cells: Cells) -> tuple[str, int]:
    """Return the seller and stage whose eventual rate lies furthest below the team's."""
    found: list[tuple[float, str, int]] = []
    for place, team in cells.table[cells.table["column"] == "owner"].groupby("stage"):
        level = _rate(team)
        for seller, own in team.groupby("group"):
            if own["n"].sum() >= _ENOUGH:
                found.append((_rate(own) - level, str(seller), int(str(place))))
    return min(found)[1:]


def _rate(rows: pd.DataFrame) -> float:
    return eventual(rows["day"], rows["exit"], rows["n"]).rate


def said(seed: int, file: str, name: str) -> tuple[str, str]:
    """Return both verdicts on acting where it looked worst."""
    world = simulator(file)
    base, log, end = world.world(seed, worlds(file)[name])[:3]
    day = world.START + pd.Timedelta(days=int(_BEGINS * _MONTH))
    owner, place = worst_of(cells_of(world, base, log, int(_BEGINS * _MONTH)))
    stage = world.STAGES[place]
    p = world.pipe(base, log, end)
    segment = ("owner", owner)
    asked = {"measure": "step_rate", "stage": stage, "start": day.date(), "segment": segment}
    return judge(p, **asked).verdict, judge(p, control=("owner", "rest"), **asked).verdict


def main() -> int:
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--n", type=int, default=200, help="businesses a world")
    ask.add_argument("--world", default=str(BESIDE), help="the second simulator")
    told = ask.parse_args()
    if not Path(told.world).is_file():
        print("no second simulator beside the checkout: nothing measured")
        return 0
    for name in worlds(told.world):
        found = list(each(partial(said, file=told.world, name=name), range(told.n)))
        for k, how in enumerate(("nobody named", "the others named")):
            worked = sum(v[k] == "worked" for v in found)
            early = sum(v[k] == "too_early" for v in found)
            low, high = exact_interval(worked, told.n)
            print(
                f"{name}, {how}: worked {worked} of {told.n} ({low:.1%} to {high:.1%}), "
                f"too early {early}; goal: at most 3 %",
                flush=True,
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
