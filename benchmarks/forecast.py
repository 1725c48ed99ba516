"""Forecast of 10,000 open deals with 10,000 draws; back-test of 24 origins on 100,000 deals.

python -m benchmarks.forecast
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import time
import warnings
from typing import Any

import pandas as pd

from funnelkit.data.pipeline import Pipeline, end_of
from funnelkit.planning.forecasting.answers import Span
from funnelkit.planning.forecasting.backtest import backtest
from funnelkit.planning.forecasting.book import Book, moment_of
from funnelkit.planning.forecasting.forecast import forecast
from funnelkit.planning.forecasting.methods import Setting, ask
from funnelkit.simulation import simulate


def main() -> None:
    """Print the figures."""
    told = argparse.ArgumentParser(description=__doc__)
    told.add_argument("--deals", type=int, default=100_000)
    told.add_argument("--open", type=int, default=10_000)
    told.add_argument("--draws", type=int, default=10_000)
    args = told.parse_args()
    warnings.simplefilter("ignore")
    # some 6.3 % of the deals of 18 months are open at the end
    one_forecast(business(18, int(args.open * 17)), args.open, args.draws)
    many_origins(business(36, args.deals))


def business(months: int, deals: int) -> Pipeline:
    """Simulate some months up to the middle of 2026."""
    start = pd.Timestamp("2026-07-01") - pd.DateOffset(months=months)
    return simulate(
        plan={"months": months, "start": f"{start:%Y-%m-%d}", "deals_per_month": deals // months},
        seed=1,
    )


def one_forecast(p: Pipeline, wanted: int, draws: int) -> None:
    """Forecast the quarter after the data."""
    until = (pd.Timestamp(p.as_of) + pd.Timedelta(days=92)).date()
    began = time.perf_counter()
    result = forecast(p, until, draws=draws)
    whole = time.perf_counter() - began
    n = result.scope.used
    print(f"forecast, {p.size:,} deals of which {n:,} open, {draws:,} draws: {whole:.2f} s")
    began = time.perf_counter()
    book = Book.of(p)
    reading = time.perf_counter() - began
    now = moment_of(p.as_of)
    known = book.known_at(now)
    part = known.open.nonzero()[0][:wanted]
    ours = pd.Series(~known.open)
    ours.iloc[part] = True
    keep = pd.Series(False, index=range(book.created.size))
    keep.iloc[known.row[ours.to_numpy()]] = True
    known = book.known_at(now, keep.to_numpy())
    span = Span(now, now, moment_of(end_of(until)))
    began, work = time.perf_counter(), time.process_time()
    ask("simulation", known, span, Setting(p.process, True, draws, 0))
    simulating, work = time.perf_counter() - began, time.process_time() - work
    print(
        f"  the engine hands over the arrays in {reading:.2f} s; the simulation alone, "
        f"{int(known.open.sum()):,} open deals: {simulating:.2f} s "
        f"({work:.2f} s of computing)"
    )


def many_origins(p: Pipeline) -> None:
    """Back-test 24 months, all methods; then the same as 24 past pipelines."""
    profile = cProfile.Profile()
    began, work = time.perf_counter(), time.process_time()
    profile.enable()
    result = backtest(p, every="month", horizon="quarter", origins=24)
    profile.disable()
    whole, work = time.perf_counter() - began, time.process_time() - work
    entries: dict[Any, Any] = vars(pstats.Stats(profile))["stats"]
    engine = sum(v[3] for k, v in entries.items() if k[2] == "to_pandas")
    print(
        f"back-test, {p.size:,} deals, {result.details['origin'].nunique()} origins, "
        f"{result.table['method'].size} methods: {whole:.1f} s "
        f"({work:.1f} s of computing), "
        f"of which the engine {engine / whole:.0%} and our code {1 - engine / whole:.0%}"
    )
    origin = result.details["origin"].iloc[0]
    until = result.details["until"].iloc[0]
    began = time.perf_counter()
    then = p.at(origin)
    for method in result.table["method"]:
        try:
            forecast(then, until, method, draws=2000)
        except ValueError:  # too little past for this method
            continue
    print(f"  one origin by p.at(): {time.perf_counter() - began:.1f} s")


if __name__ == "__main__":
    main()
