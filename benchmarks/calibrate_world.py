"""The same claims held against a second simulator, with other assumptions than the kit's own.

    python -m benchmarks.calibrate_world [--n 300] [--rows drop] [--world FILE]

The second simulator stands beside the checkout; without it there is nothing to do. Its faultless
teams have sellers who differ, customers who come back, good and bad months; none of that is to be
called to act on. ``--looks`` asks every Monday of the last of two years, each time with what was
known then.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
import time
from collections.abc import Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

from benchmarks.calibrate_diagnose import exact_interval
from benchmarks.many import each
from benchmarks.world_cells import acts, cells_of

BESIDE = Path(__file__).resolve().parents[2] / "shared" / "tools" / "other_world.py"
#: The planted drop of the second simulator: region, stage.
PLANTED = ("r1", "proposal")


@cache
def simulator(file: str) -> Any:
    """Load the second simulator."""
    spec = importlib.util.spec_from_file_location("second_simulator", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclasses look themselves up
    spec.loader.exec_module(module)
    return module


def rows(file: str) -> dict[str, Any]:
    """Name the worlds: faultless ones, and those with a drop."""
    world = simulator(file)
    drops = {f"drop, {name}": cfg for name, cfg in world.PROBLEM.items()}
    return {**world.SCENARIOS, **drops}


def called(seed: int, file: str, name: str) -> tuple[bool, bool]:
    """Say whether anything is called to act on, and whether it is what was planted."""
    world = simulator(file)
    base, log, end = world.world(seed, rows(file)[name])[:3]
    found = acts(cells_of(world, base, log, end))
    where = world.STAGES.index(PLANTED[1])
    return len(found) > 0, any(k.group == PLANTED[0] and k.stage == where for k in found)


def year(seed: int, file: str, name: str) -> bool:
    """Say whether anything is called to act on at any of 52 Mondays."""
    world = simulator(file)
    base, log, end = world.world(seed, rows(file)[name])[:3]
    mondays = (end - 7 * week for week in range(51, -1, -1))
    return any(acts(cells_of(world, base, log, day), looks="weekly") for day in mondays)


def said(name: str, hits: Sequence[bool], goal: str) -> str:
    """Write a count with its exact interval."""
    k, n = sum(hits), len(hits)
    low, high = exact_interval(k, n)
    return f"{name}: {k} of {n} = {k / n:.1%} ({low:.1%} to {high:.1%}); goal: {goal}"


def main() -> int:
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--n", type=int, default=300, help="pipelines a row")
    ask.add_argument("--looks", type=int, default=0, help="years of Mondays a faultless row")
    ask.add_argument("--rows", nargs="*", help="only rows with one of these words")
    ask.add_argument("--world", default=str(BESIDE), help="the second simulator")
    ask.add_argument("--seed", type=int, default=0, help="first seed")
    told = ask.parse_args()
    if not Path(told.world).is_file():
        print("no second simulator beside the checkout: nothing measured")
        return 0
    wanted = [n for n in rows(told.world) if not told.rows or any(w in n for w in told.rows)]
    for name in wanted:
        began, drop = time.perf_counter(), name.startswith("drop")
        seeds = range(told.seed, told.seed + told.n)
        found = list(each(partial(called, file=told.world, name=name), seeds))
        if found:
            goal = "40 % of 4,100 deals" if drop else "at most 5%"
            print(said(f'"act", {name}', [a for a, _ in found], goal), flush=True)
        if found and drop:
            print(said(f"  the planted one, {name}", [b for _, b in found], goal), flush=True)
        if told.looks and not drop:
            seeds = range(told.seed, told.seed + told.looks)
            years = list(each(partial(year, file=told.world, name=name), seeds))
            print(said(f'"act" in any of 52 Mondays, {name}', years, "at most 5%"), flush=True)
        print(f"  {time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
