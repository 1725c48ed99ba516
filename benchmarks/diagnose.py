"""How long a diagnosis takes and how much of it is the engine: `python -m benchmarks.diagnose`."""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from ibis.expr.types import Expr

from benchmarks import ours
from benchmarks.data import log_of
from benchmarks.side import Figure, show_figures
from funnelkit.measures.diagnose import diagnose

ROUNDS = 3


@contextmanager
def in_engine() -> Iterator[list[float]]:
    """Measure the time spent in running queries, their translation to SQL included."""
    spent = [0.0]
    run = Expr.execute

    def timed(self: Expr, **how: object) -> object:
        began = time.perf_counter()
        try:
            return run(self, **how)
        finally:
            spent[0] += time.perf_counter() - began

    Expr.execute = timed
    try:
        yield spent
    finally:
        Expr.execute = run


def measure(deals: int, rounds: int = ROUNDS) -> list[Figure]:
    """Diagnose a pipeline of so many deals by region and source."""
    pipeline = ours.read(log_of(deals))
    columns = [c for c in ("owner", "region", "source") if pipeline.has(c)]
    best = (float("inf"), 0.0, 0.0)
    for _ in range(rounds):
        with in_engine() as spent:
            began, worked = time.perf_counter(), time.process_time()
            result = diagnose(pipeline, columns)
            worked = time.process_time() - worked
            best = min(best, (time.perf_counter() - began, spent[0], worked))
    took, engine, busy = best
    family = result.family
    print(
        f"{deals:,} deals by {', '.join(columns)}: {family['comparisons']} comparisons, "
        f"{family['tests']} tests, {len(result.act)} to act on"
    )
    return [
        Figure(f"diagnose, {deals:,} deals", took, "s", most=2.0),
        Figure("processor time of it, all cores", busy, "s"),
        Figure("share of it in the engine", engine / took, "of 1"),
        Figure("share of it in our code", 1 - engine / took, "of 1"),
    ]


def main() -> int:
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--deals", type=int, default=100_000)
    told = ask.parse_args()
    warnings.simplefilter("ignore")
    show_figures(measure(told.deals))
    return 0


if __name__ == "__main__":
    sys.exit(main())
