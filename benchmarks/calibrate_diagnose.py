"""How often `diagnose` cries wolf on faultless pipelines, and how often it finds what is planted.

    python -m benchmarks.calibrate_diagnose [--n 2000] [--power-n 200] [--signatures]

Faultless: the reference business (12 sellers, 4 regions, 24 months, about 4,100 leads) with
sources of equal quality; a source that truly is weaker would be no false alarm.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from functools import partial
from typing import Any

from statsmodels.stats.proportion import proportion_confint

from benchmarks.many import each
from funnelkit.measures.diagnose import diagnose
from funnelkit.simulation import Plan, simulate

#: The patterns of rates and times, with the strengths of the plan's own defaults.
PATTERNS = (
    "happy_ears",
    "stalled_proposals",
    "lead_quality",
    "new_competitor",
    "reshuffle",
    "slow_response",
)


def level_plan(**more: Any) -> dict[str, Any]:
    """Return the reference business with nothing that makes a segment weaker."""
    sources = [{"name": s.name, "share": s.share} for s in Plan().source_list]
    return {"sources": sources, **more}


def exact_interval(k: int, n: int) -> tuple[float, float]:
    """Return Clopper and Pearson's 95 % interval."""
    low, high = proportion_confint(k, n, method="beta")
    return float(low), float(high)


def rings(seed: int, signatures: Any) -> list[str]:
    """Return the kinds of rows that say "act" of a faultless pipeline."""
    found = diagnose(simulate(plan=level_plan(), seed=seed), signatures=signatures)
    return list(found.act["kind"].unique())


def finds(seed: int, pattern: str, signatures: Any) -> list[str]:
    """Say how a planted pattern is found: by which rows, and at least as "watch"."""
    p = simulate(plan=level_plan(patterns=[pattern]), seed=seed)
    where = {str(v) for names in p.truth.planted[0]["where"].values() for v in names}
    table = diagnose(p, signatures=signatures).table
    named = table["group"].map(lambda g: bool({*str(g).split(" · ")} & where))
    own = table["kind"] == pattern
    named |= own & table["group"].isna()  # a row for all of them
    mine = (own & (named | (not where))) | (~own & named)
    act, watch = table["verdict"] == "act", table["verdict"] == "watch"
    ways = {
        "act": mine & act, "general": mine & act & ~own, "signature": mine & act & own,
        "watch": mine & (act | watch),
    }  # fmt: skip
    return [way for way, rows in ways.items() if rows.any()]


def main() -> int:
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--n", type=int, default=2000, help="faultless pipelines")
    ask.add_argument("--power-n", type=int, default=200, help="pipelines for each pattern")
    ask.add_argument("--patterns", nargs="*", default=list(PATTERNS))
    ask.add_argument("--signatures", action="store_true", help="join the failure patterns")
    ask.add_argument("--seed", type=int, default=0, help="first seed")
    told = ask.parse_args()
    signatures: Any = "all" if told.signatures else ()
    if told.n:
        began = time.perf_counter()
        seeds = range(told.seed, told.seed + told.n)
        rung = list(each(partial(rings, signatures=signatures), seeds))
        rang = sum(bool(kinds) for kinds in rung)
        kinds = dict(Counter(kind for kinds in rung for kind in kinds))
        low, high = exact_interval(rang, told.n)
        took = time.perf_counter() - began
        print(
            f'false "act": {rang} of {told.n} faultless pipelines = {rang / told.n:.1%} '
            f"({low:.1%} to {high:.1%}); goal: at most 5%; {took:.0f} s; rows: {kinds}",
            flush=True,
        )
    for pattern in told.patterns if told.power_n else []:
        seeds = range(told.seed, told.seed + told.power_n)
        work = partial(finds, pattern=pattern, signatures=signatures)
        found = Counter(way for ways in each(work, seeds) for way in ways)
        low, high = exact_interval(found["act"], told.power_n)
        print(
            f'{pattern}: "act" in {found["act"] / told.power_n:.0%} ({low:.0%} to {high:.0%}) of '
            f"{told.power_n}; general rows {found['general']}, signature {found['signature']}, "
            f"at least watch {found['watch']}; goal: at least 80%",
            flush=True,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
