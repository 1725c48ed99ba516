"""Is the 80 % interval right 80 % of the time? Forecasts of simulated businesses, scored.

    python -m benchmarks.calibrate_forecast --n 200

Each simulated business differs in size, growth, season, sellers and win rates; the last quarters
of each are forecast with what was known before them, by every method.
"""

from __future__ import annotations

import argparse
import time
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.many import each
from funnelkit.planning.forecasting.backtest import Backtest, backtest
from funnelkit.planning.forecasting.methods import METHODS
from funnelkit.planning.forecasting.scores import against_best, score
from funnelkit.simulation import simulate
from funnelkit.stats.accuracy import interval_coverage

SEASONS = ("none", "none", "spring-festival", "year-end")


def plan_of(k: int) -> dict[str, Any]:
    """Return the plan of the k-th business: size, growth and season vary."""
    rng = np.random.default_rng(10_000 + k)
    return {
        "months": 36,
        "start": "2023-07-01",
        "deals_per_month": int(rng.choice([60, 120, 240])),
        "growth_per_month": float(rng.choice([0.0, 0.0, 0.01, -0.005])),
        "seasonality": str(rng.choice(SEASONS)),
    }


def tried(k: int, told: argparse.Namespace) -> Backtest:
    """Forecast the last quarters of the k-th business by every method."""
    return backtest(
        simulate(plan=plan_of(k), seed=k), told.methods,
        origins=told.quarters, draws=told.draws, seed=k, of=told.of,
    )  # fmt: skip


def main() -> None:
    """Print coverage, WAPE and Brier of every method over many businesses."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--n", type=int, default=50, help="businesses")
    ask.add_argument("--quarters", type=int, default=4, help="last quarters of each")
    ask.add_argument("--draws", type=int, default=1000)
    ask.add_argument("--of", default="amount", choices=["amount", "deals"])
    ask.add_argument("--methods", nargs="+", default=list(METHODS))
    told = ask.parse_args()
    began = time.perf_counter()
    rows = []
    stated: dict[str, tuple[list[Any], list[Any]]] = {m: ([], []) for m in told.methods}
    for k, result in enumerate(each(partial(tried, told=told), range(told.n))):
        # every business counts alike, however large; by its size, not by what happened to come
        part = result.details.assign(business=k)
        money = [c for c in part.columns if str(c).endswith("_amount")]
        for column in money:
            part[column] /= plan_of(k)["deals_per_month"]
        rows.append(part)
        for method, (p_, y) in result.chances.items():
            stated[method][0].append(p_)
            stated[method][1].append(y)
    details = pd.concat(rows, ignore_index=True)
    lines: list[dict[str, Any]] = []
    for method in told.methods:
        part = details[(details["method"] == method) & details["mean_amount"].notna()]
        if part.empty:
            continue
        p_, y = (np.concatenate(x) for x in stated[method])
        lines.append({"method": method} | score(part, p_, y))
    table = pd.DataFrame(lines)
    wide = details.pivot(index=["business", "origin"], columns="method", values="mean_amount")
    wide = wide.dropna(axis=1, how="all").dropna()
    actual = details.drop_duplicates(["business", "origin"]).set_index(["business", "origin"])
    actual = actual.loc[wide.index, "actual_amount"].to_numpy(float)
    errors = wide.sub(actual, axis=0).abs().reset_index(drop=True)
    table = table.merge(against_best(errors, actual, told.quarters, 0), on="method")
    columns = [c for c in table if c not in ("mape", "deal_forecasts", "rmse_amount")]
    with pd.option_context("display.width", 250, "display.max_columns", 30):
        print(table[columns].round(3).to_string(index=False))
    ours = details[details["method"] == "simulation"]
    held = interval_coverage(ours["p10_amount"], ours["p90_amount"], ours["actual_amount"])
    print(
        f"simulation, 80 % interval: {held.inside} of {held.n} quarters inside "
        f"({held.share:.1%}, {held.low:.1%} to {held.high:.1%}), {held.below} below, "
        f"{held.above} above; {time.perf_counter() - began:.0f} s"
    )


if __name__ == "__main__":
    main()
