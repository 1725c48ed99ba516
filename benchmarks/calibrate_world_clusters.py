"""Win curve, velocity and eventual rate in the worlds of the second simulator.

    python -m benchmarks.calibrate_world_clusters [--n 200]

Accounts of four deals, good and bad months, losses that take longer than moves on: how often the
95% interval of the share won by day 120, of the velocity of one open deal and of the eventual
rate of the third stage holds the truth, with the deals as they hang together (the default) and as
if each stood alone. The truth is the mean over many businesses of the same world; of the eventual
rate that of the same deals when all of them are over. Goal: 92 to 98 of 100.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.calibrate_diagnose import exact_interval
from benchmarks.calibrate_world import BESIDE, simulator
from benchmarks.many import each
from benchmarks.world_cells import cells_of
from funnelkit.measures import conversion_curve, funnel, velocity
from funnelkit.measures.clustered import EACH_DEAL
from funnelkit.measures.diagnosis.cells import ON, WHOLE, Cells

_DAY = 120
#: The stage whose eventual rate is asked for, by place.
_PLACE = 2
#: So many days later nothing is open any more.
_LATER = 100_000


def worlds(file: str) -> dict[str, object]:
    """Name the worlds."""
    world = simulator(file)
    plain = world.Cfg(growth=0.0, season=0.0)
    return {
        "accounts of four, .8": replace(plain, account_sd=0.8, per_account=4),
        "monthly shocks .25": replace(plain, month_sd=0.25),
        "both": replace(plain, account_sd=0.8, per_account=4, month_sd=0.25),
        "losses take 2.5 times as long": replace(plain, loss_slow=2.5),
        "the same, 150 deals": replace(plain, loss_slow=2.5, deals=150),
    }


def found(seed: int, file: str, name: str) -> list[tuple[float, float, float, float]]:
    """Return estimate, interval, and what the truth is the mean of: by default, deal by deal."""
    world = simulator(file)
    base, log, end = world.world(seed, worlds(file)[name])[:3]
    p = world.pipe(base, log, end)
    in_the_end = _over(cells_of(world, base, log, end + _LATER))
    rows = []
    for cluster in (None, EACH_DEAL):
        curve = conversion_curve(p, cluster=cluster).table
        at = curve[curve["day"] <= _DAY].iloc[-1]
        rows.append(tuple(float(at[c]) for c in ("won", "low", "high", "won")))
        speed = velocity(p, cluster=cluster).table.iloc[0]
        each_ = [float(speed[c] / speed["open_deals"]) for c in ("amount_per_day", "low", "high")]
        rows.append((each_[0], each_[1], each_[2], each_[0]))
        step = funnel(p, cluster=cluster).table.iloc[_PLACE + 1]
        ends = [float(step[f"eventual_{c}"]) for c in ("rate", "low", "high")]
        rows.append((ends[0], ends[1], ends[2], in_the_end))
    return rows


def _over(cells: Cells) -> float:
    """Return the share that went on of the deals that came to the stage, all of them over."""
    team = cells.table[(cells.table["column"] == WHOLE) & (cells.table["stage"] == _PLACE)]
    return float(team.loc[team["exit"] == ON, "n"].sum() / team["n"].sum())


def main() -> int:
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--n", type=int, default=200, help="businesses a world")
    ask.add_argument("--world", default=str(BESIDE), help="the second simulator")
    told = ask.parse_args()
    if not Path(told.world).is_file():
        print("no second simulator beside the checkout: nothing measured")
        return 0
    what = [f"{x}, {how}" for how in ("as they hang together", "deal by deal")
            for x in ("won by day 120", "velocity of a deal", "eventual rate")]  # fmt: skip
    for name in worlds(told.world):
        rows = np.array(list(each(partial(found, file=told.world, name=name), range(told.n))))
        for k, label in enumerate(what):
            truth = rows[:, k, 3].mean()
            held = int(((rows[:, k, 1] <= truth) & (truth <= rows[:, k, 2])).sum())
            low, high = exact_interval(held, told.n)
            print(f"{name}, {label}: held {held} of {told.n} ({low:.1%} to {high:.1%})", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
