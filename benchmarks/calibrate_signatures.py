"""How often each failure pattern is found, and how often its innocent twin is taken for it.

    python -m benchmarks.calibrate_signatures [--n 100] [--patterns late_discount ...]

The reference business (12 sellers, 4 regions, 24 months, about 4,100 leads) with one pattern of
the plan's own strength. Two questions are asked of the same rows: *all* looks for the fifteen
patterns at once (Holm over every row of every signature), *only* asks for the one pattern, as
somebody does who has a suspicion. A row counts when it names the planted segment or nobody.
The twin and the faultless business ring falsely when any row of that signature says "act".

What cannot be had: the plain comparison of two groups at the strengths of the reference, Fisher's
exact test, one-sided, its power by summing over both binomials. Columns: the level of one
question; of the rows of one signature; of a family of 47 rows.

    ============================================  ====  ==================  ====
    win 25 % of 30 against 55 % of 240 (rival)    0.92  0.60 (16 rows)      0.46
    win 25 % of 17 (half of the deals meet it)    0.73  0.28 (16 rows)      0.17
    go on 35 % of 40 against 60 % of 230 (stall)  0.88  0.71 (4 rows)       0.38
    need 25 % of 150 against 40 % of 1,500        0.98  0.92 (4 rows)       0.71
    need 25 % of 300 against 40 % of 1,500        1.00  1.00 (4 rows)       0.97
    ============================================  ====  ==================  ====

So the rates of the rival and of the stall alone cannot reach 0.8 within the family: those
signatures live on their second sign (how often the rival is met; how long proposals lie).
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from functools import partial
from typing import Any

import pandas as pd

from benchmarks.calibrate_diagnose import exact_interval, level_plan
from benchmarks.many import each
from funnelkit.measures.signatures import SIGNATURES, signatures
from funnelkit.simulation import PATTERNS, simulate
from funnelkit.stats.multiplicity import holm

ALPHA = 0.05
#: Rows of these may name a segment of another column than the planted one.
ANYWHERE = ("zombies", "stuffed_pipeline", "mix_shift", "single_contact", "slow_response")


def asked(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return the rows of one signature with ``only``: "act" when it is the one question."""
    own = table[table["signature"] == name]
    only = holm(own["p_value"].to_numpy()).adjusted if len(own) else []
    return own.assign(all=own["verdict"] == "act", only=[p <= ALPHA for p in only])


def named(rows: pd.DataFrame, where: dict[str, Any]) -> pd.Series[bool]:
    """Say which rows name one of the planted segments, or nobody."""
    wanted = {str(v) for names in where.values() for v in names}
    told = [g is None or not wanted or bool(wanted & {*str(g).split(" · ")}) for g in rows["group"]]
    return pd.Series(told, index=rows.index, dtype=bool)


def look(pattern: str | None, twin: bool, seed: int) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Simulate one business and return all rows, and where the pattern was planted."""
    patterns = [{pattern: {"twin": twin}}] if pattern else []
    p = simulate(plan=level_plan(patterns=patterns), seed=seed)
    where = p.truth.planted[0]["where"] if patterns else {}
    return signatures(p, alpha=ALPHA).table, dict(where)


def finds(seed: int, name: str) -> list[str]:
    """Say by which of the two questions the planted pattern is found."""
    table, where = look(name, False, seed)
    rows = asked(table, name)
    if name not in ANYWHERE:
        rows = rows[named(rows, where)]
    return [question for question in ("all", "only") if rows[question].any()]


def mistakes(seed: int, name: str) -> bool:
    """Say whether the twin is taken for the pattern, when it alone is asked for."""
    return bool(asked(look(name, True, seed)[0], name)["only"].any())


def rings(seed: int) -> list[str]:
    """Name the signatures that ring on a faultless run when asked alone, and "any" of them."""
    table, _ = look(None, False, seed)
    alone = [name for name in SIGNATURES if asked(table, name)["only"].any()]
    return alone + ["any"] * bool((table["verdict"] == "act").any())


def share(k: int, n: int) -> str:
    if not n:
        return "-"
    low, high = exact_interval(k, n)
    return f"{k}/{n} ({low:.0%}-{high:.0%})"


def main() -> int:
    ask = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    ask.add_argument("--n", type=int, default=100, help="runs a pattern, a twin and the control")
    ask.add_argument("--twin-n", type=int, help="runs a twin, if not as many")
    ask.add_argument("--control-n", type=int, help="faultless runs, if not as many")
    ask.add_argument("--patterns", nargs="*", default=list(SIGNATURES), choices=list(SIGNATURES))
    ask.add_argument("--seed", type=int, default=0, help="first seed")
    told = ask.parse_args()
    twins = told.n if told.twin_n is None else told.twin_n
    faultless = told.n if told.control_n is None else told.control_n
    began = time.perf_counter()
    first = told.seed
    rang = Counter(k for names in each(rings, range(first, first + faultless)) for k in names)
    print(f'any false "act" on faultless runs: {share(rang["any"], faultless)}', flush=True)
    print("pattern | power, all | power, only | twin, only | control, only", flush=True)
    for name in told.patterns:
        work = partial(finds, name=name)
        found = Counter(k for ways in each(work, range(first, first + told.n)) for k in ways)
        runs = twins if PATTERNS[name].has_twin else 0
        taken = sum(each(partial(mistakes, name=name), range(first, first + runs)))
        print(
            " | ".join(
                [
                    name,
                    share(found["all"], told.n),
                    share(found["only"], told.n),
                    share(taken, runs),
                    share(rang[name], faultless),
                ]
            ),
            flush=True,
        )
    print(f"{time.perf_counter() - began:.0f} s", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
