"""How long a diagnosis takes and how much of it is the engine: `python -m benchmarks.diagnose`."""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pandas as pd
from ibis.expr.types import Expr

from benchmarks import ours
from benchmarks.data import SEED, Log, log_of
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


def with_owners(log: Log, owners: int) -> Log:
    """Return the files with so many sellers, each deal given to one of them by chance."""
    target = log.deals.with_name(f"{log.deals.stem}-{owners}-owners.parquet")
    if not target.exists():
        frame = pd.read_parquet(log.deals)
        drawn = np.random.default_rng([SEED, owners]).integers(owners, size=len(frame))
        frame["owner"] = [f"S{i:04d}" for i in drawn]
        part = target.with_suffix(".part")
        frame.to_parquet(part, index=False)
        part.rename(target)
    return replace(log, deals=target)


def measure(deals: int, owners: int, rounds: int = ROUNDS) -> list[Figure]:
    """Diagnose a pipeline of so many deals and sellers."""
    pipeline = ours.read(with_owners(log_of(deals), owners))
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
        f"{deals:,} deals of {owners:,} owners by {', '.join(columns)}: "
        f"{family['comparisons']} comparisons, {family['tests']} tests, {len(result.act)} to act on"
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
    ask.add_argument("--owners", type=int, default=400)
    told = ask.parse_args()
    warnings.simplefilter("ignore")
    show_figures(measure(told.deals, told.owners))
    return 0


if __name__ == "__main__":
    sys.exit(main())
