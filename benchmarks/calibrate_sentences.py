"""How often sentences that compare groups are said of groups that do not differ.

    python -m benchmarks.calibrate_sentences [--n 200]

Tables of 4, 12 and 40 groups of uneven size, all with the same true share; "told" are the tables
in which silence was said to mean something. And back-tests of six methods that err alike: how
often one is said to be worse than the closest. Goal: at most 5 of 100 tables.
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from collections import Counter
from functools import partial

import numpy as np
import pandas as pd

from benchmarks.calibrate_diagnose import exact_interval
from benchmarks.many import each
from funnelkit.control.variation import between
from funnelkit.data.pipeline import Pipeline, from_frames
from funnelkit.measures import win_rate
from funnelkit.measures.limits import rate_limits
from funnelkit.planning import competitor_matrix
from funnelkit.planning.forecasting.scores import against_best
from funnelkit.stats.apart import apart
from funnelkit.words import say

GROUPS = (4, 12, 40)
SIZES = (12, 40)


def pipeline(seed: int, groups: int, size: int, share: float = 0.25) -> Pipeline:
    """Return closed deals of sellers who are all alike; as many each as a Poisson draw says."""
    rng = np.random.default_rng([seed, groups, size])
    of = rng.poisson(size * rng.gamma(4, 0.25, groups)) + 1
    owner = np.repeat([f"seller {k:02d}" for k in range(groups)], of)
    closed = pd.Timestamp("2025-01-01") + pd.to_timedelta(rng.integers(0, 500, owner.size), "D")
    deals = pd.DataFrame(
        {
            "deal_id": [f"d{k:05d}" for k in range(owner.size)],
            "owner": owner,
            "created_at": closed - pd.to_timedelta(rng.integers(5, 90, owner.size), "D"),
            "closed_at": closed,
            "outcome": np.where(rng.random(owner.size) < share, "won", "lost"),
            "competitor": np.where(rng.random(owner.size) < 0.5, "A", "B"),
        }
    )
    return from_frames(deals, as_of=dt.date(2026, 6, 30))


def said(seed: int, groups: int, size: int) -> list[str]:
    """Return which of the sentences are said of one table."""
    p = pipeline(seed, groups, size)
    rates = win_rate(p, "owner")
    limits = rate_limits(p).table
    judged = limits[limits["position"] != "few"]
    compared = apart(rates.table["won"], rates.table["of"])
    found = []
    if say("hygiene.stands_out", n=groups, names=["*"]).split("*")[0] in rates.summary():
        found.append("beyond what chance explains (win_rate, pushes, report by group)")
    if (limits["position"] == "act").any():
        found.append("beyond the outer limits (scorecard)")
    if len(judged) >= 3 and between(judged["won"], judged["of"]).low > 0:
        found.append("true rates differ (scorecard)")
    if (competitor_matrix(p, "owner").table["verdict"] == "change").any():
        found.append("changed since the window before (competitors)")
    return [*found, *(["told"] if compared.telling else [])]


#: Origins of a back-test, and how many of them in a row have overlapping periods.
BACKTESTS = ((8, 1), (12, 3), (24, 3))


def worse(seed: int, origins: int, block: int) -> bool:
    """Say whether one of six equal methods is said to be worse than the closest."""
    rng = np.random.default_rng([seed, origins, block])
    size = origins + block - 1  # periods of ``block`` parts, each part of several periods
    parts = rng.normal(0, 1, size)[:, None] + rng.normal(0, 0.7, (size, 6))
    errors = np.array([parts[k : k + block].sum(axis=0) for k in range(origins)])
    table = against_best(
        pd.DataFrame(np.abs(errors), columns=list("abcdef")),
        rng.normal(20, 2, origins),
        block,
        seed,
    )
    return bool((table["verdict"] == "worse").any())


def main() -> int:
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--n", type=int, default=200, help="tables a row")
    told = ask.parse_args()
    for groups in GROUPS:
        for size in SIZES:
            work = partial(said, groups=groups, size=size)
            hits = Counter(s for row in each(work, range(told.n), told.n) for s in row)
            print(f"{groups} groups of about {size}:")
            for sentence, k in sorted(hits.items()):
                low, high = exact_interval(k, told.n)
                print(f"  {sentence}: {k} of {told.n} = {k / told.n:.1%} ({low:.1%}–{high:.1%})")
            sys.stdout.flush()
    for origins, block in BACKTESTS:
        work_ = partial(worse, origins=origins, block=block)
        k = sum(each(work_, range(told.n), told.n))
        low, high = exact_interval(k, told.n)
        print(
            f"six equal methods, {origins} origins, {block} overlapping: one said to be worse in "
            f"{k} of {told.n} = {k / told.n:.1%} ({low:.1%}–{high:.1%})",
            flush=True,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
