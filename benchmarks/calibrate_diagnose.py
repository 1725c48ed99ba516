"""How often `diagnose` cries wolf on faultless pipelines, and how often it finds what is planted.

    python -m benchmarks.calibrate_diagnose [--n 2000] [--power-n 200] [--signatures]

Faultless: the reference business (12 sellers, 4 regions, 24 months, about 4,100 leads) with
sources of equal quality; a source that truly is weaker would be no false alarm.
"""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from typing import Any

from statsmodels.stats.proportion import proportion_confint

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


def false_acts(n: int, signatures: Any, first: int = 0) -> tuple[int, dict[str, int]]:
    """Count the faultless pipelines with any "act", and the kinds of rows that rang."""
    rang, kinds = 0, dict[str, int]()
    for seed in range(first, first + n):
        acts = diagnose(simulate(plan=level_plan(), seed=seed), signatures=signatures).act
        rang += bool(len(acts))
        for kind in acts["kind"].unique():
            kinds[kind] = kinds.get(kind, 0) + 1
        done = seed - first + 1
        if done % 25 == 0:
            print(f"  {rang} of {done} so far", file=sys.stderr, flush=True)
    return rang, kinds


def power(pattern: str, n: int, signatures: Any, first: int = 0) -> dict[str, int]:
    """Count how often the planted pattern is found: by whom, and at least as "watch"."""
    found = {"act": 0, "general": 0, "signature": 0, "watch": 0}
    for seed in range(first, first + n):
        p = simulate(plan=level_plan(patterns=[pattern]), seed=seed)
        where = {str(v) for names in p.truth.planted[0]["where"].values() for v in names}
        table = diagnose(p, signatures=signatures).table
        named = table["group"].map(lambda g, w=where: bool({*str(g).split(" · ")} & w))
        own = table["kind"] == pattern
        named |= own & table["group"].isna()  # a row for all of them
        mine = (own & (named | (not where))) | (~own & named)
        act, watch = table["verdict"] == "act", table["verdict"] == "watch"
        found["act"] += bool((mine & act).any())
        found["general"] += bool((mine & act & ~own).any())
        found["signature"] += bool((mine & act & own).any())
        found["watch"] += bool((mine & (act | watch)).any())
    return found


def main() -> int:
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--n", type=int, default=2000, help="faultless pipelines")
    ask.add_argument("--power-n", type=int, default=200, help="pipelines for each pattern")
    ask.add_argument("--patterns", nargs="*", default=list(PATTERNS))
    ask.add_argument("--signatures", action="store_true", help="join the failure patterns")
    ask.add_argument("--seed", type=int, default=0, help="first seed")
    told = ask.parse_args()
    warnings.simplefilter("ignore")
    signatures: Any = "all" if told.signatures else ()
    if told.n:
        began = time.perf_counter()
        rang, kinds = false_acts(told.n, signatures, told.seed)
        low, high = exact_interval(rang, told.n)
        took = time.perf_counter() - began
        print(
            f'false "act": {rang} of {told.n} faultless pipelines = {rang / told.n:.1%} '
            f"({low:.1%} to {high:.1%}); goal: at most 5%; {took:.0f} s; rows: {kinds}",
            flush=True,
        )
    for pattern in told.patterns if told.power_n else []:
        found = power(pattern, told.power_n, signatures, told.seed)
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
