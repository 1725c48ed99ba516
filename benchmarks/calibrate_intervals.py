"""Do the 95 % intervals cover 95 %? Step rate, win curve, median time and velocity.

    python -m benchmarks.calibrate_intervals --n 2000

Every pipeline is the reference business drawn anew, with sellers, regions and sources alike, so
that deals are independent. Step rates are held against what was planted; the other figures
against a business of a hundred times the size, where chance is small.

A median time is a whole number of days, and so are the ends of its interval: where a day is a
large step it covers more than 95 %. So the medians are also taken of a business in which
everything takes ten times as long, over ten times the months.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from functools import partial
from typing import Any

from scipy import stats

import funnelkit as fk
from benchmarks.calibrate_diagnose import exact_interval, level_plan
from benchmarks.many import each
from funnelkit.simulation import simulate

DAYS = (60, 120, 180)
#: The reference business and the median working time of its stages.
STAGES, DAYS_PLANNED = ("lead", "contact", "need", "proposal", "negotiation"), (5, 12, 24, 30, 20)
#: Deals of the first year have had a year to finish; the youngest have not.
GROWN = "2025-07-01"
SLOW = "median days, ten times slower"


def plan(deals: int) -> dict[str, Any]:
    """Return a business whose deals differ by chance alone."""
    return level_plan(
        deals=deals, skip_rate=0.0, back_rate=0.0, seller_spread=0.0, ramp_months=0,
        larger_takes_longer=0.0, regions=[{"name": n} for n in ("East", "North", "South", "West")],
    )  # fmt: skip


def estimates(p: fk.Pipeline) -> dict[str, tuple[float, float, float]]:
    """Return every estimate with its interval: name to (value, low, high)."""
    found: dict[str, tuple[float, float, float]] = {}
    funnel = fk.funnel(p, until=GROWN).table
    for r in funnel.iloc[1:].to_dict("records"):
        found[f"step rate, {r['stage']}"] = (r["step_rate"], r["low"], r["high"])
    curve = fk.conversion_curve(p).table.set_index("day")
    for day in DAYS:
        row = curve.loc[day]
        found[f"won by day {day}"] = (row["won"], row["low"], row["high"])
    found |= medians(p, "median days")
    row = fk.velocity(p).table.iloc[0]
    n = row["open_deals"]  # known, not estimated: the interval is that of the other three
    found["velocity a deal"] = (row["amount_per_day"] / n, row["low"] / n, row["high"] / n)
    return found


def slow_plan(deals: int) -> dict[str, Any]:
    """Return the same business ten times slower: a day is a small step."""
    slow = {s: {"median_days": 10 * days} for s, days in zip(STAGES, DAYS_PLANNED, strict=True)}
    return plan(deals) | {"start": "2006-07-01", "months": 240, "stages": slow}


def medians(p: fk.Pipeline, name: str) -> dict[str, tuple[float, float, float]]:
    """Return the median time in each stage with its interval."""
    rows = fk.time_in_stage(p).table.to_dict("records")
    return {f"{name}, {r['stage']}": (r["median_days"], r["low"], r["high"]) for r in rows}


def both(deals: int, seed: int) -> dict[str, tuple[float, float, float]]:
    """Draw both businesses and return every estimate."""
    found = estimates(simulate(plan=plan(deals), seed=seed))
    return found | medians(simulate(plan=slow_plan(deals), seed=seed), SLOW)


def main() -> int:
    """Print the coverage of every interval, and say whether it lies between 93 and 97 %."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--n", type=int, default=2000, help="pipelines")
    ask.add_argument("--deals", type=int, default=4104)
    ask.add_argument("--first", type=int, default=0, help="first seed")
    told = ask.parse_args()
    warnings.simplefilter("ignore")
    truth = {name: value for name, (value, _, _) in both(100 * told.deals, 10**6).items()}
    planted = simulate(plan=plan(told.deals), seed=0).truth.stages["planned_rate"]
    for rate, stage in zip(planted, [*STAGES[1:], "close"], strict=True):
        truth[f"step rate, {stage}"] = float(rate)
    hits = dict.fromkeys(truth, 0)
    for found in each(partial(both, told.deals), range(told.first, told.first + told.n)):
        for name, (_, low, high) in found.items():
            hits[name] += bool(low <= truth[name] <= high)
    bad = 0
    print(f"{told.n} pipelines of {told.deals:,} deals; nominal 95 %")
    for name, k in hits.items():
        low, high = exact_interval(k, told.n)
        verdict = "inside" if 0.93 <= k / told.n <= 0.97 else "outside"
        clearly = stats.binomtest(k, told.n, 0.93).pvalue < 0.01 and k / told.n < 0.93
        bad += clearly
        print(
            f"{name:34} {truth[name]:12.4g} {k / told.n:7.1%} ({low:.1%} to {high:.1%}) {verdict}"
        )
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
