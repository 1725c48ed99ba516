"""Forecasts in the worlds of the second simulator: which intervals hold, and who is closest.

    python -m benchmarks.calibrate_world_forecast [--n 24]

A quarter of each of ``--n`` businesses a world, forecast at its start and after 1, 4 and 9 weeks
of it with what was known then. The last quarters of one business are not independent, so each
gives one. CRPS is over what came; the skill is against the best simple method.
"""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.calibrate_diagnose import exact_interval
from benchmarks.calibrate_world import BESIDE, simulator
from benchmarks.many import each
from funnelkit.errors import FunnelkitError
from funnelkit.planning.forecasting.answers import Span
from funnelkit.planning.forecasting.book import DAY, Book, moment_of
from funnelkit.planning.forecasting.methods import SIMPLE, Setting, ask
from funnelkit.stats.accuracy import crps

WEEKS = (0, 1, 4, 9)
METHODS = ("simulation", "cohort", *SIMPLE)
#: The month at whose end the quarter begins: two years are there.
_BEGINS = 24
_MONTH = 30.4375


def tried(seed: int, file: str, name: str) -> list[dict[str, object]]:
    """Forecast one quarter of one business."""
    world = simulator(file)
    base, log, end = world.world(seed, world.FORECAST_SCENARIOS[name])[:3]
    p = world.pipe(base, log, end)
    book = Book.of(p)
    zero = moment_of(world.START.to_pydatetime())
    start, until = (zero + int(m * _MONTH * DAY) for m in (_BEGINS, _BEGINS + 3))
    today = book.known_at(book.as_of)
    came = float(np.nansum(today.amount[today.won_between(start, until)]))
    rows = []
    for week in WEEKS:
        span = Span(start + 7 * week * DAY, start, until)
        known = book.known_at(span.now)
        for method in METHODS if week == 0 else ("simulation",):
            setting = Setting(p.process, book.amount_while_open, 1000, seed)
            try:
                told = ask(method, known, span, setting).distribution
            except FunnelkitError:
                continue
            inside = {
                f"{wide}": told.quantile(low) <= came <= told.quantile(1 - low)
                for wide, low in ((80, 0.1), (60, 0.2))
            }
            score = crps(told.values, told.weights, came)
            rows.append({"week": week, "method": method, "came": came, "mean": told.mean,
                         "crps": score, **inside})  # fmt: skip
    return rows


def main() -> int:
    ask_ = argparse.ArgumentParser(description=__doc__)
    ask_.add_argument("--n", type=int, default=24, help="businesses a world")
    ask_.add_argument("--world", default=str(BESIDE), help="the second simulator")
    told = ask_.parse_args()
    if not Path(told.world).is_file():
        print("no second simulator beside the checkout: nothing measured")
        return 0
    everything = []
    for name in simulator(told.world).FORECAST_SCENARIOS:
        work = partial(tried, file=told.world, name=name)
        found = pd.DataFrame([r for rows in each(work, range(1001, 1001 + told.n)) for r in rows])
        everything.append(found)
        print(f"{name}: {_held(found)}; {_closest(found)}", flush=True)
    print(f"all: {_held(pd.concat(everything))}")
    return 0


def _held(found: pd.DataFrame) -> str:
    ours = found[found["method"] == "simulation"]
    parts = []
    for week, wide in [(w, "80") for w in WEEKS] + [(0, "60")]:
        held = ours.loc[ours["week"] == week, wide]
        low, high = exact_interval(int(held.sum()), len(held))
        parts.append(
            f"week {week} {wide} % held {held.sum()} of {len(held)} ({low:.0%}–{high:.0%})"
        )
    return ", ".join(parts)


def _closest(found: pd.DataFrame) -> str:
    at = found[found["week"] == 0]
    came = at.drop_duplicates("came")["came"].sum()
    score = at.groupby("method")["crps"].sum() / came
    bias = at[at["method"] == "simulation"]["mean"].sum() / came - 1
    best = score[[m for m in SIMPLE if m in score]].min()
    each_ = ", ".join(f"{m} {s:.3f}" for m, s in score.sort_values().items())
    return f"bias {bias:+.0%}, CRPS {each_}, skill {1 - score['simulation'] / best:+.3f}"


if __name__ == "__main__":
    sys.exit(main())
